// qrpay ledger archive: moves the records of closed periods out of the journal.
#include <charconv>
#include <cstdio>
#include <optional>

#include "base/time_text.h"
#include "cli/verbs.h"
#include "gateway/json/writer.h"
#include "ledger/archive.h"

namespace qrpay::cli {

using base::Errc;
using base::Result;
using gateway::json::Writer;

namespace {

std::optional<std::uint64_t> parse_sequence(std::string const& text) {
  std::uint64_t value = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Result<base::Sequence> first_kept(ledger::DataPaths const& paths, std::string const& before) {
  if (auto const sequence = parse_sequence(before)) return base::Sequence(*sequence);
  auto const day = base::parse_day(before);
  if (!day) return base::fail(Errc::kUsage, "--before: neither a sequence nor a day");
  QRPAY_TRY_VOID(ledger::check_format(paths.dir));
  if (ledger::RocksStore::is_locked(paths.journal()))
    return base::fail(Errc::kDataDirInUse, paths.dir);
  QRPAY_TRY(auto const store, ledger::RocksStore::open_read_only(paths.journal()));
  return ledger::first_since(*store, base::start_of(*day));
}

Result<ledger::ArchiveReport> archive(ledger::DataPaths const& paths, std::string const& before,
                                      std::string const& to) {
  QRPAY_TRY(base::Sequence const first, first_kept(paths, before));
  return ledger::archive_journal(paths, {first, to});
}

}  // namespace

int run_ledger_archive(ledger::DataPaths const& paths, std::string const& before,
                       std::string const& to, bool json) {
  auto const done = archive(paths, before, to);
  if (!done) return report(done.error());
  if (json) {
    std::string text;
    Writer(text)
        .begin_object()
        .member("directory", done->directory)
        .member("through", done->through)
        .member("segments", done->segments)
        .member("moved", done->moved)
        .member("journal_bytes_before", done->journal_bytes_before)
        .member("journal_bytes_after", done->journal_bytes_after)
        .end_object();
    std::printf("%s\n", text.c_str());
    return kOk;
  }
  std::printf(
      "%s: %llu segments hold the records up to %llu, %llu of them new\n"
      "  journal   %llu bytes, before %llu\n"
      "The ledger reads these files from now on: keep them there, and back them up.\n",
      done->directory.c_str(), static_cast<unsigned long long>(done->segments),
      static_cast<unsigned long long>(done->through), static_cast<unsigned long long>(done->moved),
      static_cast<unsigned long long>(done->journal_bytes_after),
      static_cast<unsigned long long>(done->journal_bytes_before));
  return kOk;
}

}  // namespace qrpay::cli
