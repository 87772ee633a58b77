// The printed sticker of a shop: counter cards, eight cards on a page, a strip of receipt paper.
//
// What a poster says of the money (bank, account, amount, transfer content) is read from the
// payload itself, so that the print cannot disagree with the code; the sticker guard (colour word
// and fingerprint) is computed from it. Black on white, any colour outside the quiet zone, no logo
// but those of the operator's brand folder. Sources: specification page ECOSYSTEM, 3.4 and 5.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/time_text.h"
#include "qr/banks.h"
#include "qr/poster/brand.h"
#include "qr/vnd_words.h"

namespace qrpay::qr::poster {

inline constexpr std::size_t kShopNameCharactersMax = 80;
inline constexpr std::size_t kHolderCharactersMax = 70;  ///< the longest that banks print
inline constexpr std::size_t kNoteCharactersMax = 60;

/// The smallest text, in mm: 6 points on the small cards, 7 elsewhere. Longer text is wrapped, then
/// shrunk to this, then refused.
inline constexpr double kCardTextMin = 2.1;
inline constexpr double kTextMin = 2.5;
/// The smallest module, in mm: read at arm's length by a cheap telephone. Receipt paper is in hand.
inline constexpr double kModuleMin = 0.8;
inline constexpr double kStripModuleMin = 0.5;

enum class Sheet : std::uint8_t {
  kA6 = 1,       ///< 105 x 148 mm: stands on a counter
  kA5 = 2,       ///< 148 x 210 mm: hangs on a wall
  kA4Eight = 3,  ///< 210 x 297 mm: eight equal cards of 105 x 74.25 mm to cut apart
  kStrip80 = 4,  ///< 80 mm wide, 72 mm printed, as long as needed; black only
};

/// Which language comes first; a line of the other stands below the headline.
enum class Language : std::uint8_t { kVietnamese = 1, kEnglish = 2 };

enum class Format : std::uint8_t { kPdf = 1, kPng = 2 };

/// The views are read during the call only. Text follows check_printable().
struct PosterSpec {
  std::string_view payload;    ///< VietQR that read_payload() accepts without a fault; no QRCASH
  std::string_view shop_name;  ///< required; to kShopNameCharactersMax
  /// Of the account, as banks write it: A-Z, 0-9, blank and .,&'()/-; may be empty.
  std::string_view holder;
  std::string_view note;  ///< one line of the shop's own ("Quầy 2"); may be empty
  base::Day issued;       ///< printed, and the creation date of the PDF
  Sheet sheet = Sheet::kA6;
  Language language = Language::kVietnamese;
  Region region = Region::kNorth;        ///< of the amount in words
  BankDirectory const* banks = nullptr;  ///< nullptr: builtin_banks()
  std::shared_ptr<Brand const> brand;    ///< marks to stand under the text, or nullptr
};

/// Resolutions of kPng. 25 megapixels, the limit of all our pictures, is A4 at 430.
inline constexpr unsigned kDpiMin = 72;
inline constexpr unsigned kDpiMax = 600;
inline constexpr unsigned kDpiDefault = 300;

/// A file to be printed in its true size. The symbol has level H as long as its modules are not
/// smaller than they may be, else Q, else M; text shrinks before the level does. Modules are whole
/// dots of the printer: 1/300 inch, 1/8 mm on receipt paper, pixels in a PNG.
/// The same input gives the same bytes with the same libraries and font. 6 ms a PDF, 60 ms a PNG of
/// A6 at 300 dpi. Threads: any. `dpi` is read by kPng only.
/// Errors: kQrInvalid, the payload has a fault; kInvalidField, `detail` begins with the pointer of
///   the field ("/shop_name: ...", "/sheet: ..." when the symbol or the text does not fit);
///   kGlyphMissing, "/shop_name: U+4E2D"; kFontMissing; kImageMalformed, a mark cannot be drawn;
///   kImageTooLarge; kIo, no memory.
[[nodiscard]] base::Result<std::string> draw_poster(PosterSpec const& spec, Format format,
                                                    unsigned dpi = kDpiDefault);

}  // namespace qrpay::qr::poster
