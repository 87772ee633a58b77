// What handlers work with, and the frame that every handler shares.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/world.h"
#include "engine/engine.h"
#include "engine/eraser.h"
#include "gateway/api/worker.h"
#include "gateway/auth/authenticate.h"
#include "gateway/http/message.h"
#include "gateway/http/problem.h"
#include "gateway/http/route_counts.h"
#include "gateway/http/router.h"
#include "gateway/json/json.h"
#include "gateway/json/writer.h"
#include "gateway/notify/hub.h"
#include "gateway/notify/records.h"
#include "ledger/archive.h"
#include "gateway/witness/keeper.h"
#include "ledger/closings.h"
#include "ledger/signer.h"
#include "qr/banks.h"
#include "qr/poster/brand.h"

namespace qrpay::gateway::api {

using base::Errc;
using base::Result;
using base::Sequence;
using engine::Reply;
using engine::Role;
using http::HttpRequest;
using http::HttpResponse;
using notify::DecidedPtr;

/// All outlive the server.
struct Services {
  engine::Engine& engine;
  ledger::Log& log;
  std::shared_ptr<ledger::Vault const> vault;
  ledger::Tagger const& tagger;
  ledger::CheckpointSigner& signer;
  ledger::Closings& closings;
  witness::CheckpointKeeper& keeper;
  auth::KeyRing& keys;
  notify::Records& records;
  notify::Hub& hub;
  Worker& worker;
  Worker& pictures;  ///< draws and scans, so that a photograph never holds up a list
  qr::BankDirectory const& banks;
  std::shared_ptr<qr::poster::Brand const> brand;  ///< marks for posters, or nullptr
  base::Clock& clock;
  base::Entropy& entropy;
  http::RouteCounts& requests;
  Worker& erasures;  ///< searches the whole journal, so that a list never waits for it
  engine::Eraser& eraser;
  std::vector<std::string> warnings;         ///< named at start, shown by /readyz
  ledger::Archive const* archive = nullptr;  ///< of the journal; null when nothing was archived
};

/// One request on its way to its answer. Copies share the one answer.
class Call {
 public:
  Call(HttpRequest request, http::Params params, http::Responder respond)
      : state_(std::make_shared<State>(
            State{std::move(request), std::move(params), std::move(respond), {}, {}, false})) {}

  [[nodiscard]] HttpRequest const& request() const { return state_->request; }
  [[nodiscard]] std::string param(std::string_view name) const {
    return std::string(state_->params.get(name));
  }
  [[nodiscard]] std::optional<std::string_view> query(std::string_view name) const {
    return state_->request.target.parameter(name);
  }
  [[nodiscard]] auth::Principal const& principal() const { return state_->principal; }
  [[nodiscard]] std::string& signed_original() const { return state_->signed_original; }
  void set_caller(auth::Authenticated caller) const {
    state_->principal = std::move(caller.principal);
    state_->signed_original = std::move(caller.signed_original);
  }
  /// Once.
  void answer(HttpResponse response) const { state_->respond(std::move(response)); }
  void refuse(base::Error const& error, http::ProblemExtras const& extras = {}) const;
  /// From now on "not found" is told as "read-only": it may be there (Tagger::complete()).
  void set_unsure() const { state_->unsure = true; }

 private:
  struct State {
    HttpRequest request;
    http::Params params;
    http::Responder respond;
    auth::Principal principal;
    std::string signed_original;
    bool unsure = false;
  };
  std::shared_ptr<State> state_;
};

using CallHandler = std::function<void(Services&, Call const&)>;

/// A handler for callers with a key: 401 without one.
[[nodiscard]] http::Handler authenticated(Services& services, CallHandler handler);
/// A handler for anybody.
[[nodiscard]] http::Handler open_to_all(Services& services, CallHandler handler);

/// The body as JSON. Errors: those of json::parse; kUnsupportedMedia.
[[nodiscard]] Result<json::Value> read_body(HttpRequest const& request);
/// Can a thing with this id be asked for by its path? 1 to 64 characters, no slash or backslash,
/// not "." or "..", which clients and proxies take for steps.
[[nodiscard]] bool valid_caller_id(std::string_view id);
inline constexpr std::string_view kCallerIdRule =
    "1 to 64 characters without / and \\, not . or ..";
/// An id from the path. Errors: kInvalidField.
[[nodiscard]] Result<std::string> read_id(Call const& call, std::string_view name = "id");
/// The number in `If-Match: "n"`; nullopt without the header. Errors: kInvalidField.
[[nodiscard]] Result<std::optional<std::uint32_t>> read_if_match(HttpRequest const& request);

/// What a decided command looks like from outside; a pure function of what was recorded.
using RenderDecided = std::function<HttpResponse(engine::Decided const&)>;

/// Answers with `render` of what was decided, now or before; refusals and 409 become problems.
void answer_reply(Call const& call, Reply const& reply, RenderDecided const& render);

/// Submits a command and answers with `render` of its record, first time and repeat alike, a repeat
/// with `Idempotent-Replayed: true`; refusals, 409 and shedding become problems.
void submit(Services& services, Call const& call, engine::Command command, RenderDecided render);

/// Asks the engine's state; `question` runs in the engine's thread and returns what `answer` gets
/// once all it saw is durable. `answer` runs in the answer thread: keep it short, or hand it to the
/// worker.
template <class T>
void ask(Services& services, Call const& call,
         std::function<Result<T>(engine::State const&)> question,
         std::function<void(Result<T>)> answer) {
  auto queued = services.engine.query(
      [question = std::move(question), answer = std::move(answer)](engine::State const& state) {
        auto found = std::make_shared<Result<T>>(question(state));
        return std::function<void()>([found, answer] { answer(std::move(*found)); });
      });
  if (!queued) call.refuse(queued.error());
}

/// A text that every record of this kind has: null = it was erased.
void write_text_or_null(json::Writer& out, std::string_view name, std::string_view text);
/// "2026-11-24T03:04:05.678Z" of the record.
[[nodiscard]] std::string recorded_at(ledger::Record const& record);
[[nodiscard]] std::string etag(std::uint32_t revision);

}  // namespace qrpay::gateway::api
