// What text from outside may be printed: a poster is trusted by whoever stands before it.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/error.h"

namespace qrpay::qr::poster {

/// Accepts UTF-8 of visible characters and single blanks between them, at most `characters_max`.
/// Refused are control and formatting characters (line ends, directions, joiners, soft hyphens),
/// other blanks than U+0020, blanks at either end or two together, and more than two combining
/// marks on a letter: Vietnamese needs two, and a tower of them would reach over the code.
/// Whether the font has the glyphs is asked by Typeface::check_glyphs().
/// Errors: kInvalidField, `detail` begins with `pointer` ("/shop_name: ...") and holds nothing of
///   the text.
[[nodiscard]] base::Result<void> check_printable(std::string_view pointer, std::string_view text,
                                                 std::size_t characters_max);

}  // namespace qrpay::qr::poster
