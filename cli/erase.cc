#include "cli/erase.h"

#include <charconv>
#include <cstdio>

#include "base/files.h"
#include "cli/app.h"
#include "cli/verbs.h"
#include "gateway/http/client.h"
#include "gateway/json/json.h"
#include "gateway/json/writer.h"

namespace qrpay::cli {

using base::Errc;
using base::fail;
using base::Result;
using gateway::json::Writer;

namespace {

constexpr std::size_t kTokenBytesMax = 1'024;

/// "a:b" -> a, b. The last `mark` of it parts them, since an id may hold one.
struct Parts {
  std::string before;
  std::string after;
};
Result<Parts> parts_of(std::string const& text, char mark, std::string_view form) {
  std::size_t const at = text.find(mark);
  if (at == std::string::npos || at == 0 || at + 1 == text.size())
    return fail(Errc::kUsage, std::string(form));
  return Parts{text.substr(0, at), text.substr(at + 1)};
}

/// The request of PUT /v1/erasures/{id}.
Result<std::string> body_of(EraseOptions const& options) {
  int const given = (options.payer.empty() ? 0 : 1) + (options.order.empty() ? 0 : 1) +
                    (options.records.empty() ? 0 : 1);
  if (given != 1) return fail(Errc::kUsage, "one of --payer, --order, --record");
  std::string text;
  Writer out(text);
  out.begin_object();
  if (!options.payer.empty()) {
    QRPAY_TRY(Parts const payer, parts_of(options.payer, ':', "--payer BIN:ACCOUNT"));
    out.key("payer").begin_object();
    out.member("bin", payer.before).member("account", payer.after).end_object();
  } else if (!options.order.empty()) {
    QRPAY_TRY(Parts const order, parts_of(options.order, '/', "--order MERCHANT/ORDER"));
    out.key("order").begin_object();
    out.member("merchant", order.before).member("id", order.after).end_object();
  } else {
    out.key("records").begin_array();
    for (auto const record : options.records) out.integer(static_cast<std::int64_t>(record));
    out.end_array();
  }
  if (!options.sections.empty()) {
    out.key("sections").begin_array();
    for (auto const section : options.sections) out.integer(section);
    out.end_array();
  }
  out.end_object();
  return text;
}

struct Server {
  gateway::http::Endpoint endpoint;
  std::string token;
};

Result<gateway::http::ClientResponse> ask(Server const& server, EraseOptions const& options,
                                          std::string body) {
  gateway::http::Client client(server.endpoint);
  return client.send({.method = "PUT",
                      .target = "/v1/erasures/" + options.id,
                      .headers = {{"Authorization", "Bearer " + server.token},
                                  {"Content-Type", "application/json"}},
                      .body = std::move(body)});
}

int show(gateway::http::ClientResponse const& answer, EraseOptions const& options) {
  if (options.json || answer.status != 200) std::printf("%s\n", answer.body.c_str());
  if (answer.status != 200) return answer.status == 404 ? kFoundBad : kUsage;
  auto const value = gateway::json::parse(answer.body);
  if (!value) return report(value.error());
  auto const* const complete = value->find("complete");
  bool const done = complete != nullptr && complete->if_boolean() && *complete->if_boolean();
  if (options.json) return done ? kOk : kFoundBad;
  auto const* const records = value->find("records");
  bool const counted = records != nullptr && records->if_integer() != nullptr;
  std::printf("%s: %lld records, %s\n", options.id.c_str(),
              counted ? static_cast<long long>(*records->if_integer()) : 0LL,
              done ? "complete" : "NOT complete");
  if (auto const* const waiting = value->find("waiting_for"); waiting && waiting->if_array())
    for (auto const& copy : *waiting->if_array())
      if (copy.if_string()) std::printf("  waiting for %s\n", copy.if_string()->c_str());
  return done ? kOk : kFoundBad;
}

Result<Server> running_server(EraseOptions const& options) {
  Server server;
  QRPAY_TRY(server.endpoint, gateway::http::parse_endpoint(options.url));
  QRPAY_TRY(server.token, base::read_file(options.token_file, kTokenBytesMax));
  server.token.erase(server.token.find_last_not_of(" \r\n\t") + 1);
  return server;
}

}  // namespace

// A stopped ledger is served on a free port of this machine for as long as it takes: one code path,
// one set of rules, and the erasure stands in the journal like any other.
int run_erase_personal(Config const& given, EraseOptions const& options) {
  auto body = body_of(options);
  if (!body) return report(body.error());
  auto server = running_server(options);
  std::unique_ptr<App> app;
  if (options.url.empty()) {
    if (options.token_file.empty())
      return report({Errc::kUsage, "--token-file: the operator's token"});
    Config config = given;
    config.address = "127.0.0.1";
    config.port = 0;
    config.tls_certificate.clear();
    config.tls_key.clear();
    auto started = App::start(config, [](base::Error const& error) { std::_Exit(report(error)); });
    if (!started) return report(started.error());
    app = std::move(*started);
    EraseOptions local = options;
    local.url = "http://127.0.0.1:" + std::to_string(app->port());
    server = running_server(local);
  }
  if (!server) return report(server.error());
  auto const answer = ask(*server, options, std::move(*body));
  if (app) app->stop();
  return answer ? show(*answer, options) : report(answer.error());
}

}  // namespace qrpay::cli
