#include "gateway/api/order_view.h"

#include "base/text.h"
#include "base/time_text.h"
#include "ledger/fields.h"
#include "ledger/tlv.h"
#include "qr/build.h"

namespace qrpay::gateway::api {

namespace field = ledger::field;
namespace side = ledger::side;
using base::fail;
using ledger::kSectionCaller;
using ledger::TlvReader;
using notify::side_text;

Result<PayTarget> pay_target(notify::Records& records, Sequence account) {
  if (account == Sequence(0)) return fail(Errc::kNotFound, "no bank account");
  QRPAY_TRY(DecidedPtr const decided, records.read(account));
  PayTarget target{side_text(*decided, kSectionCaller, side::kBin),
                   side_text(*decided, kSectionCaller, side::kNumber),
                   side_text(*decided, kSectionCaller, side::kHolder)};
  if (target.number.empty()) return fail(Errc::kErased, "the account's number");
  return target;
}

Result<std::string> sticker_payload(PayTarget const& target) {
  qr::PayloadSpec spec;
  spec.bank_bin = target.bin;
  spec.account = target.number;
  return qr::build_payload(spec);
}

namespace {

Result<std::string> order_payload(PayTarget const& target, base::Vnd amount,
                                  std::string const& code) {
  std::string const purpose = base::normalise_content(code, qr::kAdditionalCharactersMax);
  qr::PayloadSpec spec;
  spec.bank_bin = target.bin;
  spec.account = target.number;
  spec.amount = amount;
  spec.order_bound = true;
  spec.additional.purpose = purpose;
  return qr::build_payload(spec);
}

OrderView view_of(notify::Records& records, engine::Order const& order,
                  engine::Decided const& decided) {
  OrderView view;
  view.order = order;
  view.id = side_text(decided, kSectionCaller, side::kId);
  view.shop = side_text(decided, kSectionCaller, side::kShopId);
  view.terminal = side_text(decided, kSectionCaller, side::kTerminalId);
  view.page_token = side_text(decided, kSectionCaller, side::kPageToken);
  view.code = TlvReader(decided.record.body).text(field::kOwnCode);
  if (view.code.empty()) view.code = side_text(decided, kSectionCaller, side::kCode);
  view.recorded_at = recorded_at(decided.record);
  if (view.id.empty()) return view;  // erased: nobody should pay to its code any more
  if (auto const target = pay_target(records, order.account))
    if (auto payload = order_payload(*target, order.asked, view.code))
      view.qr = std::move(*payload);
  return view;
}

}  // namespace

Result<OrderView> view_order(notify::Records& records, engine::Order const& order) {
  QRPAY_TRY(DecidedPtr const decided, records.read(order.sequence));
  return view_of(records, order, *decided);
}

OrderView view_new_order(notify::Records& records, engine::Decided const& decided) {
  TlvReader const body(decided.record.body);
  engine::Order order;
  order.sequence = decided.record.sequence;
  order.last_change = order.sequence;
  order.account = Sequence(body.number_or(field::kBankAccount, 0));
  order.asked = decided.record.amount;
  order.expires = base::WallTime(static_cast<std::int64_t>(body.number_or(field::kExpires, 0)));
  return view_of(records, order, decided);
}

HttpResponse render_order(OrderView const& view, int status) {
  using engine::OrderFlags;
  engine::Order const& order = view.order;
  std::string text;
  json::Writer out(text);
  out.begin_object();
  write_text_or_null(out, "id", view.id);
  out.member("status", engine::order_status_name(order.status));
  out.key("flags").begin_array();
  if ((order.flags & OrderFlags::kOverpaid) != 0) out.string("overpaid");
  if ((order.flags & OrderFlags::kLate) != 0) out.string("late");
  if ((order.flags & OrderFlags::kAgain) != 0) out.string("again");
  if ((order.flags & OrderFlags::kDisputed) != 0) out.string("disputed");
  out.end_array();
  out.member("amount", order.asked.dong());
  out.member("received", order.received.dong());
  out.member("currency", "VND");
  write_text_or_null(out, "code", view.code);
  if (!view.shop.empty()) out.member("shop", view.shop);
  if (!view.terminal.empty()) out.member("terminal", view.terminal);
  out.member("expires_at", base::format_time(order.expires));
  if (!view.qr.empty()) out.member("qr", view.qr);
  if (!view.page_token.empty()) out.member("page", "/p/" + view.page_token);
  out.member("revision", order.revision);
  out.member("sequence", order.sequence.value());
  out.member("recorded_at", view.recorded_at);
  out.end_object();
  HttpResponse response = http::json_response(std::move(text), status);
  response.headers.push_back({"ETag", etag(order.revision)});
  response.headers.push_back({"Cache-Control", "no-store"});
  return response;
}

HttpResponse render_code(std::string const& payload, PictureFormat format, qr::draw::Use use) {
  auto drawn = draw_code(payload, {.format = format, .use = use});
  if (!drawn) return http::problem_response(drawn.error());
  HttpResponse response;
  response.content_type = content_type_of(format);
  response.headers.push_back({"Cache-Control", "no-store"});
  response.body = std::move(*drawn);
  return response;
}

}  // namespace qrpay::gateway::api
