#include "cli/keys_rotate.h"

#include <pwd.h>
#include <unistd.h>

#include <filesystem>
#include <optional>
#include <utility>

#include "base/files.h"
#include "cli/offline.h"
#include "engine/secrets.h"

namespace qrpay::cli {

using base::Errc;
using base::fail;
using base::Result;
using base::Secret;
using engine::SecretUse;

namespace {

std::string system_user() {
  passwd const* const entry = ::getpwuid(::getuid());  // one thread calls it
  return entry != nullptr ? entry->pw_name : "uid " + std::to_string(::getuid());
}

Result<std::optional<Secret>> read_if_there(std::string const& path) {
  if (path.empty() || !base::file_exists(path)) return std::optional<Secret>();
  QRPAY_TRY(Secret const secret, base::read_secret_file(path));
  return std::optional(secret);
}

// The copy first: a secret that is in use has one. What an earlier call left is taken up, so that
// the two never differ.
Result<Secret> make_secret(std::string const& file, std::string const& copy) {
  QRPAY_TRY(auto const in_copy, read_if_there(copy));
  QRPAY_TRY(auto const in_file, read_if_there(file));
  if (in_copy && in_file && in_copy->reveal() != in_file->reveal())
    return fail(Errc::kWrongSecret, copy + " and " + file + " differ");
  Secret secret = in_file ? *in_file : Secret{};
  if (in_copy) {
    secret = *in_copy;
  } else if (!in_file) {
    base::Bytes32 bytes;
    base::system_entropy().fill(bytes);
    secret = Secret(bytes);
  }
  if (!copy.empty() && !in_copy) QRPAY_TRY_VOID(base::create_secret_file(copy, secret));
  if (!in_file) QRPAY_TRY_VOID(base::create_secret_file(file, secret));
  return secret;
}

Result<void> check_backup(ledger::DataPaths const& paths, SecretUse use,
                          std::string const& backup) {
  if (backup.empty()) {
    if (use == SecretUse::kKeys) return {};
    return fail(Errc::kInvalidField,
                "--backup: a folder on another disk; without this secret the ledger is read-only "
                "for ever");
  }
  QRPAY_TRY_VOID(base::make_directories(backup));
  std::error_code error;
  if (std::filesystem::equivalent(backup, paths.keys, error))
    return fail(Errc::kInvalidField, "--backup: the folder of the keys themselves");
  return {};
}

engine::Command command_of(engine::PutSecret secret, std::string const& by) {
  engine::Command command;
  command.id = std::string(secret.use == SecretUse::kTags ? "tags." : "keys.") +
               std::to_string(secret.generation) + (secret.retired ? ".retired" : "");
  secret.by = by.empty() ? system_user() : by;
  command.payload = std::move(secret);
  return command;
}

}  // namespace

Result<Rotated> rotate(Config const& config, SecretUse use, RotateOptions const& options) {
  auto const paths = config.paths();
  QRPAY_TRY_VOID(check_backup(paths, use, options.backup));
  QRPAY_TRY(auto const ledger, OfflineLedger::open(config));
  Rotated rotated;
  rotated.generation = static_cast<std::uint32_t>(ledger->state().secrets(use).size()) + 1;
  if (rotated.generation > ledger::kGenerationsMax)
    return fail(Errc::kInvalidField,
                "at most " + std::to_string(ledger::kGenerationsMax) + " generations");
  std::string const name = use == SecretUse::kTags ? ledger::dedupe_file(rotated.generation)
                                                   : ledger::server_file(rotated.generation);
  rotated.file = paths.keys + "/" + name;
  if (!options.backup.empty()) rotated.backup = options.backup + "/" + name;
  rotated.credentials = !paths.credentials.empty();
  QRPAY_TRY(Secret const secret, make_secret(rotated.file, rotated.backup));
  if (!rotated.backup.empty()) {
    auto const same = base::same_file_system(rotated.file, rotated.backup);
    rotated.same_disk = same && *same;
  }
  ledger->add_secret(use, rotated.generation, secret);
  engine::PutSecret put;
  put.use = use;
  put.generation = rotated.generation;
  put.check = use == SecretUse::kTags ? ledger::GenerationTagger(secret).check_value()
                                      : engine::key_file_check(secret);
  QRPAY_TRY(engine::Decided const decided, ledger->run(command_of(std::move(put), options.by)));
  rotated.sequence = decided.record.sequence;
  return rotated;
}

Result<Rotated> retire_server(Config const& config, std::uint32_t generation,
                              std::string const& by) {
  auto const paths = config.paths();
  QRPAY_TRY(auto const ledger, OfflineLedger::open(config));
  auto const& generations = ledger->state().secrets(SecretUse::kKeys);
  Rotated retired;
  retired.generation = generation;
  retired.file = paths.keys + "/" + ledger::server_file(generation);
  retired.credentials = paths.secret(ledger::server_file(generation)) != retired.file;
  bool const before =
      generation > 0 && generation <= generations.size() && generations[generation - 1].retired;
  if (!before) {
    engine::PutSecret put;
    put.use = SecretUse::kKeys;
    put.generation = generation;
    put.retired = true;
    QRPAY_TRY(engine::Decided const decided, ledger->run(command_of(std::move(put), by)));
    retired.sequence = decided.record.sequence;
  }
  // The record first: a file that outlives it is in nobody's way.
  std::error_code error;
  if (std::filesystem::remove(retired.file, error))
    QRPAY_TRY_VOID(base::sync_directory(paths.keys));
  if (error) return fail(Errc::kIo, retired.file + ": " + error.message());
  return retired;
}

}  // namespace qrpay::cli
