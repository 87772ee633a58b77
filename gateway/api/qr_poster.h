// What a caller wants on a poster, with the text that its PosterSpec looks into.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/time_text.h"
#include "gateway/json/object_reader.h"
#include "qr/banks.h"
#include "qr/poster/poster.h"

namespace qrpay::gateway::api {

struct PosterRequest {
  std::string payload;
  std::string shop_name;
  std::string holder;
  std::string note;
  std::optional<base::Day> issued;  ///< nullopt: the day the poster is drawn on, at +07:00
  qr::poster::Sheet sheet = qr::poster::Sheet::kA6;
  qr::poster::Format format = qr::poster::Format::kPdf;
  unsigned dpi = qr::poster::kDpiDefault;
  qr::poster::Language language = qr::poster::Language::kVietnamese;
  qr::Region region = qr::Region::kNorth;
  std::shared_ptr<qr::poster::Brand const> brand;  ///< the operator's own marks, or nullptr
};

/// Reads shop_name, holder, note, issue_date, sheet, format, dpi, language and region; the caller's
/// finish() reports.
[[nodiscard]] PosterRequest read_poster_request(json::ObjectReader& in);

/// `now` is what a missing issue date is taken from. Errors: those of qr::poster::draw_poster().
[[nodiscard]] base::Result<std::string> draw_poster(PosterRequest const& request,
                                                    qr::BankDirectory const& banks,
                                                    base::WallTime now);
/// "application/pdf" or "image/png"; static.
[[nodiscard]] std::string_view poster_content_type(PosterRequest const& request);

}  // namespace qrpay::gateway::api
