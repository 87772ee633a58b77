// What qrpay ledger erase-personal takes from the command line.
#include <CLI/CLI.hpp>
#include <memory>

#include "cli/config_flags.h"
#include "cli/erase.h"

namespace qrpay::cli {

void add_erase_commands(CLI::App& ledger, std::function<int()>& run) {
  struct Options {
    ConfigFlags config;
    EraseOptions erase;
  };
  auto const o = std::make_shared<Options>();
  auto& e = o->erase;
  auto* verb = ledger.add_subcommand("erase-personal", "take personal data away for ever");
  o->config.add_to(*verb, /*server=*/false);
  verb->add_option("--id", e.id, "of the erasure; the same again goes on where it was cut short")
      ->required();
  verb->add_option("--payer", e.payer, "BIN:ACCOUNT: payer and note of all its credits");
  verb->add_option("--order", e.order, "MERCHANT/ORDER: the order and its credits");
  verb->add_option("--record", e.records, "sequences of records");
  verb->add_option("--sections", e.sections, "0 caller, 1 payer and note, 2 signed original");
  verb->add_option("--url", e.url, "a running server (default: a stopped ledger in the directory)");
  verb->add_option("--token-file", e.token_file, "the operator's token")->required();
  verb->add_flag("--json", e.json);
  verb->callback([o, &run] {
    run = [o] {
      return o->config.with_config(
          [&](Config const& config) { return run_erase_personal(config, o->erase); });
    };
  });
}

}  // namespace qrpay::cli
