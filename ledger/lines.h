// Reading the line-based texts of C2SP: every line ends in a newline, numbers are plain decimal.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace qrpay::ledger {

/// Takes lines from the front of a text. Copies nothing: the lines live as long as the text.
class LineReader {
 public:
  explicit LineReader(std::string_view text) : rest_(text) {}

  /// The next line without its newline; nullopt when none is left or it does not end in a newline.
  [[nodiscard]] std::optional<std::string_view> next() {
    std::size_t const end = rest_.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    std::string_view const line = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return line;
  }

  /// What was not taken yet.
  [[nodiscard]] std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

/// ASCII decimal without sign or leading zero ("0" itself is allowed); nullopt otherwise or when it
/// does not fit.
[[nodiscard]] inline std::optional<std::uint64_t> parse_decimal(std::string_view text) {
  if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
  if (text.front() == '0' && text.size() > 1) return std::nullopt;
  std::uint64_t value = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace qrpay::ledger
