#include "gateway/json/writer.h"

#include <array>
#include <charconv>
#include <utility>

#include "base/text.h"

namespace qrpay::gateway::json {
namespace {

constexpr unsigned kNestingMax = 63;  // bits of Writer::filled_

// 0: as it is. 'u': \u00xx. Else the letter after the backslash. Bytes above 0x7F are handled
// apart.
constexpr std::array<char, 128> make_escapes() {
  std::array<char, 128> escapes{};
  for (std::size_t c = 0; c < 0x20; ++c) escapes[c] = 'u';
  escapes['\b'] = 'b';
  escapes['\f'] = 'f';
  escapes['\n'] = 'n';
  escapes['\r'] = 'r';
  escapes['\t'] = 't';
  escapes['"'] = '"';
  escapes['\\'] = '\\';
  escapes[0x7F] = 'u';
  return escapes;
}
constexpr auto kEscapes = make_escapes();

// Length of the well-formed character at the front, or 0.
std::size_t character_bytes(std::string_view text) {
  for (std::size_t n = 1; n <= 4 && n <= text.size(); ++n) {
    if (base::is_utf8(text.substr(0, n))) return n;
  }
  return 0;
}

std::string repair(std::string_view text) {
  std::string repaired;
  while (!text.empty()) {
    auto const n = character_bytes(text);
    if (n == 0) {
      repaired += "\xEF\xBF\xBD";
      text.remove_prefix(1);
    } else {
      repaired += text.substr(0, n);
      text.remove_prefix(n);
    }
  }
  return repaired;
}

}  // namespace

Writer& Writer::open(char bracket) {
  separate();
  QRPAY_CHECK(depth_ < kNestingMax);
  out_ += bracket;
  ++depth_;
  filled_ &= ~(std::uint64_t{1} << depth_);
  return *this;
}

Writer& Writer::close(char bracket) {
  QRPAY_CHECK(depth_ > 0 && !after_key_);
  out_ += bracket;
  --depth_;
  return *this;
}

void Writer::separate() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  std::uint64_t const bit = std::uint64_t{1} << depth_;
  if ((filled_ & bit) != 0) out_ += ',';
  filled_ |= bit;
}

Writer& Writer::key(std::string_view name) {
  QRPAY_CHECK(!after_key_ && depth_ > 0);
  separate();
  quote(name);
  out_ += ':';
  after_key_ = true;
  return *this;
}

Writer& Writer::string(std::string_view text) {
  separate();
  quote(text);
  return *this;
}

void Writer::quote(std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  out_ += '"';
  std::size_t plain = 0;  // start of the run not yet copied
  bool wide = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto const c = static_cast<unsigned char>(text[i]);
    if (c >= 0x80) {
      if (!wide && !base::is_utf8(text)) {
        // What was copied stays right: repairing changes nothing before the first wide byte.
        out_.append(text.substr(plain, i - plain));
        auto const rest = repair(text.substr(i));
        std::string quoted;
        Writer(quoted).string(rest);
        out_.append(quoted, 1);
        return;
      }
      wide = true;
      continue;
    }
    char const escape = kEscapes[c];
    if (escape == 0) continue;
    out_.append(text.substr(plain, i - plain));
    plain = i + 1;
    out_ += '\\';
    out_ += escape;
    if (escape == 'u') {
      out_ += "00";
      out_ += kHex[c >> 4];
      out_ += kHex[c & 15];
    }
  }
  out_.append(text.substr(plain));
  out_ += '"';
}

Writer& Writer::integer(std::int64_t value) {
  separate();
  char digits[20];
  auto const end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out_.append(digits, static_cast<std::size_t>(end - digits));
  return *this;
}

Writer& Writer::boolean(bool value) {
  separate();
  out_ += value ? "true" : "false";
  return *this;
}

Writer& Writer::null() {
  separate();
  out_ += "null";
  return *this;
}

Writer& Writer::raw(std::string_view json) {
  separate();
  out_ += json;
  return *this;
}

void write(Value const& value, Writer& writer) {
  if (auto const* flag = value.if_boolean()) {
    writer.boolean(*flag);
  } else if (auto const* number = value.if_integer()) {
    writer.integer(*number);
  } else if (auto const* text = value.if_string()) {
    writer.string(*text);
  } else if (auto const* array = value.if_array()) {
    writer.begin_array();
    for (auto const& element : *array) write(element, writer);
    writer.end_array();
  } else if (auto const* object = value.if_object()) {
    writer.begin_object();
    for (auto const& member : *object) {
      writer.key(member.name);
      write(member.value, writer);
    }
    writer.end_object();
  } else {
    writer.null();
  }
}

std::string to_text(Value const& value) {
  std::string out;
  Writer writer(out);
  write(value, writer);
  return out;
}

}  // namespace qrpay::gateway::json
