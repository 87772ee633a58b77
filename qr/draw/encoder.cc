#include "qr/draw/encoder.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <span>

#include "base/check.h"
#include "qr/draw/encoder_layout.h"
#include "qr/draw/encoder_mask.h"
#include "qr/draw/encoder_reed_solomon.h"
#include "qr/draw/encoder_tables.h"

namespace qrpay::qr::draw {
namespace {

constexpr unsigned kEciUtf8 = 26;

// What a mode is called in the symbol (ISO 18004, table 2).
constexpr unsigned kEciIndicator = 0b0111;
unsigned indicator_of(Mode mode) {
  switch (mode) {
    case Mode::kNumeric: return 0b0001;
    case Mode::kAlphanumeric: return 0b0010;
    case Mode::kByte: return 0b0100;
  }
  QRPAY_CHECK(false);
}

unsigned digit_value(char c) { return static_cast<unsigned>(c - '0'); }

unsigned alphanumeric_value(char c) {
  if (c >= '0' && c <= '9') return digit_value(c);
  if (c >= 'A' && c <= 'Z') return 10 + static_cast<unsigned>(c - 'A');
  return 36 + static_cast<unsigned>(std::string_view(" $%*+-./:").find(c));
}

// The data codewords: headers, characters, terminator and padding (7.4).
class DataWriter {
 public:
  explicit DataWriter(std::span<std::uint8_t> codewords) : codewords_(codewords) {}

  void put(unsigned value, unsigned bits) {
    pending_ = pending_ << bits | value;
    for (pending_bits_ += bits; pending_bits_ >= 8; pending_bits_ -= 8) {
      QRPAY_CHECK(size_ < codewords_.size());
      codewords_[size_++] = static_cast<std::uint8_t>(pending_ >> (pending_bits_ - 8));
    }
  }

  void put_characters(Mode mode, std::string_view text) {
    switch (mode) {
      case Mode::kNumeric: return put_digits(text);
      case Mode::kAlphanumeric: return put_alphanumeric(text);
      case Mode::kByte:
        for (char const c : text) put(static_cast<unsigned char>(c), 8);
        return;
    }
  }

  void finish() {
    // The terminator is four zeros, or as many as there is room for; then whole codewords.
    std::size_t const room_bits = 8 * (codewords_.size() - size_) - pending_bits_;
    put(0, static_cast<unsigned>(std::min<std::size_t>(4, room_bits)));
    if (pending_bits_ != 0) put(0, 8 - pending_bits_);
    for (std::uint8_t pad = 0xEC; size_ < codewords_.size(); pad ^= 0xEC ^ 0x11) {
      codewords_[size_++] = pad;
    }
  }

 private:
  void put_digits(std::string_view text) {
    for (; text.size() >= 3; text.remove_prefix(3)) {
      put(100 * digit_value(text[0]) + 10 * digit_value(text[1]) + digit_value(text[2]), 10);
    }
    if (text.size() == 2) put(10 * digit_value(text[0]) + digit_value(text[1]), 7);
    if (text.size() == 1) put(digit_value(text[0]), 4);
  }
  void put_alphanumeric(std::string_view text) {
    for (; text.size() >= 2; text.remove_prefix(2)) {
      put(45 * alphanumeric_value(text[0]) + alphanumeric_value(text[1]), 11);
    }
    if (text.size() == 1) put(alphanumeric_value(text[0]), 6);
  }

  std::span<std::uint8_t> codewords_;
  std::uint32_t pending_ = 0;
  unsigned pending_bits_ = 0;  // below 8 between calls
  std::size_t size_ = 0;
};

void write_data(std::string_view text, Plan const& plan, std::span<std::uint8_t> codewords) {
  DataWriter writer(codewords);
  if (plan.utf8) {
    writer.put(kEciIndicator, 4);
    writer.put(kEciUtf8, 8);
  }
  for (Segment const& segment : plan.segments) {
    QRPAY_CHECK(segment.size <= text.size());
    writer.put(indicator_of(segment.mode), 4);
    writer.put(static_cast<unsigned>(segment.size), count_bits(plan.version, segment.mode));
    writer.put_characters(segment.mode, text.substr(0, segment.size));
    text.remove_prefix(segment.size);
  }
  QRPAY_CHECK(text.empty());
  writer.finish();
}

constexpr std::array<std::uint8_t, 256> kMirrored = [] {
  std::array<std::uint8_t, 256> mirrored{};
  for (unsigned byte = 0; byte < 256; ++byte) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      if ((byte >> bit & 1u) != 0) mirrored[byte] |= static_cast<std::uint8_t>(0x80u >> bit);
    }
  }
  return mirrored;
}();

// The codewords in the order in which they are laid, as BitStream wants them.
struct Interleaved {
  std::array<std::uint8_t, kCodewordsMax + 8> forward;
  std::array<std::uint8_t, kCodewordsMax + 8> mirrored;

  void put(std::size_t at, std::uint8_t codeword) {
    forward[at] = codeword;
    mirrored[at] = kMirrored[codeword];
  }
};

// 7.6: the first codeword of every block, then the second of every block, and so on; the long
// blocks give one more after that. Then the same with error correction.
void interleave(BlockPlan const& plan, std::span<std::uint8_t const> data, Interleaved& out) {
  std::size_t const short_blocks = plan.blocks - plan.long_blocks;
  std::size_t const data_size = plan.data();
  std::size_t from = 0;
  for (std::size_t block = 0; block < plan.blocks; ++block) {
    std::size_t const size = plan.data_per_block + (block < short_blocks ? 0 : 1);
    std::span<std::uint8_t const> const part = data.subspan(from, size);
    from += size;
    std::size_t at = block;
    for (std::size_t i = 0; i < plan.data_per_block; ++i, at += plan.blocks) out.put(at, part[i]);
    if (block >= short_blocks) out.put(at - short_blocks, part[plan.data_per_block]);
    std::array<std::uint8_t, kEccMax> buffer;
    std::span<std::uint8_t> const ecc(buffer.data(), plan.ecc_per_block);
    write_ecc(part, ecc);
    at = data_size + block;
    for (std::size_t i = 0; i < ecc.size(); ++i, at += plan.blocks) out.put(at, ecc[i]);
  }
  for (std::size_t i = 0; i < 8; ++i) out.put(plan.total() + i, 0);
}

// Bits 0 to 7 as bytes of 0 and 1, bit 0 first in memory.
std::uint64_t bytes_of_bits(std::uint64_t bits) {
  // Bit i alone in byte i; adding carries into the highest bit of each byte that is not 0.
  constexpr std::uint64_t kEvery = 0x0101'0101'0101'0101;
  constexpr std::uint64_t kOwnBit =
      std::endian::native == std::endian::little ? 0x8040'2010'0804'0201 : 0x0102'0408'1020'4080;
  std::uint64_t const spread = (bits & 0xFF) * kEvery & kOwnBit;
  return (spread + 0x7F * kEvery) >> 7 & kEvery;
}

}  // namespace

std::vector<std::uint8_t> EncodedSymbol::modules() const {
  std::vector<std::uint8_t> out(width * width);
  for (std::size_t y = 0; y < width; ++y) {
    std::uint8_t* const row = out.data() + y * width;
    std::size_t x = 0;
    for (; x + 8 <= width; x += 8) {
      std::uint64_t const bytes = bytes_of_bits(rows.words[x / 64][y] >> (x % 64));
      std::memcpy(row + x, &bytes, sizeof bytes);
    }
    for (; x < width; ++x) row[x] = rows.dark(x, y) ? 1 : 0;
  }
  return out;
}

EncodedSymbol encode(std::string_view text, Plan const& plan) {
  BlockPlan const blocks = block_plan(plan.version, plan.level);
  std::array<std::uint8_t, kDataCodewordsMax> buffer;
  std::span<std::uint8_t> const data = std::span<std::uint8_t>(buffer).first(blocks.data());
  write_data(text, plan, data);
  Interleaved codewords;
  interleave(blocks, data, codewords);
  Layout const& layout = layout_of(plan.version);
  Grid columns = layout.columns;
  lay_codewords(layout, {codewords.forward.data(), codewords.mirrored.data()}, columns);
  EncodedSymbol symbol{};
  symbol.width = layout.width;
  symbol.mask = finish_with_best_mask(layout, plan.level, columns, symbol.rows);
  return symbol;
}

}  // namespace qrpay::qr::draw
