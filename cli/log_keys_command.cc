// What the verbs of log keys take from the command line.
#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "cli/config_flags.h"
#include "cli/verbs.h"

namespace qrpay::cli {

namespace {

/// Lives as long as the actions that look into it.
struct LogKeyOptions {
  ConfigFlags config;
  bool json = false;
  std::string vkey;
};

}  // namespace

void add_log_key_commands(CLI::App& keys, std::function<int()>& run) {
  auto const o = std::make_shared<LogKeyOptions>();
  auto* rotate = keys.add_subcommand(
      "rotate-log", "make another log key, offline; the present ones sign on until retired");
  o->config.add_to(*rotate, /*server=*/false);
  rotate->add_flag("--json", o->json);
  rotate->callback([o, &run] {
    run = [o] {
      return o->config.with_config([&](Config const& c) { return run_rotate_log(c, o->json); });
    };
  });

  auto* retire = keys.add_subcommand("retire-log", "a log key signs no more, offline");
  o->config.add_to(*retire, /*server=*/false);
  retire->add_option("--key", o->vkey, "its verifier key (default: the oldest that signs)");
  retire->add_flag("--json", o->json);
  retire->callback([o, &run] {
    run = [o] {
      return o->config.with_config(
          [&](Config const& c) { return run_retire_log(c, o->vkey, o->json); });
    };
  });

  auto* log = keys.add_subcommand("log", "every origin of the ledger and its log keys");
  o->config.add_to(*log, /*server=*/false);
  log->add_flag("--json", o->json);
  log->callback([o, &run] {
    run = [o] {
      return o->config.with_config([&](Config const& c) { return run_log_keys(c, o->json); });
    };
  });
}

}  // namespace qrpay::cli
