// init, serve, config check: everything that touches a data directory as its owner.
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>

#include "cli/app.h"
#include "cli/verbs.h"
#include "gateway/json/writer.h"

namespace qrpay::cli {

using base::Errc;

ExitCode exit_code_of(Errc errc) {
  auto const number = static_cast<unsigned>(errc);
  if (errc == Errc::kConfigInvalid) return kConfig;
  if (errc == Errc::kUsage || errc == Errc::kInvalidField || errc == Errc::kMissingField)
    return kUsage;
  if (errc == Errc::kNotFound || errc == Errc::kImportRefused) return kFoundBad;
  if (errc == Errc::kAddressInUse || errc == Errc::kTimeout) return kNetwork;
  if (number >= 4000 && number < 6000) return kFoundBad;
  if (errc == Errc::kJournalCorrupt || errc == Errc::kJournalForked ||
      errc == Errc::kJournalTruncated)
    return kFoundBad;
  return kStorage;
}

int report(base::Error const& error) {
  std::fprintf(stderr, "qrpay: %s\n", to_string(error).c_str());
  return exit_code_of(error.errc);
}

int run_init(Config const& config, std::string const& name, bool json) {
  auto const made = initialise(config, name);
  if (!made) return report(made.error());
  if (json) {
    std::string text;
    gateway::json::Writer(text)
        .begin_object()
        .member("origin", made->origin)
        .member("log_vkey", made->log_vkey)
        .member("operator_token", made->operator_token)
        .end_object();
    std::printf("%s\n", text.c_str());
    return kOk;
  }
  auto const paths = config.paths();
  std::printf(
      "A new ledger, %s, in %s\n"
      "  vault          %s\n"
      "  keys           %s   (keep a copy offline: without dedupe.secret it is read-only for "
      "ever)\n"
      "  log key        %s   (public: give it to auditors)\n"
      "  operator key   %s   (secret: shown once)\n",
      made->origin.c_str(), paths.dir.c_str(), paths.vault.c_str(), paths.keys.c_str(),
      made->log_vkey.c_str(), made->operator_token.c_str());
  return kOk;
}

namespace {

// The only one to be written in the sync thread: nothing else may happen after a failed sync.
void end_after_failed_sync(base::Error const& error) {
  std::fprintf(stderr, "qrpay: %s: stopping; start again to recover from the disk\n",
               to_string(error).c_str());
  std::fflush(stderr);
  ::_exit(kStorage);
}

// Keys and vault seeds live in memory: they must not end up in a core file.
void forbid_core_files() {
  struct rlimit const none{};
  (void)::setrlimit(RLIMIT_CORE, &none);
}

}  // namespace

int run_serve(Config config, ServeOptions const& options) {
  forbid_core_files();
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);

  auto app = App::start(config, end_after_failed_sync);
  for (int tries = 0; options.next_free_port && !app && tries < 100 &&
                      app.error().errc == Errc::kAddressInUse && config.port < 65535;
       ++tries) {
    ++config.port;
    app = App::start(config, end_after_failed_sync);
  }
  if (!app) return report(app.error());
  char const* scheme = config.tls_certificate.empty() ? "http" : "https";
  for (auto const& warning : (*app)->warnings())
    std::fprintf(stderr, "qrpay: warning: %s\n", warning.c_str());
  std::fprintf(stderr, "qrpay: %llu records in %s\n",
               static_cast<unsigned long long>((*app)->records_at_start()),
               config.data_dir.c_str());
  std::printf("%s://%s:%u\n", scheme, config.address.c_str(), (*app)->port());
  std::fflush(stdout);
  int signal_number = 0;
  sigwait(&signals, &signal_number);
  (*app)->stop();
  return kOk;
}

}  // namespace qrpay::cli
