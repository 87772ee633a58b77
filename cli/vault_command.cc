// qrpay vault status, vault backup, keys backup: the parts of a ledger that no copy of the journal
// holds.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <system_error>
#include <utility>

#include "base/files.h"
#include "cli/config_flags.h"
#include "cli/verbs.h"
#include "gateway/json/writer.h"
#include "ledger/vault.h"

namespace qrpay::cli {

using base::Result;
using gateway::json::Writer;

namespace {

/// What a folder with a vault says of itself, without a key.
Result<ledger::VaultHead> head_of(std::string const& directory) {
  auto const top = ledger::host_files().read(directory + "/vault");
  if (!top) return base::fail(base::Errc::kVaultMissing, directory);
  return ledger::read_vault_head(*top);
}

int vault_status(Config const& config, bool json) {
  auto const paths = config.paths();
  auto const head = head_of(paths.vault);
  if (!head) return report(head.error());
  bool all = true;
  std::string text;
  Writer out(text);
  out.begin_object()
      .member("directory", paths.vault)
      .member("epoch", head->epoch)
      .member("erased_through", head->erased_through.value())
      .member("blocks", static_cast<std::uint64_t>(head->files.size()));
  out.key("copies").begin_array();
  std::string lines;
  for (auto const& copy : paths.vault_copies) {
    auto const there = head_of(copy);
    bool const current = there && there->epoch == head->epoch;
    all = all && current;
    out.begin_object().member("directory", copy).member("current", current);
    if (there) out.member("epoch", there->epoch);
    out.end_object();
    lines += "  copy            " + copy + (current ? ", current\n" : ", BEHIND\n");
  }
  out.end_array();
  out.end_object();
  if (json)
    std::printf("%s\n", text.c_str());
  else
    std::printf(
        "%s\n  epoch           %llu\n  erased through  record %llu\n  split blocks    %zu\n%s",
        paths.vault.c_str(), static_cast<unsigned long long>(head->epoch),
        static_cast<unsigned long long>(head->erased_through.value()), head->files.size(),
        lines.c_str());
  return all ? kOk : kFoundBad;
}

Result<void> copy_key(std::string const& from, std::string const& to) {
  QRPAY_TRY(base::Secret const key, base::read_secret_file(from));
  return base::replace_file_synced(to, base::to_hex(key.reveal()) + "\n");
}

int vault_backup(Config const& config, std::string const& to, bool with_key) {
  auto const paths = config.paths();
  auto const head = ledger::copy_vault(paths.vault, to);
  if (!head) return report(head.error());
  std::printf("%s: epoch %llu of the vault, erased through record %llu\n", to.c_str(),
              static_cast<unsigned long long>(head->epoch),
              static_cast<unsigned long long>(head->erased_through.value()));
  if (!with_key) {
    std::printf("It opens with the epoch key of this epoch only, which is not in it.\n");
    return kOk;
  }
  if (auto const copied = copy_key(paths.keys + "/epoch.key", to + "/epoch.key"); !copied)
    return report(copied.error());
  std::fprintf(stderr,
               "qrpay: warning: whoever has %s can read what is erased from now on, until it is "
               "destroyed\n",
               to.c_str());
  return kOk;
}

// Every generation of each. Not the epoch key: an offline copy of it would open every old copy of
// the vault.
bool belongs_in_backup(std::string const& name) {
  return (name.starts_with("dedupe.") && name.ends_with(".secret")) ||
         ((name.starts_with("log.") || name.starts_with("server.")) && name.ends_with(".key"));
}

int keys_backup(Config const& config, std::string const& to) {
  std::string const keys = config.paths().keys;
  if (auto const made = base::make_directories(to); !made) return report(made.error());
  std::error_code error;
  std::set<std::string> names;
  for (auto const& entry : std::filesystem::directory_iterator(keys, error))
    if (auto name = entry.path().filename().string(); belongs_in_backup(name))
      names.insert(std::move(name));
  if (names.empty()) return report({base::Errc::kIo, keys + ": no secrets"});
  for (auto const& name : names)
    if (auto const copied = copy_key(keys + "/" + name, to + "/" + name); !copied)
      return report(copied.error());
  std::printf("%s:", to.c_str());
  for (auto const& name : names) std::printf(" %s", name.c_str());
  std::printf(
      "\nKeep it offline: with it anybody can sign in the ledger's name. The epoch key of the "
      "vault is not in it.\n");
  return kOk;
}

struct VaultOptions {
  ConfigFlags config;
  std::string to;
  bool with_key = false;
  bool json = false;
};

}  // namespace

void add_vault_commands(CLI::App& app, std::function<int()>& run) {
  auto const o = std::make_shared<VaultOptions>();
  auto* vault = app.add_subcommand("vault", "the keys of personal data");
  vault->require_subcommand(1);
  auto* status = vault->add_subcommand("status", "epoch, erasures and copies, without a key");
  o->config.add_to(*status, /*server=*/false);
  status->add_flag("--json", o->json);
  status->callback([o, &run] {
    run = [o] {
      return o->config.with_config([&](Config const& c) { return vault_status(c, o->json); });
    };
  });
  auto* backup = vault->add_subcommand("backup", "copy the vault, beside a running server too");
  o->config.add_to(*backup, /*server=*/false);
  backup->add_option("--to", o->to, "folder to make, or to bring up to date")->required();
  backup->add_flag("--with-key", o->with_key, "and its epoch key: the folder alone then opens");
  backup->callback([o, &run] {
    run = [o] {
      return o->config.with_config(
          [&](Config const& c) { return vault_backup(c, o->to, o->with_key); });
    };
  });
}

void add_keys_backup_command(CLI::App& keys, std::function<int()>& run) {
  auto const o = std::make_shared<VaultOptions>();
  auto* copy = keys.add_subcommand("backup", "copy all secrets but the vault's epoch key");
  o->config.add_to(*copy, /*server=*/false);
  copy->add_option("--to", o->to, "folder to make, or to bring up to date")->required();
  copy->callback([o, &run] {
    run = [o] {
      return o->config.with_config([&](Config const& c) { return keys_backup(c, o->to); });
    };
  });
}

}  // namespace qrpay::cli
