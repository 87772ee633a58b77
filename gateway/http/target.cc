#include "gateway/http/target.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace qrpay::gateway::http {
namespace {

using base::Errc;
using base::fail;

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

base::Result<void> parse_path(std::string_view path, Target& target) {
  path.remove_prefix(1);
  if (path.empty()) return {};
  target.segments.reserve(std::min<std::size_t>(
      static_cast<std::size_t>(std::ranges::count(path, '/')) + 1, kSegmentsMax));
  for (;;) {
    auto const slash = path.find('/');
    auto decoded = percent_decode(path.substr(0, slash), /*plus_is_blank=*/false);
    if (!decoded) return base::Unexpected(std::move(decoded).error());
    std::string& segment = *decoded;
    if (segment == "." || segment == ".." || segment.find('/') != std::string::npos ||
        segment.find('\\') != std::string::npos) {
      return fail(Errc::kMalformed, "path: a dot segment or an escaped slash");
    }
    if (segment.size() > kSegmentBytesMax) {
      return fail(Errc::kUriTooLong, "path: a segment of more than 256 bytes");
    }
    if (target.segments.size() == kSegmentsMax) {
      return fail(Errc::kUriTooLong, "path: more than 32 segments");
    }
    target.segments.push_back(std::move(segment));
    if (slash == std::string_view::npos) return {};
    path.remove_prefix(slash + 1);
  }
}

base::Result<void> parse_query(std::string_view query, Target& target) {
  while (!query.empty()) {
    auto const end = query.find('&');
    auto const pair = query.substr(0, end);
    query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
    if (pair.empty()) continue;
    auto const equals = pair.find('=');
    QRPAY_TRY(auto name, percent_decode(pair.substr(0, equals), /*plus_is_blank=*/true));
    if (name.empty()) return fail(Errc::kMalformed, "query: a parameter without a name");
    std::string value;
    if (equals != std::string_view::npos) {
      QRPAY_TRY(value, percent_decode(pair.substr(equals + 1), /*plus_is_blank=*/true));
    }
    if (target.parameter(name)) {
      return fail(Errc::kDuplicateField, "query: a parameter is there twice");
    }
    if (target.query.size() == kParametersMax) {
      return fail(Errc::kUriTooLong, "query: more than 32 parameters");
    }
    target.query.push_back({std::move(name), std::move(value)});
  }
  return {};
}

}  // namespace

base::Result<std::string> percent_decode(std::string_view text, bool plus_is_blank) {
  std::string decoded;
  decoded.reserve(text.size());
  bool ascii = true;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      int const high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
      int const low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
      if (high < 0 || low < 0) return fail(Errc::kMalformed, "target: a broken percent escape");
      c = static_cast<char>(high * 16 + low);
      i += 2;
    } else if (c == '+' && plus_is_blank) {
      c = ' ';
    }
    if (is_control(c)) return fail(Errc::kMalformed, "target: a control character");
    ascii = ascii && static_cast<unsigned char>(c) < 0x80;
    decoded += c;
  }
  if (!ascii && !base::is_utf8(decoded)) return fail(Errc::kMalformed, "target: not UTF-8");
  return decoded;
}

base::Result<Target> parse_target(std::string_view raw) {
  Target target;
  if (raw == "*") {
    target.raw = raw;
    return target;
  }
  for (std::string_view scheme : {"http://", "https://"}) {
    if (raw.size() < scheme.size() || !equal_ignoring_case(raw.substr(0, scheme.size()), scheme)) {
      continue;
    }
    auto const path = raw.find('/', scheme.size());
    if (path == std::string_view::npos) return fail(Errc::kMalformed, "target: no path");
    raw.remove_prefix(path);
  }
  if (!raw.starts_with('/') || raw.find('#') != std::string_view::npos) {
    return fail(Errc::kMalformed, "target: must be a path with an optional query");
  }
  target.raw = raw;
  auto const mark = raw.find('?');
  QRPAY_TRY_VOID(parse_path(raw.substr(0, mark), target));
  if (mark != std::string_view::npos) QRPAY_TRY_VOID(parse_query(raw.substr(mark + 1), target));
  return target;
}

}  // namespace qrpay::gateway::http
