#include "engine/restart.h"

#include <optional>
#include <utility>
#include <vector>

#include "engine/core.h"

namespace qrpay::engine {

using base::Errc;
using base::fail;
using base::Result;

namespace {

/// While the journal is replayed a run is cut at so many records, which bounds the memory.
constexpr std::uint64_t kReplayRunRecords = 1'048'576;
constexpr std::size_t kReplayRunBytes = std::size_t{192} << 20;

/// The journal's records that the projections do not hold yet.
Result<void> replay_rest(RestartParts const& parts, Restarted& restarted,
                         ledger::VaultCursor& cursor, Observer const& also) {
  return parts.log.resume([&](ledger::StoredRecord const& stored) -> Result<void> {
    apply_stored(restarted.state, stored, cursor);
    ++restarted.replayed;
    if (also) QRPAY_TRY_VOID(also(stored.record));
    auto const& index = restarted.state.index();
    if (index.failed()) return fail(Errc::kStoreRead, "the projections are damaged");
    if (index.open_records() < kReplayRunRecords &&
        (index.open_records() % 1'024 != 0 || index.tail_bytes() < kReplayRunBytes))
      return {};
    auto const run = restarted.state.cut_run();
    QRPAY_TRY_VOID(project(*restarted.projections, parts.log, *run));
    if (parts.vault == nullptr) restarted.projections->distrust("made without the vault");
    static_cast<void>(restarted.state.settle_runs());
    return {};
  });
}

// Are these the projections of this journal?
Result<void> check_head(ledger::ProjectedHead const& head, ledger::Log const& log) {
  if (head.through > log.stored())
    return fail(Errc::kStoreRead, "projections: beyond the journal's end");
  QRPAY_TRY(auto const last, log.leaf_hash_of(head.through));
  auto const genesis = log.leaf_hash_of(Sequence(1));
  // In a lost file of the archive: the root, which is compared later, covers it.
  bool const lost = !genesis && genesis.error().errc == Errc::kArchiveDamaged;
  if (!lost) QRPAY_TRY_VOID(genesis);
  if ((!lost && *genesis != head.genesis_leaf) || last != head.last_leaf)
    return fail(Errc::kStoreRead, "projections: of another journal");
  return {};
}

// Nothing was told to `also` when this fails, and nothing was taken by the log.
Result<Restarted> load(RestartParts const& parts, ledger::VaultCursor& cursor,
                       std::vector<ledger::Record>& told) {
  Restarted restarted;
  QRPAY_TRY(restarted.projections,
            ledger::RocksIndex::open(parts.projections, parts.projections_env));
  ledger::RocksIndex& projections = *restarted.projections;
  if (projections.projected() == Sequence(0)) {
    // An empty instance of a journal that has records was lost, or never written.
    restarted.state = State(&projections);
    return restarted;
  }
  QRPAY_TRY_VOID(check_head(projections.head(), parts.log));
  QRPAY_TRY(restarted.state,
            load_state(projections, cursor, [&](ledger::Record const& record) -> Result<void> {
              told.push_back(record);
              return {};
            }));
  ledger::Log::Start start;
  start.size = projections.head().through.value();
  start.root = projections.head().root;
  QRPAY_TRY(start.groups, projections.tree_groups());
  QRPAY_TRY_VOID(parts.log.begin(start));
  return restarted;
}

}  // namespace

Result<Restarted> restart(RestartParts const& parts, Observer const& also) {
  ledger::VaultCursor cursor(parts.vault);
  std::vector<ledger::Record> told;
  auto loaded = load(parts, cursor, told);
  if (!loaded) {
    // Damage of the journal itself is for the replay to name.
    if (loaded.error().errc == Errc::kDataDirInUse) return base::Unexpected(loaded.error());
    std::string const why = to_string(loaded.error());
    if (parts.on_rebuild) parts.on_rebuild(why);
    QRPAY_TRY(Restarted rebuilt, rebuild(parts, also));
    rebuilt.rebuilt = why;
    return rebuilt;
  }
  for (auto const& record : told)
    if (also) QRPAY_TRY_VOID(also(record));
  QRPAY_TRY_VOID(replay_rest(parts, *loaded, cursor, also));
  return loaded;
}

Result<Restarted> rebuild(RestartParts const& parts, Observer const& also) {
  QRPAY_TRY_VOID(ledger::RocksIndex::remove(parts.projections));
  Restarted restarted;
  restarted.rebuilt = "asked for";
  QRPAY_TRY(restarted.projections,
            ledger::RocksIndex::open(parts.projections, parts.projections_env));
  restarted.state = State(restarted.projections.get());
  ledger::VaultCursor cursor(parts.vault);
  QRPAY_TRY_VOID(replay_rest(parts, restarted, cursor, also));
  return restarted;
}

}  // namespace qrpay::engine
