// Bounded big-endian readers and writers, and hexadecimal.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace qrpay::base {

using ByteView = std::span<std::uint8_t const>;

[[nodiscard]] inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<std::uint8_t const*>(text.data()), text.size()};
}
[[nodiscard]] inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

/// Appends to a string that the caller owns. Never fails but by memory.
class ByteWriter {
 public:
  explicit ByteWriter(std::string& out) : out_(out) {}
  void u8(std::uint8_t v) { out_.push_back(static_cast<char>(v)); }
  void u16(std::uint16_t v) { unsigned_be<2>(v); }
  void u32(std::uint32_t v) { unsigned_be<4>(v); }
  void u64(std::uint64_t v) { unsigned_be<8>(v); }
  void i64(std::int64_t v) { u64(static_cast<std::uint64_t>(v)); }
  void bytes(ByteView v) { out_.append(as_text(v)); }
  void text(std::string_view v) { out_.append(v); }
  /// u16 length, then the text. Requires: at most 65,535 bytes.
  void text16(std::string_view v) {
    u16(static_cast<std::uint16_t>(v.size()));
    text(v);
  }
  [[nodiscard]] std::size_t size() const { return out_.size(); }

 private:
  template <int N>
  void unsigned_be(std::uint64_t v) {
    char buffer[N];
    for (int i = 0; i < N; ++i) buffer[i] = static_cast<char>(v >> (8 * (N - 1 - i)));
    out_.append(buffer, N);
  }
  std::string& out_;
};

/// Reads from the front. The first read past the end makes ok() false for good and yields zeros,
/// so a parser reads a whole structure and asks once.
class ByteReader {
 public:
  explicit ByteReader(ByteView in) : in_(in) {}
  [[nodiscard]] std::uint8_t u8() { return static_cast<std::uint8_t>(unsigned_be<1>()); }
  [[nodiscard]] std::uint16_t u16() { return static_cast<std::uint16_t>(unsigned_be<2>()); }
  [[nodiscard]] std::uint32_t u32() { return static_cast<std::uint32_t>(unsigned_be<4>()); }
  [[nodiscard]] std::uint64_t u64() { return unsigned_be<8>(); }
  [[nodiscard]] std::int64_t i64() { return static_cast<std::int64_t>(u64()); }
  [[nodiscard]] ByteView bytes(std::size_t n) {
    if (!take(n)) return {};
    return in_.subspan(at_ - n, n);
  }
  template <std::size_t N>
  [[nodiscard]] std::array<std::uint8_t, N> array() {
    std::array<std::uint8_t, N> out{};
    auto view = bytes(N);
    if (view.size() == N) std::memcpy(out.data(), view.data(), N);
    return out;
  }
  [[nodiscard]] std::string_view text16() {
    auto n = u16();
    return as_text(bytes(n));
  }
  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] std::size_t position() const { return at_; }
  [[nodiscard]] std::size_t remaining() const { return in_.size() - at_; }
  [[nodiscard]] bool at_end() const { return remaining() == 0; }

 private:
  bool take(std::size_t n) {
    if (!ok_ || n > remaining()) {
      ok_ = false;
      return false;
    }
    at_ += n;
    return true;
  }
  template <int N>
  std::uint64_t unsigned_be() {
    if (!take(N)) return 0;
    std::uint64_t v = 0;
    for (std::size_t i = at_ - N; i < at_; ++i) v = (v << 8) | in_[i];
    return v;
  }
  ByteView in_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

/// Lower-case hexadecimal.
[[nodiscard]] std::string to_hex(ByteView bytes);
/// nullopt unless an even number of hexadecimal digits, either case.
[[nodiscard]] std::optional<std::string> from_hex(std::string_view hex);

}  // namespace qrpay::base
