// Any bytes as the words of a poster: drawn, or refused with the field's name; never a crash.
//
// The first byte chooses paper and language; the rest is shop name, holder and note, cut at LF.
// The font is opened once for the process and its caches are bounded (qr/poster/typeface.h).
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/check.h"
#include "qr/build.h"
#include "qr/poster/poster.h"

namespace {

using namespace qrpay;
using qr::poster::Sheet;

std::string const& payload() {
  static std::string const text = [] {
    qr::PayloadSpec spec;
    spec.bank_bin = "970436";
    spec.account = "0071001234567";
    spec.amount = base::Vnd(45'000);
    auto built = qr::build_payload(spec);
    QRPAY_CHECK(built.has_value());
    return *std::move(built);
  }();
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  if (size == 0) return 0;
  std::string_view rest = base::as_text({data + 1, size - 1});
  std::array<std::string_view, 3> words;
  for (std::string_view& word : words) {
    std::size_t const end = rest.find('\n');
    word = rest.substr(0, end);
    rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
  }
  constexpr std::array kSheets = {Sheet::kA6, Sheet::kStrip80, Sheet::kA5, Sheet::kA4Eight};
  qr::poster::PosterSpec spec;
  spec.payload = payload();
  spec.shop_name = words[0];
  spec.holder = words[1];
  spec.note = words[2];
  spec.sheet = kSheets[data[0] & 3u];
  spec.language =
      (data[0] & 4u) != 0 ? qr::poster::Language::kEnglish : qr::poster::Language::kVietnamese;
  auto const png = draw_poster(spec, qr::poster::Format::kPng, qr::poster::kDpiMin);
  if (png) {
    QRPAY_CHECK(png->starts_with("\x89PNG"));
    return 0;
  }
  base::Errc const errc = png.error().errc;
  QRPAY_CHECK(errc == base::Errc::kInvalidField || errc == base::Errc::kGlyphMissing);
  QRPAY_CHECK(png.error().detail.starts_with('/'));
  return 0;
}
