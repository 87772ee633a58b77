// qrpay keys: what the secrets of a ledger go through.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "cli/config_flags.h"
#include "cli/keys_rotate.h"
#include "cli/verbs.h"
#include "gateway/json/writer.h"

namespace qrpay::cli {

namespace {

/// Lives as long as the actions that look into it.
struct KeysOptions {
  ConfigFlags config;
  RotateOptions rotate;
  std::uint32_t generation = 0;
  bool json = false;
};

void print_json(Rotated const& rotated) {
  std::string text;
  gateway::json::Writer out(text);
  out.begin_object();
  out.member("generation", std::uint64_t{rotated.generation});
  out.member("sequence", rotated.sequence.value());
  out.member("file", rotated.file);
  if (!rotated.backup.empty()) out.member("backup", rotated.backup);
  out.end_object();
  std::printf("%s\n", text.c_str());
}

void warn(Rotated const& rotated) {
  if (rotated.same_disk)
    std::fprintf(stderr, "qrpay: warning: %s is on the same disk: one fault takes both\n",
                 rotated.backup.c_str());
  if (rotated.credentials)
    std::fprintf(stderr, "qrpay: %s is not a credential yet\n", rotated.file.c_str());
}

int run_rotate_dedupe(Config const& config, KeysOptions const& o) {
  auto const rotated = rotate(config, engine::SecretUse::kTags, o.rotate);
  if (!rotated) return report(rotated.error());
  warn(*rotated);
  if (o.json) {
    print_json(*rotated);
    return kOk;
  }
  std::printf(
      "dedupe secret, generation %u, announced by record %llu\n"
      "  file    %s\n"
      "  copy    %s   (keep it offline, for ever)\n"
      "Every record after that one is tagged with it. The older generations stay in use: an id, "
      "an\n"
      "account number or money that was tagged with one is found under it, so none can ever be\n"
      "removed, and without any one of them the ledger is read-only. Whoever learnt an old one "
      "can\n"
      "still recognise what was recorded before.\n",
      rotated->generation, static_cast<unsigned long long>(rotated->sequence.value()),
      rotated->file.c_str(), rotated->backup.c_str());
  return kOk;
}

int run_rotate_server(Config const& config, KeysOptions const& o) {
  auto const rotated = rotate(config, engine::SecretUse::kKeys, o.rotate);
  if (!rotated) return report(rotated.error());
  warn(*rotated);
  if (o.json) {
    print_json(*rotated);
    return kOk;
  }
  std::printf(
      "key file, generation %u, announced by record %llu\n"
      "  file    %s\n"
      "API keys made from now on are derived from it. Keys made before go on working with theirs\n"
      "until they are revoked; then: qrpay keys retire-server --generation %u\n",
      rotated->generation, static_cast<unsigned long long>(rotated->sequence.value()),
      rotated->file.c_str(), rotated->generation - 1);
  return kOk;
}

int run_retire_server(Config const& config, KeysOptions const& o) {
  auto const retired = retire_server(config, o.generation, o.rotate.by);
  if (!retired) return report(retired.error());
  if (retired->credentials)
    std::fprintf(stderr, "qrpay: remove the credential %s too\n",
                 ledger::server_file(retired->generation).c_str());
  if (o.json)
    print_json(*retired);
  else
    std::printf("key file, generation %u: retired and removed; destroy its copies\n",
                retired->generation);
  return kOk;
}

}  // namespace

void add_keys_commands(CLI::App& app, std::function<int()>& run) {
  auto& keys = *app.add_subcommand("keys", "secrets of a ledger that no server holds");
  keys.require_subcommand(1);
  auto const o = std::make_shared<KeysOptions>();
  using Run = int (*)(Config const&, KeysOptions const&);
  auto const add = [&](char const* name, char const* help, Run action) {
    auto* verb = keys.add_subcommand(name, help);
    o->config.add_to(*verb, /*server=*/false);
    verb->add_option("--by", o->rotate.by, "who asks, for the record (default: the system's user)");
    verb->add_flag("--json", o->json);
    verb->callback([o, &run, action] {
      run = [o, action] {
        return o->config.with_config([&](Config const& c) { return action(c, *o); });
      };
    });
    return verb;
  };
  auto* dedupe = add("rotate-dedupe", "a new secret for the tags of ids, accounts and money",
                     run_rotate_dedupe);
  dedupe->add_option("--backup", o->rotate.backup, "folder for its permanent copy, on another disk")
      ->required();
  auto* server =
      add("rotate-server", "a new key file for API keys made from now on", run_rotate_server);
  server->add_option("--backup", o->rotate.backup, "folder for a copy");
  auto* retire = add("retire-server", "remove an old key file when all its keys are revoked",
                     run_retire_server);
  retire->add_option("--generation", o->generation, "which one; 1 is server.key")->required();
  add_keys_backup_command(keys, run);
  add_log_key_commands(keys, run);
}

}  // namespace qrpay::cli
