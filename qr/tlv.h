// Objects of an EMV QR payload: two digits of id, two digits of length, value.
//
// Lengths count Unicode characters (code points), not bytes: EMVCo MPM 1.1, 4.4.1.1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace qrpay::qr {

/// What bytes a text is made of, found once per payload so that later steps can count cheaply.
enum class TextKind : std::uint8_t {
  kPlain = 1,    ///< 0x20-0x7E only: the EMV Common Character Set
  kAscii = 2,    ///< control characters too
  kUnicode = 3,  ///< UTF-8 with other characters
};

/// nullopt when `text` is not UTF-8.
[[nodiscard]] std::optional<TextKind> survey_text(std::string_view text);

/// Characters in `text`, which is of `kind`.
[[nodiscard]] std::size_t count_characters(std::string_view text, TextKind kind);

/// True when every byte is 0x20-0x7E.
[[nodiscard]] bool is_plain(std::string_view text);
[[nodiscard]] bool is_digits(std::string_view text);

/// The four bytes before a value: EMVCo fixes them as ASCII digits.
inline constexpr std::uint16_t kTlvHeaderBytes = 4;

struct TlvObject {
  std::uint8_t tag = 0;      ///< 0-99
  std::uint16_t offset = 0;  ///< of the id, in bytes of the text as given
  std::string_view value;    ///< into the caller's text
  [[nodiscard]] std::uint16_t value_offset() const {
    return static_cast<std::uint16_t>(offset + kTlvHeaderBytes);
  }
};

/// Walks the objects of one level. Never allocates; touches each byte once.
/// Requires: text is UTF-8 of `kind`; base_offset + text.size() <= 65,535.
class TlvReader {
 public:
  enum class Step : std::uint8_t {
    kObject,     ///< object() is the next one
    kEnd,        ///< nothing left
    kStray,      ///< one to three characters left
    kBadTag,     ///< the id is not two digits
    kBadLength,  ///< the length is not two digits; object().tag is known
    kOverrun,    ///< the value would pass the end; object().tag is known
  };

  TlvReader(std::string_view text, std::uint16_t base_offset, TextKind kind)
      : text_(text), base_offset_(base_offset), kind_(kind) {}

  /// After anything but kObject, calling it again is a bug.
  [[nodiscard]] Step next();
  [[nodiscard]] TlvObject const& object() const { return object_; }
  /// Of the next object, or of the one that could not be read; in bytes of the text as given.
  [[nodiscard]] std::uint16_t offset() const {
    return static_cast<std::uint16_t>(base_offset_ + at_);
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  std::uint16_t base_offset_;
  TextKind kind_;
  TlvObject object_;
};

/// Longest value: two digits of length.
inline constexpr std::size_t kTlvCharactersMax = 99;

/// Appends one object. Requires: tag <= 99; `characters` is the count of `value`, 1 to 99.
void append_tlv(std::string& out, std::uint8_t tag, std::string_view value, std::size_t characters);
/// The same for ASCII values.
inline void append_tlv(std::string& out, std::uint8_t tag, std::string_view value) {
  append_tlv(out, tag, value, value.size());
}

}  // namespace qrpay::qr
