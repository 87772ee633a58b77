// qrpay ledger restore, qrpay ledger repair: the two ways into a new incarnation.
#include <cstdio>
#include <filesystem>
#include <optional>
#include <utility>

#include "base/files.h"
#include "base/time_text.h"
#include "cli/identity.h"
#include "cli/incarnation.h"
#include "cli/verbs.h"
#include "gateway/json/writer.h"
#include "ledger/backup.h"
#include "ledger/repair.h"

namespace qrpay::cli {

using base::Errc;
using base::fail;
using base::Result;
using gateway::json::Writer;

namespace {

namespace fs = std::filesystem;

// What a restore makes before it is whole.
void remove_unfinished(ledger::DataPaths const& paths) {
  std::error_code ignored;
  for (auto const& path : {paths.journal(), paths.projections(), paths.projections() + ".run",
                           paths.durable_mark(), paths.identity(), paths.unfinished()})
    fs::remove_all(path, ignored);
}

bool is_same(fs::path const& a, std::string const& b) {
  std::error_code error;
  return fs::equivalent(a, b, error) && !error;
}

// Vault and keys may lie below it, and have to be there already; nothing else may.
Result<void> require_empty(ledger::DataPaths const& paths) {
  std::error_code error;
  if (!fs::exists(paths.dir, error)) return {};
  bool const cut_short =
      base::file_exists(paths.unfinished()) && !base::file_exists(paths.dir + "/FORMAT");
  if (cut_short) remove_unfinished(paths);
  for (auto const& entry : fs::directory_iterator(paths.dir, error))
    if (!is_same(entry.path(), paths.vault) && !is_same(entry.path(), paths.keys))
      return fail(Errc::kDataDirNotEmpty, entry.path().string());
  if (error) return fail(Errc::kIo, paths.dir + ": " + error.message());
  return {};
}

Result<NewIncarnation> fill(ledger::DataPaths const& paths, ledger::OpenedData data,
                            std::string const& backup) {
  QRPAY_TRY(auto const info, ledger::restore_journal(backup, paths.journal()));
  QRPAY_TRY(data.store, ledger::RocksStore::open(paths.journal()));
  return begin_incarnation(paths, std::move(data), engine::Cause::kRestored);
}

Result<NewIncarnation> restore(ledger::DataPaths const& paths, std::string const& backup) {
  QRPAY_TRY_VOID(require_empty(paths));
  QRPAY_TRY(ledger::OpenedData data, ledger::open_secrets(paths));
  QRPAY_TRY_VOID(base::make_directories(paths.dir));
  QRPAY_TRY_VOID(base::replace_file_synced(paths.unfinished(), ledger::kUnfinishedRestore));
  auto made = fill(paths, std::move(data), backup);
  if (!made) {
    remove_unfinished(paths);
    return made;
  }
  // FORMAT makes it a ledger; the mark beside it then means nothing and goes.
  QRPAY_TRY_VOID(ledger::finish_data(paths));
  std::error_code ignored;
  fs::remove(paths.unfinished(), ignored);
  return made;
}

Result<NewIncarnation> finish_repair(ledger::DataPaths const& paths, ledger::OpenedData data) {
  QRPAY_TRY(data.store, ledger::RocksStore::open(paths.journal()));
  QRPAY_TRY(NewIncarnation made, begin_incarnation(paths, std::move(data), engine::Cause::kCut));
  std::error_code error;
  fs::remove(paths.unfinished(), error);
  if (error) return fail(Errc::kIo, paths.unfinished() + ": " + error.message());
  QRPAY_TRY_VOID(base::sync_directory(paths.dir));
  return made;
}

struct Repaired {
  std::optional<ledger::RepairPlan> plan;  ///< nullopt: nothing is damaged
  std::optional<NewIncarnation> made;      ///< nullopt: nothing was changed
};

Result<Repaired> repair(ledger::DataPaths const& paths, bool dry_run) {
  Repaired repaired;
  bool const cut_short = base::file_exists(paths.unfinished());
  QRPAY_TRY(repaired.plan, ledger::plan_repair(paths));
  if (dry_run || (!repaired.plan && !cut_short)) return repaired;
  QRPAY_TRY(ledger::OpenedData data, ledger::open_secrets(paths));
  if (repaired.plan) {
    // Who cannot go on afterwards does not cut.
    QRPAY_TRY_VOID(check_identity(repaired.plan->identity, data));
    QRPAY_TRY_VOID(ledger::apply_repair(paths, *repaired.plan));
  }
  QRPAY_TRY(repaired.made, finish_repair(paths, std::move(data)));
  return repaired;
}

void write_members(Writer& out, NewIncarnation const& made) {
  out.member("former_origin", made.former_origin).member("origin", made.origin);
  out.member("log_vkey", made.log_vkey).member("size", made.restored.size);
  out.member("root", base::to_base64(made.restored.root));
  out.member("signed_before", made.former.size);
  out.member("send_again_since", base::format_time(made.last_time));
}

void print_incarnation(NewIncarnation const& made) {
  auto const number = [](std::uint64_t n) { return static_cast<unsigned long long>(n); };
  std::printf("%s goes on as %s\n  records   %llu\n  root      %s\n  log key   %s\n",
              made.former_origin.c_str(), made.origin.c_str(), number(made.restored.size),
              base::to_base64(made.restored.root).c_str(), made.log_vkey.c_str());
  if (made.former.size > made.restored.size)
    std::printf("  LOST      records %llu to %llu, and perhaps later ones\n",
                number(made.restored.size + 1), number(made.former.size));
  if (made.rotated_since)
    std::printf(
        "A log key came after the last record that is left: `qrpay keys rotate-log` again.\n");
  std::printf(
      "Ask every bank to send again what it sent since %s; what is here already\n"
      "is recognised. Give the new log key to auditors and witnesses.\n",
      base::format_time(made.last_time).c_str());
}

void print_plan(ledger::RepairPlan const& plan, char const* words) {
  std::printf(
      "%s the last write: %llu bytes of journal/%s\n  records   %llu are left\n"
      "  marks     none above %llu\n",
      words, static_cast<unsigned long long>(plan.file_bytes - plan.keep_bytes), plan.file.c_str(),
      static_cast<unsigned long long>(plan.kept.value()),
      static_cast<unsigned long long>(plan.promised.value()));
}

}  // namespace

int run_ledger_restore(Config const& config, std::string const& backup, bool json) {
  auto const made = restore(config.paths(), backup);
  if (!made) return report(made.error());
  if (!json) {
    print_incarnation(*made);
    return kOk;
  }
  std::string text;
  Writer out(text);
  out.begin_object();
  write_members(out, *made);
  out.end_object();
  std::printf("%s\n", text.c_str());
  return kOk;
}

int run_ledger_repair(Config const& config, bool dry_run, bool json) {
  auto const repaired = repair(config.paths(), dry_run);
  if (!repaired) return report(repaired.error());
  auto const& plan = repaired->plan;
  if (json) {
    std::string text;
    Writer out(text);
    out.begin_object().member("damaged", plan.has_value());
    if (plan) {
      out.member("file", plan->file).member("keep_bytes", plan->keep_bytes);
      out.member("file_bytes", plan->file_bytes).member("kept", plan->kept.value());
    }
    if (repaired->made) write_members(out, *repaired->made);
    out.end_object();
    std::printf("%s\n", text.c_str());
  } else {
    if (plan) print_plan(*plan, repaired->made ? "Cut" : "Would cut");
    if (repaired->made) print_incarnation(*repaired->made);
    if (!plan && !repaired->made)
      std::printf("The journal opens: nothing is cut. `qrpay ledger verify` reads all of it.\n");
  }
  return plan && !repaired->made ? kFoundBad : kOk;
}

}  // namespace qrpay::cli
