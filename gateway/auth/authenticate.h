// Who sent this request? Bearer tokens and signed requests (DESIGN 5b).
#pragma once

#include "base/world.h"
#include "gateway/auth/keyring.h"
#include "gateway/http/message.h"

namespace qrpay::gateway::auth {

/// A signature is good this long before and after its timestamp. A retry signs anew; what makes it
/// safe is the command's id, not this window.
inline constexpr std::int64_t kSignatureWindowSeconds = 300;

/// "method LF path?query LF timestamp LF body": what Qrpay-Signature covers, byte for byte.
[[nodiscard]] std::string signed_text(std::string_view method, std::string_view target,
                                      std::string_view timestamp, std::string_view body);
/// "v1=" and 64 hexadecimal digits.
[[nodiscard]] std::string make_signature(base::HmacSha256 const& key, std::string_view text);

struct Authenticated {
  Principal principal;
  std::string signed_original;  ///< what was signed and its signature; empty for a bearer token
};

/// Errors: kUnauthenticated, without a word about which part was wrong.
[[nodiscard]] base::Result<Authenticated> authenticate(http::HttpRequest const& request,
                                                       KeyRing& keys, base::WallTime now);

}  // namespace qrpay::gateway::auth
