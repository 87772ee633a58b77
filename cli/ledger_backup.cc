// qrpay ledger backup: makes a backup, or checks one.
#include "ledger/backup.h"

#include <cstdio>

#include "base/time_text.h"
#include "cli/verbs.h"
#include "gateway/json/writer.h"

namespace qrpay::cli {

using gateway::json::Writer;

namespace {

unsigned long long shown(std::uint64_t number) { return number; }

}  // namespace

int run_ledger_backup(ledger::DataPaths const& paths, std::string const& to, bool json) {
  auto const made = ledger::back_up(paths, to);
  if (!made) return report(made.error());
  std::string const root = base::to_base64(made->root);
  if (json) {
    std::string text;
    Writer(text)
        .begin_object()
        .member("origin", made->origin)
        .member("size", made->size)
        .member("root", root)
        .member("previous_size", made->previous_size)
        .member("segments", made->segments)
        .member("segments_written", made->segments_written)
        .member("bytes_written", made->bytes_written)
        .end_object();
    std::printf("%s\n", text.c_str());
    return kOk;
  }
  std::printf(
      "%s: backed up to %s\n  records   %llu (%llu were there)\n  root      %s\n"
      "  segments  %llu, %llu written (%llu bytes)\n"
      "Not in it: the vault and the keys, without which it serves balances and proofs alone.\n",
      made->origin.c_str(), to.c_str(), shown(made->size), shown(made->previous_size), root.c_str(),
      shown(made->segments), shown(made->segments_written), shown(made->bytes_written));
  return kOk;
}

int run_backup_check(std::string const& directory, bool json) {
  auto const checked = ledger::check_backup(directory);
  if (!checked) {
    int const code = report(checked.error());
    return checked.error().errc == base::Errc::kNotFound ? code : kFoundBad;
  }
  auto const& head = checked->checkpoint;
  std::string const root = base::to_base64(head.root);
  std::string const time = base::format_time(checked->last_time);
  if (json) {
    std::string text;
    Writer(text)
        .begin_object()
        .member("origin", head.origin)
        .member("size", head.size)
        .member("root", root)
        .member("log_vkey", ledger::format_vkey(checked->log_key))
        .member("last_time", time)
        .member("segments", static_cast<std::uint64_t>(checked->segments.size()))
        .end_object();
    std::printf("%s\n", text.c_str());
    return kOk;
  }
  std::printf(
      "%s: a sound backup\n  records   %llu, the last of %s\n  root      %s, signed\n"
      "  segments  %llu\n",
      head.origin.c_str(), shown(head.size), time.c_str(), root.c_str(),
      shown(checked->segments.size()));
  return kOk;
}

}  // namespace qrpay::cli
