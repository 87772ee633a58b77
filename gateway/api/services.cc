#include "gateway/api/services.h"

#include <charconv>

#include "base/text.h"
#include "base/time_text.h"

namespace qrpay::gateway::api {

using base::fail;

namespace {

// Without one generation of the dedupe secret nobody can say that an id was never used.
base::Error not_sure() {
  return {Errc::kReadOnly, "secret_missing: it may be there, under a tag that cannot be made"};
}

}  // namespace

http::Handler open_to_all(Services& services, CallHandler handler) {
  return [&services, handler = std::move(handler)](HttpRequest request, http::Params params,
                                                   http::Responder respond) {
    Call const call(std::move(request), std::move(params), std::move(respond));
    if (!services.tagger.complete()) call.set_unsure();
    handler(services, call);
  };
}

http::Handler authenticated(Services& services, CallHandler handler) {
  return open_to_all(services, [handler = std::move(handler)](Services& s, Call const& call) {
    auto caller = auth::authenticate(call.request(), s.keys, s.clock.wall());
    if (!caller) {
      bool const is_signed = call.request().headers.find("Qrpay-Key").has_value();
      if (is_signed && !s.tagger.complete()) return call.refuse(not_sure());
      http::ProblemExtras extras;
      extras.headers.push_back({"WWW-Authenticate", "Bearer"});
      return call.refuse(caller.error(), extras);
    }
    call.set_caller(std::move(*caller));
    handler(s, call);
  });
}

void Call::refuse(base::Error const& error, http::ProblemExtras const& extras) const {
  bool const unsure = state_->unsure && error.errc == Errc::kNotFound;
  answer(http::problem_response(unsure ? not_sure() : error, extras));
}

Result<json::Value> read_body(HttpRequest const& request) {
  auto const type = request.headers.find("Content-Type");
  if (type && !http::equal_ignoring_case(type->substr(0, type->find(';')), "application/json"))
    return fail(Errc::kUnsupportedMedia, "send application/json");
  return json::parse(request.body);
}

bool valid_caller_id(std::string_view id) {
  auto const characters = base::count_characters(id);
  if (!characters || *characters == 0 || *characters > engine::kCallerIdMax) return false;
  return id.find_first_of("/\\") == std::string_view::npos && id != "." && id != "..";
}

Result<std::string> read_id(Call const& call, std::string_view name) {
  std::string id = call.param(name);
  if (!valid_caller_id(id))
    return fail(Errc::kInvalidField,
                std::string(name) + " in the path: " + std::string(kCallerIdRule));
  return id;
}

Result<std::optional<std::uint32_t>> read_if_match(HttpRequest const& request) {
  auto text = request.headers.find("If-Match");
  if (!text) return std::optional<std::uint32_t>();
  std::uint32_t revision = 0;
  bool const quoted = text->size() >= 3 && text->front() == '"' && text->back() == '"';
  if (quoted) {
    std::string_view const digits = text->substr(1, text->size() - 2);
    auto const [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), revision);
    if (error == std::errc() && end == digits.data() + digits.size() && revision > 0 &&
        revision < 0xffffffff)
      return std::optional(revision);
  }
  return fail(Errc::kInvalidField, "If-Match: a revision in quotes, as ETag gives it");
}

void answer_reply(Call const& call, Reply const& reply, RenderDecided const& render) {
  switch (reply.kind) {
    case Reply::Kind::kRefused: return call.refuse(reply.error);
    case Reply::Kind::kIdReused: {
      http::ProblemExtras extras;
      extras.first = std::to_string(reply.decided->record.sequence.value());
      return call.refuse(reply.error, extras);
    }
    case Reply::Kind::kDecided: return call.answer(render(*reply.decided));
    case Reply::Kind::kReplayed: {
      HttpResponse response = render(*reply.decided);
      if (response.status == 201) response.status = 200;
      response.headers.push_back({"Idempotent-Replayed", "true"});
      if (reply.body_unverified) response.headers.push_back({"Body-Unverified", "true"});
      return call.answer(std::move(response));
    }
  }
}

void submit(Services& services, Call const& call, engine::Command command, RenderDecided render) {
  auto submitted = services.engine.submit(std::move(command),
                                          [call, render = std::move(render)](Reply const& reply) {
                                            answer_reply(call, reply, render);
                                          });
  if (!submitted) call.refuse(submitted.error());
}

void write_text_or_null(json::Writer& out, std::string_view name, std::string_view text) {
  if (text.empty())
    out.null_member(name);
  else
    out.member(name, text);
}

std::string recorded_at(ledger::Record const& record) { return base::format_time(record.log_time); }

std::string etag(std::uint32_t revision) { return "\"" + std::to_string(revision) + "\""; }

}  // namespace qrpay::gateway::api
