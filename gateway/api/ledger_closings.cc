// What the ledger was at the end of each day, and who has witnessed its checkpoints: for everybody.
#include "gateway/api/qr_picture.h"
#include "gateway/api/routes.h"
#include "qr/draw/render.h"

namespace qrpay::gateway::api {

using base::fail;

namespace {

/// A year and a month on one page.
constexpr std::size_t kClosingsListedMax = 400;

void write_time(json::Writer& out, std::string_view name, std::int64_t unix_seconds) {
  if (unix_seconds == 0) return;
  out.member(name, base::format_time(base::WallTime(unix_seconds * base::kSecond)));
}

Result<void> write_closing(json::Writer& out, Services& services, base::Day day) {
  QRPAY_TRY(ledger::Closing const closing, services.closings.find(day));
  QRPAY_TRY(ledger::Note const note, ledger::parse_note(closing.note));
  QRPAY_TRY(ledger::Checkpoint const checkpoint, ledger::parse_checkpoint(note.text));
  out.begin_object();
  out.member("day", base::format_day(day));
  out.member("size", closing.size);
  out.member("root", base::to_base64(checkpoint.root));
  out.key("cosigned_by").begin_array();
  for (auto const& key : services.keeper.keys()) {
    auto const cosignature = ledger::verify_cosignature(note, key);
    if (!cosignature) continue;
    out.begin_object().member("witness", key.name);
    write_time(out, "time", static_cast<std::int64_t>(cosignature->timestamp));
    out.end_object();
  }
  out.end_array();
  out.end_object();
  return {};
}

Result<std::string> list_of_closings(Services& services, base::Day before) {
  QRPAY_TRY(auto const days, services.closings.newest(before, kClosingsListedMax));
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.key("closings").begin_array();
  for (auto day = days.rbegin(); day != days.rend(); ++day)
    QRPAY_TRY_VOID(write_closing(out, services, *day));
  out.end_array();
  out.member("next", base::format_day(services.closings.next_day()));
  out.end_object();
  return text;
}

void run_aside(Services& services, Call const& call, std::function<void()> job) {
  auto const queued = services.worker.run(std::move(job));
  if (!queued) call.refuse(queued.error());
}

void list_closings(Services& services, Call const& call) {
  auto const before = base::parse_day(call.query("before").value_or("2199-12-31"));
  if (!before) return call.refuse({Errc::kInvalidField, "before: a day, YYYY-MM-DD"});
  run_aside(services, call, [&services, call, before = *before] {
    auto listed = list_of_closings(services, before);
    if (!listed) return call.refuse(listed.error());
    call.answer(http::json_response(std::move(*listed)));
  });
}

void send_closing(Services& services, Call const& call, base::Day day, bool as_qr) {
  auto closing = services.closings.find(day);
  if (!closing) return call.refuse(closing.error());
  HttpResponse response;
  // Cosignatures may still come, so nobody keeps it for ever.
  response.headers.push_back({"Cache-Control", "no-cache"});
  response.content_type = "text/plain; charset=utf-8";
  if (as_qr) {
    auto drawn = draw_code(closing->note, {.use = qr::draw::Use::kScreen});
    if (!drawn) return call.refuse(drawn.error());
    closing->note = std::move(*drawn);
    response.content_type = content_type_of(PictureFormat::kPng);
  }
  response.body = std::move(closing->note);
  call.answer(std::move(response));
}

void get_closing(Services& services, Call const& call) {
  auto const day = base::parse_day(call.param("day"));
  if (!day) return call.refuse({Errc::kInvalidField, "day in the path: YYYY-MM-DD"});
  std::string_view const form = call.query("form").value_or("text");
  if (form != "text" && form != "qr") return call.refuse({Errc::kInvalidField, "form: text or qr"});
  run_aside(services, call, [&services, call, day = *day, as_qr = form == "qr"] {
    send_closing(services, call, day, as_qr);
  });
}

void list_witnesses(Services& services, Call const& call) {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.member("quorum", services.keeper.quorum());
  out.member("cosigned_size", services.keeper.published().size);
  out.key("witnesses").begin_array();
  for (auto const& view : services.keeper.witnesses()) {
    out.begin_object();
    out.member("name", view.key.name);
    out.member("key", ledger::format_vkey(view.key));
    out.member("size", view.size);
    write_time(out, "cosigned_at", view.cosigned_at);
    out.member("state", view.disagrees ? "disagrees" : view.trouble.empty() ? "good" : "trouble");
    out.end_object();
  }
  out.end_array();
  out.end_object();
  call.answer(http::json_response(std::move(text)));
}

}  // namespace

void add_closing_routes(Services& services, http::Router& router) {
  using http::Method;
  router.add(Method::kGet, "/v1/ledger/closings", open_to_all(services, list_closings));
  router.add(Method::kGet, "/v1/ledger/closings/{day}", open_to_all(services, get_closing));
  router.add(Method::kGet, "/v1/ledger/witnesses", open_to_all(services, list_witnesses));
}

}  // namespace qrpay::gateway::api
