// A run with real projections: runs are cut and written at any moment, a process ends between two
// of them, and what lies on disk is damaged. A restart must always be the fold of the journal.
#include <algorithm>
#include <filesystem>
#include <fstream>

#include "tests/sim/simulation.h"

namespace qrpay::sim {

using base::Sequence;

void Simulation::open_with_projections() {
  auto restarted =
      engine::restart({.projections = disk_.projections(), .log = *log_, .vault = vault_});
  if (!restarted && restarted.error().errc == base::Errc::kStoreRead) {
    // Damage that showed only when the journal's tail was replayed: the process ends, and the next
    // start makes them anew.
    event("damaged in the tail");
    log_ = std::make_unique<ledger::Log>(disk_.store(), std::nullopt);
    restarted =
        engine::restart({.projections = disk_.projections(), .log = *log_, .vault = vault_});
    if (restarted && restarted->rebuilt.empty()) wrong("damaged projections were used again");
  }
  if (!restarted) return wrong("restart: " + base::to_string(restarted.error()));
  if (!restarted->rebuilt.empty()) event("rebuilt");
  if (restarted->projections->projected() != Sequence(0)) event("restarted from projections");
  ledger::Log other(disk_.store(), std::nullopt);
  auto const replayed = engine::replay_state(other, vault_);
  if (!replayed) return wrong("replay: " + base::to_string(replayed.error()));
  if (replayed->digest() != restarted->state.digest())
    return wrong("a restart gives another state than the journal");
  auto const root = other.root(other.size());
  auto const same = log_->root(log_->size());
  if (!root || !same || *root != *same)
    return wrong("a restart gives another tree than the journal");
  projections_ = std::move(restarted->projections);
  stamper_.emplace(restarted->state.last_time());
  core_ = std::make_unique<engine::Core>(std::move(restarted->state), *log_, vault_, tagger_);
  sealer_ = std::make_unique<ledger::VaultCursor>(vault_);
}

void Simulation::project() {
  if (dice_.percent(12) && core_->state().index().open_records() > 0)
    runs_.push_back(core_->cut_run());
  if (runs_.empty() || !dice_.percent(15)) return;
  if (runs_.front()->through.load() > log_->size()) return;  // not durable yet
  auto const done = engine::project(*projections_, *log_, *runs_.front());
  if (!done && done.error().errc == base::Errc::kStoreRead) {
    event("damaged while projecting");  // marked: the next start makes them anew
    return end_process(durable_history_);
  }
  if (!done) return wrong("projecting: " + base::to_string(done.error()));
  runs_.pop_front();
  event("projected");
  if (dice_.percent(50)) static_cast<void>(core_->settle_runs());
}

// Cuts, empties or scribbles over one file, or removes it.
void Simulation::damage_projections() {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (auto const& entry : std::filesystem::directory_iterator(disk_.projections(), error))
    if (entry.is_regular_file() && entry.file_size() > 0) files.push_back(entry.path());
  if (files.empty()) return;
  std::sort(files.begin(), files.end());
  auto const& path = files[dice_.below(files.size())];
  auto const size = std::filesystem::file_size(path);
  event("damaged");
  if (dice_.percent(30)) {
    std::filesystem::remove(path);
  } else if (dice_.percent(50)) {
    std::filesystem::resize_file(path, dice_.below(size));
  } else {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    auto const begin = dice_.below(size);
    file.seekp(static_cast<std::streamoff>(begin));
    for (auto i = begin; i < std::min(size, begin + 64); ++i) file.put('\x5a');
  }
}

}  // namespace qrpay::sim
