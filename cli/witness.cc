#include "cli/witness.h"

#include <signal.h>

#include <cstdio>

#include "cli/proof.h"
#include "cli/verbs.h"
#include "gateway/json/writer.h"
#include "gateway/witness/service.h"
#include "ledger/witness_store.h"

namespace qrpay::cli {

using base::Errc;
using base::fail;
using base::Result;

namespace {

constexpr std::int64_t kStopDeadlineMs = 5'000;

Result<gateway::http::ServerOptions> server_options(WitnessServeOptions const& options) {
  if (options.tls_certificate.empty() != options.tls_key.empty())
    return fail(Errc::kUsage, "--tls-certificate and --tls-key belong together");
  bool const loopback = options.address.starts_with("127.") || options.address == "::1";
  if (!loopback && options.tls_certificate.empty())
    return fail(Errc::kUsage, "--address: only loopback without --tls-certificate and --tls-key");
  gateway::http::ServerOptions server;
  server.address = options.address;
  server.port = options.port;
  if (!options.tls_certificate.empty())
    server.tls = gateway::http::TlsFiles{options.tls_certificate, options.tls_key};
  return server;
}

Result<std::vector<ledger::VerifierKey>> read_logs(std::vector<std::string> const& logs) {
  std::vector<ledger::VerifierKey> keys;
  for (std::string const& log : logs) {
    QRPAY_TRY(ledger::VerifierKey key, read_verifier_key(log));
    keys.push_back(std::move(key));
  }
  return keys;
}

Result<void> serve(WitnessServeOptions const& options, sigset_t const& signals) {
  QRPAY_TRY(auto const server_setup, server_options(options));
  QRPAY_TRY(auto keys, read_logs(options.logs));
  auto& clock = base::system_clock();
  QRPAY_TRY(auto const witness, ledger::Witness::open(options.dir, std::move(keys), clock));
  QRPAY_TRY(auto const server,
            gateway::http::Server::start(server_setup,
                                         gateway::witness::make_witness_router(*witness), clock));
  std::printf("%s://%s:%u\n", server_setup.tls ? "https" : "http", options.address.c_str(),
              server->port());
  std::fflush(stdout);
  int signal_number = 0;
  sigwait(&signals, &signal_number);
  server->stop(kStopDeadlineMs);
  return {};
}

}  // namespace

int run_witness_init(WitnessInitOptions const& options) {
  auto const key = ledger::create_witness(options.dir, options.name, base::system_entropy());
  if (!key) return report(key.error());
  std::string const vkey = format_vkey(*key);
  if (options.json) {
    std::string text;
    gateway::json::Writer(text)
        .begin_object()
        .member("name", key->name)
        .member("vkey", vkey)
        .end_object();
    std::printf("%s\n", text.c_str());
    return kOk;
  }
  std::printf(
      "A new witness, %s, in %s\n"
      "  key   %s   (public: give it to the operator of the ledger and to auditors)\n"
      "Keep the directory: a witness that forgot what it cosigned must be retired.\n",
      key->name.c_str(), options.dir.c_str(), vkey.c_str());
  return kOk;
}

int run_witness_serve(WitnessServeOptions const& options) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  auto const served = serve(options, signals);
  return served ? kOk : report(served.error());
}

}  // namespace qrpay::cli
