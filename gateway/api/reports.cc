// The cashless ratio CR-1 of a commune, with its definition, coverage and the size and root it was
// computed at (docs/formats/cr1.md).
#include <charconv>

#include "audit/ratio.h"
#include "gateway/api/routes.h"

namespace qrpay::gateway::api {

using base::fail;

namespace {

void write_figure(json::Writer& out, std::string_view name, audit::Figure const& figure) {
  out.key(name).begin_object();
  if (figure.bp)
    out.member("bp", *figure.bp);
  else
    out.null_member("bp");
  if (figure.reason) out.member("reason", audit::null_reason_name(*figure.reason));
  out.key("numerator").raw(audit::to_text(figure.numerator));
  out.key("denominator").raw(audit::to_text(figure.denominator));
  out.end_object();
}

void write_sum(json::Writer& out, std::string_view name, audit::CountSum const& sum) {
  out.key(name).begin_object();
  out.member("count", sum.count);
  out.key("amount").raw(audit::to_text(sum.sum));
  out.end_object();
}

std::string report_json(audit::RatioReport const& report, base::Digest const& root) {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.member("report", audit::kRatioId);
  out.member("definition", audit::kRatioText);
  out.member("commune", report.query.area);
  if (!report.area_name.empty()) out.member("commune_name", report.area_name);
  out.member("from", base::format_day(report.query.from));
  out.member("to", base::format_day(report.query.to));
  out.key("as_of").begin_object();
  out.member("size", report.query.as_of);
  out.member("root", base::to_base64(root));
  out.end_object();
  out.member("grade", audit::grade_name(report.grade));
  write_figure(out, "value_ratio", report.value_ratio);
  write_figure(out, "number_ratio", report.number_ratio);
  write_figure(out, "coverage_sellers", report.coverage_sellers);
  write_figure(out, "coverage_value", report.coverage_value);
  write_figure(out, "upper_bound", report.upper_bound);
  write_figure(out, "lower_bound", report.lower_bound);
  out.member("sellers_open", report.sellers_open);
  out.member("sellers_declaring", report.sellers_declaring);
  out.member("sellers_declaring_counts", report.sellers_declaring_counts);
  out.member("sellers_placed_by_code", report.sellers_placed_by_code);
  out.member("sellers_bounded_by_sector", report.sellers_bounded_by_sector);
  out.member("sellers_bounded_by_area", report.sellers_bounded_by_area);
  write_sum(out, "sales", report.sales);
  write_sum(out, "cash_declared", report.cash_declared);
  out.member("sales_time_flagged", report.sales_time_flagged);
  out.key("exclusions").begin_object();
  for (std::size_t i = 1; i < report.exclusions.size(); ++i)
    write_sum(out, "X" + std::to_string(i), report.exclusions[i]);
  out.end_object();
  write_sum(out, "sales_not_open", report.sales_not_open);
  out.member("declarations_training", report.declarations_training);
  out.member("unread_records", report.unread_records);
  if (report.first_unread != Sequence(0)) out.member("first_unread", report.first_unread.value());
  out.end_object();
  return text;
}

// A size, or a time: the largest prefix whose records are all stamped no later.
Result<std::uint64_t> size_at(Services& services, std::string_view as_of) {
  std::uint64_t const durable = services.log.size();
  if (as_of.empty()) return durable;
  std::uint64_t size = 0;
  auto const [end, error] = std::from_chars(as_of.data(), as_of.data() + as_of.size(), size);
  if (error == std::errc() && end == as_of.data() + as_of.size()) {
    if (size == 0 || size > durable)
      return fail(Errc::kInvalidField, "as_of: the durable size is " + std::to_string(durable));
    return size;
  }
  auto const time = base::parse_time(as_of);
  if (!time) return fail(Errc::kInvalidField, "as_of in the query: a size or a time");
  QRPAY_TRY(Sequence const last, services.log.last_at(*time, durable));
  if (last == Sequence(0)) return fail(Errc::kInvalidField, "as_of: before the first record");
  return last.value();
}

Result<std::string> compute(Services& services, audit::RatioQuery query, std::string_view as_of) {
  QRPAY_TRY(query.as_of, size_at(services, as_of));
  QRPAY_TRY(base::Digest const root, services.log.root(query.as_of));
  audit::RatioFold fold(query);
  QRPAY_TRY_VOID(services.log.scan(Sequence(1), [&](ledger::StoredRecord const& stored) {
    fold.add(stored.record);
    return stored.record.sequence.value() < query.as_of;
  }));
  return report_json(fold.finish(), root);
}

void get_ratio(Services& services, Call const& call) {
  if (call.principal().role != Role::kAuditor && call.principal().role != Role::kOperator)
    return call.refuse({Errc::kForbidden, "reports are for auditors"});
  audit::RatioQuery query;
  query.area = call.query("commune").value_or("");
  auto const from = base::parse_day(call.query("from").value_or(""));
  auto const to = base::parse_day(call.query("to").value_or(""));
  if (!from) return call.refuse({Errc::kInvalidField, "from in the query: a date like 2026-11-01"});
  if (!to) return call.refuse({Errc::kInvalidField, "to in the query: a date like 2026-11-30"});
  query.from = *from;
  query.to = *to;
  if (auto const checked = audit::check_query(query); !checked) return call.refuse(checked.error());
  std::string const as_of(call.query("as_of").value_or(""));
  auto const queued = services.worker.run([&services, call, query, as_of] {
    auto body = compute(services, query, as_of);
    if (!body) return call.refuse(body.error());
    HttpResponse response = http::json_response(std::move(*body));
    response.headers.push_back({"Cache-Control", "no-store"});
    call.answer(std::move(response));
  });
  if (!queued) call.refuse(queued.error());
}

}  // namespace

void add_report_routes(Services& services, http::Router& router) {
  router.add(http::Method::kGet, "/v1/reports/cashless-ratio", authenticated(services, get_ratio));
}

}  // namespace qrpay::gateway::api
