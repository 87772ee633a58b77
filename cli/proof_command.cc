// What `qrpay proof` takes from the command line.
#include <CLI/CLI.hpp>
#include <memory>

#include "cli/config_flags.h"
#include "cli/proof.h"

namespace qrpay::cli {

void add_proof_commands(CLI::App& app, std::function<int()>& run) {
  auto const o = std::make_shared<ProofOptions>();
  auto* proof = app.add_subcommand("proof", "receipts");
  proof->require_subcommand(1);
  auto* check = proof->add_subcommand("verify", "check a receipt or a checkpoint offline");
  check
      ->add_option("file", o->file,
                   "the receipt: text, compact bytes, or a picture of its QR code; or a checkpoint")
      ->required();
  check->add_option("--key", o->keys, "a verifier key of the log, or a file with it; repeatable");
  check->add_option("--policy", o->policy,
                    "whom to believe: logs, witnesses and a quorum (C2SP tlog-policy)");
  check->add_flag("--json", o->json);
  check->callback([o, &run] { run = [o] { return run_proof_verify(*o); }; });
}

}  // namespace qrpay::cli
