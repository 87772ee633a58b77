#include "gateway/auth/authenticate.h"

#include <charconv>

namespace qrpay::gateway::auth {

using base::as_bytes;
using base::Errc;
using base::fail;

std::string signed_text(std::string_view method, std::string_view target,
                        std::string_view timestamp, std::string_view body) {
  std::string text;
  text.reserve(method.size() + target.size() + timestamp.size() + body.size() + 3);
  text += method;
  text += '\n';
  text += target;
  text += '\n';
  text += timestamp;
  text += '\n';
  text += body;
  return text;
}

std::string make_signature(base::HmacSha256 const& key, std::string_view text) {
  return "v1=" + base::to_hex(key.mac(as_bytes(text)));
}

namespace {

bool is_fresh(std::string_view timestamp, base::WallTime now) {
  std::int64_t seconds = 0;
  auto const [end, error] =
      std::from_chars(timestamp.data(), timestamp.data() + timestamp.size(), seconds);
  if (error != std::errc() || end != timestamp.data() + timestamp.size()) return false;
  std::int64_t const now_seconds = now.microseconds() / base::kSecond;
  return seconds >= now_seconds - kSignatureWindowSeconds &&
         seconds <= now_seconds + kSignatureWindowSeconds;
}

}  // namespace

base::Result<Authenticated> authenticate(http::HttpRequest const& request, KeyRing& keys,
                                         base::WallTime now) {
  if (auto const key_id = request.headers.find("Qrpay-Key")) {
    auto const timestamp = request.headers.find("Qrpay-Timestamp");
    auto const signature = request.headers.find("Qrpay-Signature");
    auto const signing = keys.find_signing(*key_id);
    if (!timestamp || !signature || !signing || !is_fresh(*timestamp, now))
      return fail(Errc::kUnauthenticated);
    std::string text =
        signed_text(request.method_text, request.target.raw, *timestamp, request.body);
    if (!base::equal_constant_time(as_bytes(make_signature(signing->hmac, text)),
                                   as_bytes(*signature)))
      return fail(Errc::kUnauthenticated);
    text += '\n';
    text += *signature;
    return Authenticated{signing->principal, std::move(text)};
  }
  auto const authorization = request.headers.find("Authorization");
  static constexpr std::string_view kScheme = "Bearer ";
  if (!authorization || !authorization->starts_with(kScheme)) return fail(Errc::kUnauthenticated);
  auto principal = keys.find_bearer(authorization->substr(kScheme.size()));
  if (!principal) return fail(Errc::kUnauthenticated);
  return Authenticated{std::move(*principal), {}};
}

}  // namespace qrpay::gateway::auth
