#include "qr/tlv.h"

#include <cstring>

#include "base/check.h"
#include "base/text.h"

namespace qrpay::qr {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

unsigned two_digits(char tens, char units) {
  return static_cast<unsigned>(tens - '0') * 10 + static_cast<unsigned>(units - '0');
}

// Continuation bytes are 10xxxxxx; everything else starts a character.
bool starts_character(char c) { return (static_cast<unsigned char>(c) & 0xC0u) != 0x80u; }

// Bytes taken by the first `characters` characters, or nullopt when there are fewer.
std::optional<std::size_t> bytes_of_characters(std::string_view text, std::size_t characters,
                                               TextKind kind) {
  if (kind != TextKind::kUnicode) {
    if (characters > text.size()) return std::nullopt;
    return characters;
  }
  std::size_t at = 0;
  for (; characters > 0; --characters) {
    if (at == text.size()) return std::nullopt;
    ++at;
    while (at < text.size() && !starts_character(text[at])) ++at;
  }
  return at;
}

// Bit 7 of each byte of the first result: not ASCII; of the second: a control character.
struct ByteClasses {
  std::uint64_t high = 0;
  std::uint64_t control = 0;
};

constexpr std::uint64_t kHighBits = 0x8080808080808080ULL;

void classify_word(std::uint64_t word, ByteClasses& classes) {
  classes.high |= word & kHighBits;
  std::uint64_t const low = word & ~kHighBits;
  // low + 0x60 sets bit 7 from 0x20 upwards; low + 0x01 sets it for 0x7F. Neither carries over.
  classes.control |= ~(low + 0x6060606060606060ULL) | (low + 0x0101010101010101ULL);
}

ByteClasses classify_bytes(std::string_view text) {
  ByteClasses classes;
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, 8);
    classify_word(word, classes);
  }
  if (at < text.size()) {
    std::uint64_t word = 0x2020202020202020ULL;
    std::memcpy(&word, text.data() + at, text.size() - at);
    classify_word(word, classes);
  }
  classes.control &= kHighBits;
  return classes;
}

}  // namespace

std::optional<TextKind> survey_text(std::string_view text) {
  ByteClasses const classes = classify_bytes(text);
  if (classes.high != 0) {
    if (!base::is_utf8(text)) return std::nullopt;
    return TextKind::kUnicode;
  }
  return classes.control != 0 ? TextKind::kAscii : TextKind::kPlain;
}

std::size_t count_characters(std::string_view text, TextKind kind) {
  if (kind != TextKind::kUnicode) return text.size();
  std::size_t count = 0;
  for (char c : text) count += starts_character(c) ? 1 : 0;
  return count;
}

bool is_plain(std::string_view text) {
  ByteClasses const classes = classify_bytes(text);
  return (classes.high | classes.control) == 0;
}

bool is_digits(std::string_view text) {
  for (char c : text) {
    if (!is_digit(c)) return false;
  }
  return !text.empty();
}

TlvReader::Step TlvReader::next() {
  std::string_view const rest = text_.substr(at_);
  if (rest.empty()) return Step::kEnd;
  bool const has_tag = rest.size() >= 2 && is_digit(rest[0]) && is_digit(rest[1]);
  bool const has_length =
      has_tag && rest.size() >= kTlvHeaderBytes && is_digit(rest[2]) && is_digit(rest[3]);
  if (!has_length) {
    if (!bytes_of_characters(rest, kTlvHeaderBytes, kind_)) return Step::kStray;
    if (!has_tag) return Step::kBadTag;
    object_.tag = static_cast<std::uint8_t>(two_digits(rest[0], rest[1]));
    return Step::kBadLength;
  }
  object_.tag = static_cast<std::uint8_t>(two_digits(rest[0], rest[1]));
  std::string_view const after = rest.substr(kTlvHeaderBytes);
  auto const bytes = bytes_of_characters(after, two_digits(rest[2], rest[3]), kind_);
  if (!bytes) return Step::kOverrun;
  object_.offset = offset();
  object_.value = after.substr(0, *bytes);
  at_ += kTlvHeaderBytes + *bytes;
  return Step::kObject;
}

void append_tlv(std::string& out, std::uint8_t tag, std::string_view value,
                std::size_t characters) {
  QRPAY_CHECK(tag <= 99 && characters >= 1 && characters <= kTlvCharactersMax);
  auto const digit = [](std::size_t n) { return static_cast<char>('0' + n); };
  char const header[kTlvHeaderBytes] = {digit(tag / 10u), digit(tag % 10u), digit(characters / 10),
                                        digit(characters % 10)};
  out.append(header, sizeof header);
  out.append(value);
}

}  // namespace qrpay::qr
