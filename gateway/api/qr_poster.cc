#include "gateway/api/qr_poster.h"

namespace qrpay::gateway::api {

namespace poster = qr::poster;

PosterRequest read_poster_request(json::ObjectReader& in) {
  PosterRequest request;
  request.shop_name = in.string("shop_name", 1, poster::kShopNameCharactersMax);
  request.holder = in.optional_string("holder", 1, poster::kHolderCharactersMax).value_or("");
  request.note = in.optional_string("note", 1, poster::kNoteCharactersMax).value_or("");
  if (auto const text = in.optional_string("issue_date", 10, 10)) {
    request.issued = base::parse_day(*text);
    if (!request.issued) in.refuse("issue_date", "a date like 2026-11-24");
  }
  if (auto const sheet = in.optional_choice("sheet", {"a6", "a5", "a4x8", "strip80"}))
    request.sheet = static_cast<poster::Sheet>(*sheet + 1);
  if (in.optional_choice("format", {"pdf", "png"}) == 1) request.format = poster::Format::kPng;
  if (auto const dpi = in.optional_integer("dpi", poster::kDpiMin, poster::kDpiMax))
    request.dpi = static_cast<unsigned>(*dpi);
  if (in.optional_choice("language", {"vi", "en"}) == 1)
    request.language = poster::Language::kEnglish;
  if (in.optional_choice("region", {"north", "south"}) == 1) request.region = qr::Region::kSouth;
  return request;
}

base::Result<std::string> draw_poster(PosterRequest const& request, qr::BankDirectory const& banks,
                                      base::WallTime now) {
  poster::PosterSpec spec;
  spec.payload = request.payload;
  spec.shop_name = request.shop_name;
  spec.holder = request.holder;
  spec.note = request.note;
  spec.issued = request.issued.value_or(base::business_day(now));
  spec.sheet = request.sheet;
  spec.language = request.language;
  spec.region = request.region;
  spec.banks = &banks;
  spec.brand = request.brand;
  return poster::draw_poster(spec, request.format, request.dpi);
}

std::string_view poster_content_type(PosterRequest const& request) {
  return request.format == poster::Format::kPdf ? "application/pdf" : "image/png";
}

}  // namespace qrpay::gateway::api
