// qrpay demo: a new ledger, a server, and a walk of payments through it.
#include <cstdio>

#include "base/files.h"
#include "cli/process.h"
#include "cli/verbs.h"
#include "cli/walk.h"
#include "gateway/json/json.h"

namespace qrpay::cli {

using base::Errc;
using base::Result;

namespace {

int failed(base::Error const& error) {
  std::fprintf(stderr, "qrpay demo: FAILED at %s\n", error.detail.c_str());
  return kFoundBad;
}

struct NewLedger {
  std::string token;
  std::string vkey;
};
Result<NewLedger> init(std::string const& dir) {
  QRPAY_TRY(Finished const made, run_process({own_program(), "init", "--dir", dir, "--json"}));
  auto const parsed = gateway::json::parse(made.output);
  if (made.exit_code != 0 || !parsed)
    return base::fail(Errc::kIo, "(a) init: exit code " + std::to_string(made.exit_code));
  auto const text = [&](std::string_view name) {
    auto const* value = parsed->find(name);
    return value == nullptr || value->if_string() == nullptr ? std::string() : *value->if_string();
  };
  return NewLedger{text("operator_token"), text("log_vkey")};
}

int walk_elsewhere(DemoOptions const& options) {
  auto token = base::read_file(options.token_file, 4096);
  if (!token) return report(token.error());
  while (!token->empty() && token->back() == '\n') token->pop_back();
  WalkPlan const plan{options.url, *token, options.dir, {}};
  // The key of a log must come from elsewhere than the server that is checked with it.
  auto const key = base::read_file(options.dir + "/log.vkey", 4096);
  if (!key) return report(key.error());
  auto const end = walk(plan, key->substr(0, key->find('\n')));
  return end ? kOk : failed(end.error());
}

}  // namespace

int run_demo(DemoOptions const& options) {
  if (options.dir.empty()) {
    std::fprintf(stderr, "qrpay demo: --dir DIRECTORY is needed\n");
    return kUsage;
  }
  if (!options.url.empty()) return walk_elsewhere(options);
  std::string const data = options.dir + "/data";
  if (auto const made = base::make_directories(options.dir); !made) return report(made.error());
  auto const ledger = init(data);
  if (!ledger) return failed(ledger.error());
  std::printf("(a) a new ledger in %s: empty journal, vault, log key, first operator key\n",
              data.c_str());
  auto const token_file =
      base::replace_file_synced(options.dir + "/operator.token", ledger->token + "\n");
  if (!token_file) return report(token_file.error());
  block_end_signals();
  auto server =
      Child::start({own_program(), "serve", "--dir", data, "--port", "8080", "--next-free-port"});
  if (!server) return report(server.error());
  auto const url = server->read_line();
  if (!url) return failed({Errc::kIo, "(a) serve: it ended before it listened"});
  std::printf("    and a server for it on %s\n", url->c_str());
  std::fflush(stdout);
  auto const end = walk({*url, ledger->token, options.dir, data}, ledger->vkey);
  if (!end) return failed(end.error());
  std::printf("\nAll steps done. The files are in %s.\n", options.dir.c_str());
  if (options.once) {
    int const code = server->stop();
    if (code != 0)
      return failed({Errc::kIo, "stopping the server: exit code " + std::to_string(code)});
    std::printf("The server has stopped (--once).\n");
    return kOk;
  }
  std::printf(
      "The server is still running; Ctrl-C ends it.\n"
      "  the order's page    %s\n"
      "  health              %s/readyz\n"
      "  checkpoint          %s/v1/ledger/checkpoint\n"
      "  operator's token    %s/operator.token\n",
      end->order_page.c_str(), url->c_str(), url->c_str(), options.dir.c_str());
  std::fflush(stdout);
  return server->wait_or_stop();
}

}  // namespace qrpay::cli
