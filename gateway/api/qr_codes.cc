// POST /v1/qr, /v1/qr/verify and /v1/qr/poster: the QR library over HTTP, for anybody with a key.
// Functions of the request alone: they read no ledger and leave no record.
#include "gateway/api/qr_picture.h"
#include "gateway/api/qr_poster.h"
#include "gateway/api/qr_view.h"
#include "gateway/api/routes.h"
#include "qr/picture/read.h"
#include "qr/scan/scan.h"

namespace qrpay::gateway::api {

using json::ObjectReader;

namespace {

/// A phone's photograph has 2 to 6 MiB.
constexpr std::size_t kPictureBytesMax = std::size_t{8} << 20;

/// Drawing takes 0.1 ms and reading a photograph 400 ms: neither is a server thread's to spend.
void run_aside(Services& services, Call const& call, std::function<void()> job) {
  auto const queued = services.pictures.run(std::move(job));
  if (!queued) call.refuse(queued.error());
}

HttpResponse picture_response(std::string_view content_type, std::string bytes) {
  HttpResponse response;
  response.content_type = content_type;
  response.headers.push_back({"Cache-Control", "no-store"});
  response.body = std::move(bytes);
  return response;
}

Result<std::string> describe_code(std::string const& payload, PictureRequest const& picture,
                                  qr::BankDirectory const& banks) {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.member("payload", payload);
  write_reading(out, payload, qr::Policy::kStrict, banks, WithGuard::kYes);
  QRPAY_TRY_VOID(write_symbol(out, payload, picture));
  out.end_object();
  return text;
}

void make_code(Services& services, Call const& call) {
  auto const body = read_body(call.request());
  if (!body) return call.refuse(body.error());
  ObjectReader in(*body);
  CodeRequest const code = read_code_request(in);
  PictureRequest picture = read_picture_request(in);
  auto const format =
      in.optional_choice("format", {"json", "png", "svg", "pdf", "text", "escpos", "zpl"});
  if (auto const finished = in.finish(); !finished) return call.refuse(finished.error());
  auto const payload = build_code(code, services.banks);
  if (!payload) return call.refuse(payload.error());
  picture.issued = base::business_day(services.clock.wall());
  bool const as_json = format.value_or(0) == 0;
  if (!as_json) picture.format = static_cast<PictureFormat>(*format - 1);
  run_aside(services, call, [&services, call, picture, as_json, payload = *payload] {
    auto drawn =
        as_json ? describe_code(payload, picture, services.banks) : draw_code(payload, picture);
    if (!drawn) return call.refuse(drawn.error());
    call.answer(as_json ? http::json_response(std::move(*drawn))
                        : picture_response(content_type_of(picture.format), std::move(*drawn)));
  });
}

void verify_text(Services& services, Call const& call) {
  auto const body = read_body(call.request());
  if (!body) return call.refuse(body.error());
  ObjectReader in(*body);
  // Whatever a camera read belongs here, so control characters are not the parser's to refuse.
  json::Value const* text = in.value("text");
  auto const policy = in.optional_choice("policy", {"lenient", "strict"}).value_or(0);
  if (text == nullptr || text->if_string() == nullptr) in.refuse("text", "the text of a code");
  if (auto const finished = in.finish(); !finished) return call.refuse(finished.error());
  std::string answer;
  json::Writer out(answer);
  out.begin_object();
  out.member("text", *text->if_string());
  write_reading(out, *text->if_string(), policy == 1 ? qr::Policy::kStrict : qr::Policy::kLenient,
                services.banks, WithGuard::kNo);
  out.end_object();
  call.answer(http::json_response(std::move(answer)));
}

void verify_picture(Services& services, Call const& call) {
  run_aside(services, call, [&services, call] {
    auto const image = qr::picture::read_picture(base::as_bytes(call.request().body));
    if (!image) return call.refuse(image.error());
    auto const texts = qr::scan::scan_codes(*image);
    if (!texts) return call.refuse(texts.error());
    std::string answer;
    json::Writer out(answer);
    out.begin_object().key("codes").begin_array();
    for (auto const& text : *texts) {
      out.begin_object();
      out.member("text", text);
      write_reading(out, text, qr::Policy::kLenient, services.banks, WithGuard::kYes);
      out.end_object();
    }
    out.end_array().end_object();
    call.answer(http::json_response(std::move(answer)));
  });
}

void verify_code(Services& services, Call const& call) {
  auto const type = call.request().headers.find("Content-Type").value_or("application/json");
  if (type.starts_with("image/")) return verify_picture(services, call);
  verify_text(services, call);
}

void make_poster(Services& services, Call const& call) {
  auto const body = read_body(call.request());
  if (!body) return call.refuse(body.error());
  ObjectReader in(*body);
  PosterRequest request = read_poster_request(in);
  auto payload = in.optional_string("payload", 1, qr::kPayloadCharactersMax);
  auto code = in.optional_object("code");
  if (payload.has_value() == code.has_value()) in.refuse("payload", "either payload or code");
  CodeRequest const spec = code ? read_code_request(*code) : CodeRequest{};
  if (auto const finished = in.finish(); !finished) return call.refuse(finished.error());
  if (code) {
    auto built = build_code(spec, services.banks);
    if (!built) return call.refuse(built.error());
    payload = std::move(*built);
  }
  request.payload = std::move(*payload);
  request.brand = services.brand;
  run_aside(services, call, [&services, call, request = std::move(request)] {
    auto poster = draw_poster(request, services.banks, services.clock.wall());
    if (!poster) return call.refuse(poster.error());
    call.answer(picture_response(poster_content_type(request), std::move(*poster)));
  });
}

}  // namespace

void add_qr_routes(Services& services, http::Router& router) {
  router.add(http::Method::kPost, "/v1/qr", authenticated(services, make_code));
  router.add(http::Method::kPost, "/v1/qr/verify", authenticated(services, verify_code),
             {.body_bytes_max = kPictureBytesMax});
  router.add(http::Method::kPost, "/v1/qr/poster", authenticated(services, make_poster));
}

}  // namespace qrpay::gateway::api
