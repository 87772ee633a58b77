// The strict JSON reader against a naive acceptor of the same rules, and parse -> write -> parse.
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/text.h"
#include "gateway/json/json.h"
#include "gateway/json/object_reader.h"
#include "gateway/json/writer.h"

namespace {

using namespace qrpay::gateway;

// Says only yes or no, by the grammar of RFC 8259 and the rules in json.h, as plainly as can be.
class Naive {
 public:
  explicit Naive(std::string_view text) : text_(text) {}
  bool accepts() {
    if (!qrpay::base::is_utf8(text_)) return false;
    blanks();
    if (!value(0)) return false;
    blanks();
    return at_ == text_.size();
  }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool eat(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void blanks() {
    while (at_ < text_.size() &&
           std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) {
      ++at_;
    }
  }
  bool word(std::string_view w) {
    if (text_.substr(at_, w.size()) != w) return false;
    at_ += w.size();
    return true;
  }
  bool value(std::size_t depth) {
    std::string ignored;
    switch (peek()) {
      case '{': return depth < json::kDepthMax && object(depth + 1);
      case '[': return depth < json::kDepthMax && array(depth + 1);
      case '"': return string(ignored);
      case 't': return word("true");
      case 'f': return word("false");
      case 'n': return word("null");
      default: return integer();
    }
  }
  bool array(std::size_t depth) {
    eat('[');
    blanks();
    if (eat(']')) return true;
    for (;;) {
      blanks();
      if (!value(depth)) return false;
      blanks();
      if (eat(']')) return true;
      if (!eat(',')) return false;
    }
  }
  bool object(std::size_t depth) {
    eat('{');
    std::set<std::string> names;
    blanks();
    if (eat('}')) return true;
    for (;;) {
      blanks();
      std::string name;
      if (!string(name) || names.size() == json::kMembersMax || !names.insert(name).second) {
        return false;
      }
      blanks();
      if (!eat(':')) return false;
      blanks();
      if (!value(depth)) return false;
      blanks();
      if (eat('}')) return true;
      if (!eat(',')) return false;
    }
  }
  bool integer() {
    bool const negative = eat('-');
    std::string digits;
    while (std::isdigit(static_cast<unsigned char>(peek())) != 0) digits += text_[at_++];
    if (digits.empty() || (digits.size() > 1 && digits[0] == '0')) return false;
    if (peek() == '.' || peek() == 'e' || peek() == 'E') return false;
    if (digits.size() != 19) return digits.size() < 19;
    return digits <= (negative ? "9223372036854775808" : "9223372036854775807");
  }
  bool hex4(unsigned& unit) {
    unit = 0;
    for (int i = 0; i < 4; ++i) {
      if (std::isxdigit(static_cast<unsigned char>(peek())) == 0) return false;
      char const digit[2] = {text_[at_++], '\0'};
      unit = unit * 16 + static_cast<unsigned>(std::strtoul(digit, nullptr, 16));
    }
    return true;
  }
  static void put(unsigned c, std::string& out) {
    auto const byte = [&out](unsigned b) { out += static_cast<char>(b); };
    if (c < 0x80) {
      byte(c);
    } else if (c < 0x800) {
      byte(0xC0 | (c >> 6)), byte(0x80 | (c & 63));
    } else if (c < 0x10000) {
      byte(0xE0 | (c >> 12)), byte(0x80 | ((c >> 6) & 63)), byte(0x80 | (c & 63));
    } else {
      byte(0xF0 | (c >> 18)), byte(0x80 | ((c >> 12) & 63)), byte(0x80 | ((c >> 6) & 63)),
          byte(0x80 | (c & 63));
    }
  }
  bool escape(std::string& out) {
    char const c = peek();
    ++at_;
    constexpr std::string_view kFrom = "\"\\/bfnrt";
    constexpr std::string_view kTo = "\"\\/\b\f\n\r\t";
    if (auto const i = kFrom.find(c); i != std::string_view::npos) {
      out += kTo[i];
      return true;
    }
    unsigned unit = 0;
    if (c != 'u' || !hex4(unit) || (unit >= 0xDC00 && unit < 0xE000)) return false;
    if (unit >= 0xD800 && unit < 0xDC00) {
      unsigned low = 0;
      if (!eat('\\') || !eat('u') || !hex4(low) || low < 0xDC00 || low >= 0xE000) return false;
      unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
    }
    put(unit, out);
    return true;
  }
  bool string(std::string& out) {
    if (!eat('"')) return false;
    while (at_ < text_.size()) {
      auto const c = text_[at_++];
      if (c == '"') return true;
      if (static_cast<unsigned char>(c) < 0x20) return false;
      if (c != '\\') {
        out += c;
      } else if (at_ >= text_.size() || !escape(out)) {
        return false;
      }
    }
    return false;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const text(reinterpret_cast<char const*>(data), size);
  auto const value = json::parse(text, 16 * 1024);
  if (size > 16 * 1024) {
    QRPAY_CHECK(!value && value.error().errc == qrpay::base::Errc::kTooLarge);
    return 0;
  }
  QRPAY_CHECK(value.has_value() == Naive(text).accepts());
  if (!value) {
    QRPAY_CHECK(!value.error().detail.empty() && qrpay::base::is_utf8(value.error().detail));
    return 0;
  }
  auto const written = json::to_text(*value);
  QRPAY_CHECK(Naive(written).accepts());
  auto const again = json::parse(written, std::size_t(-1));
  QRPAY_CHECK(again.has_value() && *again == *value);
  QRPAY_CHECK(json::to_text(*again) == written);

  // A reader that knows a few names must end in one of its own errors, whatever it reads.
  json::ObjectReader reader(*value);
  (void)reader.string("id", 1, 64);
  (void)reader.optional_integer("amount", 0, 1000);
  if (auto inner = reader.optional_object("payer")) (void)inner->optional_string("name", 0, 10);
  for (auto& line : reader.objects("lines", 3)) (void)line.optional_boolean("b");
  auto const finished = reader.finish();
  if (!finished) QRPAY_CHECK(qrpay::base::is_utf8(finished.error().detail));
  return 0;
}
