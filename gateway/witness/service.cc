#include "gateway/witness/service.h"

#include <string>
#include <utility>

#include "base/time_text.h"
#include "gateway/http/problem.h"

namespace qrpay::gateway::witness {

using http::HttpRequest;
using http::HttpResponse;
using http::Params;
using http::Responder;
using ledger::WitnessStatus;

namespace {

constexpr std::string_view kText = "text/plain; charset=utf-8";

HttpResponse text_response(WitnessStatus status, std::string body) {
  HttpResponse response;
  response.status = static_cast<int>(status);
  response.content_type = status == WitnessStatus::kConflict ? ledger::kLogSizeContentType : kText;
  response.headers.push_back({"Cache-Control", "no-store"});
  response.body = std::move(body);
  return response;
}

std::string describe(ledger::Witness const& witness) {
  std::string text = "qrpay witness " + witness.verifier_key().name + "\nkey " +
                     format_vkey(witness.verifier_key()) + "\n";
  for (ledger::Witness::Log const& log : witness.logs()) {
    text += "\nlog " + log.origin + "\n";
    if (log.head.size == 0) {
      text += "nothing cosigned yet\n";
      continue;
    }
    base::WallTime const time(static_cast<std::int64_t>(log.timestamp) * base::kSecond);
    text += "size " + std::to_string(log.head.size) + "\nroot " + base::to_base64(log.head.root) +
            "\ntime " + base::format_time(time) + "\ncheckpoint /" +
            ledger::witness_log_id(log.origin) + "/checkpoint\n";
  }
  return text;
}

}  // namespace

http::Router make_witness_router(ledger::Witness& witness) {
  using http::Method;
  http::Router router;
  router.add(Method::kPost, "/add-checkpoint",
             [&witness](HttpRequest request, Params, Responder respond) {
               auto answer = witness.add_checkpoint(request.body);
               if (!answer) return respond(http::problem_response(answer.error()));
               respond(text_response(answer->status, std::move(answer->body)));
             },
             {.body_bytes_max = ledger::kAddCheckpointBytesMax});
  router.add(Method::kGet, "/{log}/checkpoint",
             [&witness](HttpRequest, Params const& params, Responder respond) {
               auto log = witness.find(params.get("log"));
               if (!log || log->note.empty())
                 return respond(http::problem_response({base::Errc::kNotFound, "checkpoint"}));
               respond(text_response(WitnessStatus::kCosigned, std::move(log->note)));
             });
  router.add(Method::kGet, "/", [&witness](HttpRequest, Params, Responder respond) {
    respond(text_response(WitnessStatus::kCosigned, describe(witness)));
  });
  return router;
}

}  // namespace qrpay::gateway::witness
