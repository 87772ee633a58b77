// Brings what another ledger did into this one, through the engine: `qrpay ledger import`.
//
// The files are read twice. The first pass checks every line against a model of the other ledger
// and writes nothing; the second opens the accounts and submits the steps in big batches. Each
// command's id comes from the file, so an import that was cut short is simply run again, and what
// is there already is not done twice. Steps become durable in order: where one is known, so are
// those before it, and they are passed over without asking for each. At the end every balance is
// compared with the model's.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "engine/engine.h"
#include "import/books.h"

namespace qrpay::import {

enum class Phase : std::uint8_t { kCheck, kAccounts, kTransfers, kCompare };

/// How far one phase is: bytes, or accounts.
struct Progress {
  Phase phase{};
  std::uint64_t done = 0;
  std::uint64_t total = 0;
};

struct Parts {
  engine::Engine& engine;  ///< started; nobody else uses it; must not expire anything
  ledger::Tagger const& tagger;
  base::Sequence actor;  ///< an operator's key
  base::WallTime now;    ///< not before the ledger's last record
  std::function<void(Progress const&)> on_progress = nullptr;
};

/// One account, there and here, where they differ.
struct Difference {
  std::string id;
  ledger::Account file;
  ledger::Account ledger;
};

struct Report {
  Counts counts;
  std::uint64_t accounts = 0;
  std::uint64_t new_records = 0;  ///< made by this run
  std::uint64_t repeated = 0;     ///< were there from an earlier run
  std::int64_t posted = 0;        ///< sum of all accounts' posted debits, which is that of credits
  std::int64_t held = 0;          ///< likewise of what holds keep
  std::uint64_t different = 0;    ///< accounts whose totals are not the file's
  Difference first;               ///< of these
};

/// Durable on return, unless an error says that the ledger is not. `different` is not 0 where the
/// accounts were used by others too. One thread, which waits for the engine.
/// Errors: kImportRefused, a line is wrong and nothing was written, or the ledger refused its
/// step, and what lies before it is there; those of the Source and of Engine::submit.
[[nodiscard]] base::Result<Report> run(Source const& source, Parts const& parts);

}  // namespace qrpay::import
