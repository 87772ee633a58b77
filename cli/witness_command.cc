// What `qrpay witness` takes from the command line.
#include <CLI/CLI.hpp>
#include <memory>

#include "cli/config_flags.h"
#include "cli/witness.h"

namespace qrpay::cli {

void add_witness_commands(CLI::App& app, std::function<int()>& run) {
  auto* witness = app.add_subcommand("witness", "cosign the checkpoints of a log that only grows");
  witness->require_subcommand(1);

  auto const made = std::make_shared<WitnessInitOptions>();
  auto* init = witness->add_subcommand("init", "make a witness and its key in an empty directory");
  init->add_option("--dir", made->dir, "its directory")->required();
  init->add_option("--name", made->name, "name in its cosignatures, e.g. witness.bank.vn/1")
      ->required();
  init->add_flag("--json", made->json);
  init->callback([made, &run] { run = [made] { return run_witness_init(*made); }; });

  auto const o = std::make_shared<WitnessServeOptions>();
  auto* serve = witness->add_subcommand("serve", "answer add-checkpoint (C2SP tlog-witness)");
  serve->add_option("--dir", o->dir, "directory that init made")->required();
  serve->add_option("--log", o->logs, "verifier key of a log, or a file with it; repeatable")
      ->required();
  serve->add_option("--address", o->address, "address to listen on");
  serve->add_option("--port", o->port, "port to listen on; 0 = any free one");
  serve->add_option("--tls-certificate", o->tls_certificate, "PEM file, for https");
  serve->add_option("--tls-key", o->tls_key, "its private key");
  serve->callback([o, &run] { run = [o] { return run_witness_serve(*o); }; });
}

}  // namespace qrpay::cli
