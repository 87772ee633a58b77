// Payment pictures for web pages: the four templates that sites know from img.vietqr.io, so that
// they need to change the host only. Words stand where the originals have logos.
// Source: specification page VIETQR, 5.1.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "qr/banks.h"

namespace qrpay::qr::poster {

/// Numbers are stable.
enum class CardTemplate : std::uint8_t {
  kCompact2 = 1,  ///< "compact2", 540 x 640: bank, code, amount, content, holder, account
  kCompact = 2,   ///< "compact", 540 x 540: bank, code
  kQrOnly = 3,    ///< "qr_only", 480 x 480: code
  kPrint = 4,     ///< "print", 600 x 776: everything, framed
};

/// The template of that name, without regard to case; nullopt when there is none.
[[nodiscard]] std::optional<CardTemplate> find_card_template(std::string_view name);
[[nodiscard]] std::string_view card_template_name(CardTemplate card);

struct CardSize {
  unsigned width;
  unsigned height;
};
[[nodiscard]] CardSize card_size(CardTemplate card);

enum class CardFormat : std::uint8_t { kPng = 1, kJpeg = 2, kSvg = 3 };

inline constexpr std::size_t kCardHolderCharactersMax = 70;

/// The views are read during the call only. Amount, content, bank and account are the payload's.
struct CardSpec {
  std::string_view payload;  ///< as in PosterSpec
  std::string_view holder;   ///< text as of check_printable(); may be empty; qr_only ignores it
  CardTemplate card = CardTemplate::kCompact2;
  BankDirectory const* banks = nullptr;  ///< nullptr: builtin_banks()
};

/// The picture, in exactly the pixels of its template. Level M, Q in `print`; modules are whole
/// pixels, quiet zone included. An SVG holds text in "Noto Sans" that is told its width, so that
/// it fits in any other font too; 5 to 12 kB. Deterministic. 5 ms. Threads: any.
/// Errors: kQrInvalid; kInvalidField, "/payload: ..." or "/holder: ..."; kGlyphMissing,
///   "/holder: U+4E2D"; kFontMissing; kIo, no memory.
[[nodiscard]] base::Result<std::string> draw_card(CardSpec const& spec, CardFormat format);

}  // namespace qrpay::qr::poster
