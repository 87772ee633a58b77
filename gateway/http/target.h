// Request targets: percent-decoding, path segments, query parameters. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.h"
#include "gateway/http/message.h"

namespace qrpay::gateway::http {

/// Our longest id has 64 characters of up to 4 bytes.
inline constexpr std::size_t kSegmentBytesMax = 256;  ///< decoded
/// A hash tile of a log of 2^63 leaves has under 16; twice that.
inline constexpr std::size_t kSegmentsMax = 32;
/// Our widest list filter has 12.
inline constexpr std::size_t kParametersMax = 32;

/// Percent-decodes. With `plus_is_blank`, "+" is a blank too (forms and queries, not paths).
/// Errors: kMalformed for "%" without two hexadecimal digits, for bytes that are not UTF-8 and for
/// control characters, before or after decoding.
[[nodiscard]] base::Result<std::string> percent_decode(std::string_view text, bool plus_is_blank);

/// Takes "/path?query", "http://host/path?query" (servers must, RFC 9112 3.2.2) or "*".
/// Errors:
///   kMalformed       another form, a fragment, bad escapes, "." or ".." as a segment, an escaped
///                    slash or backslash in a segment (proxies disagree on what these mean)
///   kDuplicateField  a query parameter twice
///   kUriTooLong      a segment over kSegmentBytesMax, too many segments or parameters
/// An empty segment ("//", a trailing slash) is kept: no route matches it, so it is a 404.
[[nodiscard]] base::Result<Target> parse_target(std::string_view raw);

}  // namespace qrpay::gateway::http
