// Writes JSON text straight into a string: no document in between.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "gateway/json/json.h"

namespace qrpay::gateway::json {

/// Appends to a string that the caller owns; commas are its own business. Members are written in
/// call order, and that order is part of the answer, since a repeat must give the same bytes.
/// A misuse (a key outside an object, a missing end) is a bug and aborts where it is cheap to see.
class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  Writer& begin_object() { return open('{'); }
  Writer& end_object() { return close('}'); }
  Writer& begin_array() { return open('['); }
  Writer& end_array() { return close(']'); }

  /// Name of the next value. Names are ours and literal in all but write(), yet escaped all the
  /// same.
  Writer& key(std::string_view name);
  /// Bytes that are not UTF-8 become U+FFFD, so the text is JSON whatever comes.
  Writer& string(std::string_view text);
  Writer& integer(std::int64_t value);
  Writer& boolean(bool value);
  Writer& null();
  /// Text that is already one JSON value.
  Writer& raw(std::string_view json);

  Writer& member(std::string_view name, std::string_view text) { return key(name).string(text); }
  Writer& member(std::string_view name, char const* text) { return key(name).string(text); }
  Writer& member(std::string_view name, std::string const& text) { return key(name).string(text); }
  template <std::integral T>
  Writer& member(std::string_view name, T value) {
    if constexpr (std::same_as<T, bool>) {
      return key(name).boolean(value);
    } else {
      QRPAY_CHECK(std::in_range<std::int64_t>(value));
      return key(name).integer(static_cast<std::int64_t>(value));
    }
  }
  Writer& null_member(std::string_view name) { return key(name).null(); }

 private:
  Writer& open(char bracket);
  Writer& close(char bracket);
  void separate();
  void quote(std::string_view text);

  std::string& out_;
  std::uint64_t filled_ = 0;  // bit d: the container at depth d already holds a value
  unsigned depth_ = 0;
  bool after_key_ = false;
};

/// `value` as text. parse(write(v)) == v for every v that parse() can return.
void write(Value const& value, Writer& writer);
[[nodiscard]] std::string to_text(Value const& value);

}  // namespace qrpay::gateway::json
