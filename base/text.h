// Folding of Vietnamese text for transfer contents and matching. Sole includer of utf8proc.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace qrpay::base {

/// True for well-formed UTF-8 without surrogates or overlong forms.
[[nodiscard]] bool is_utf8(std::string_view text);

/// Number of Unicode code points, or nullopt when not UTF-8.
[[nodiscard]] std::optional<std::size_t> count_characters(std::string_view text);

/// True when `text` is in Unicode normalisation form C.
[[nodiscard]] bool is_nfc(std::string_view text);

/// NFD, combining marks dropped, d with stroke -> d (D with stroke -> D). Case is kept. Bytes that
/// are not UTF-8 become one space each, so foreign text can never make folding fail.
[[nodiscard]] std::string strip_marks(std::string_view text);

/// strip_marks, then upper case (ASCII only; other letters stay as they are).
[[nodiscard]] std::string fold_upper(std::string_view text);

/// Transfer content: strip_marks, every character outside [A-Za-z0-9 ] to a blank, blanks collapsed
/// and trimmed, cut to `characters_max` without a trailing blank. Source: VIETQR content rules.
[[nodiscard]] std::string normalise_content(std::string_view text, std::size_t characters_max);

}  // namespace qrpay::base
