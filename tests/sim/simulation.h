// One seeded run of the engine against the model: callers that retry, a wire that loses, doubles
// and reorders, disks that fail, processes that end.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/core.h"
#include "engine/dry_run.h"
#include "engine/restart.h"
#include "engine/sim_log.h"
#include "engine/stamper.h"
#include "tests/sim/disk.h"
#include "tests/sim/model.h"
#include "tests/sim/workload.h"

namespace qrpay::sim {

struct SimulationOptions {
  std::uint64_t seed = 1;
  bool projecting = false;  ///< real projections: cut, written, lost and damaged at any moment
  bool on_rocks = false;  ///< a real journal: a crash loses what was not appended, no append fails
};

/// What the seeds met, so that a test can claim that nothing was left out.
struct Coverage {
  std::map<std::string, std::uint64_t> outcomes;
  std::map<std::string, std::uint64_t> refusals;
  std::map<std::string, std::uint64_t> events;
  void add(Coverage const& other);
};

/// The engine's secrets in a run: kGenerations of the dedupe secret, announced one by one.
[[nodiscard]] ledger::SecretGenerations dedupe_secrets(std::uint64_t seed);
[[nodiscard]] std::shared_ptr<ledger::Vault> vault_of(std::uint64_t seed);

/// Of the log key with that number; genesis has number 1.
[[nodiscard]] std::string log_vkey_of(std::string const& origin, std::uint64_t number);

/// A command as it was decided; null = a look for what is due.
struct Stamped {
  std::shared_ptr<engine::Command const> command;
  std::int64_t now = 0;
};

class Simulation {
 public:
  explicit Simulation(SimulationOptions const& options);

  /// nullopt, or the first difference, with the step at which it was seen.
  [[nodiscard]] std::optional<std::string> run();
  [[nodiscard]] Coverage const& coverage() const { return coverage_; }

 private:
  /// What a caller was told, and must be told for ever.
  struct Told {
    Prediction::Kind kind{};
    base::Errc errc{};
    std::uint64_t sequence = 0;
    std::string leaf;
    ledger::Sections sections;
  };
  struct Request {
    engine::Command command;
    std::optional<Told> told;
  };
  struct Flight {
    std::shared_ptr<engine::Batch> batch;
    std::size_t history_end = 0;
  };

  void wrong(std::string const& difference);
  [[nodiscard]] bool failed() const { return difference_.has_value(); }
  void event(std::string const& name) { ++coverage_.events[name]; }

  // Callers.
  void set_up();
  void send(std::size_t request);
  void send_query();
  void callers_act();
  void answered(std::size_t request, engine::Reply const& reply);

  /// As a gateway thread would now: up to the generation that was announced last.
  [[nodiscard]] engine::Prepared prepare(engine::Command command) const;

  // The engine's loop, in slices.
  [[nodiscard]] base::WallTime stamp();
  void decide(engine::Submission&& submission);
  void decide(engine::Command const& command, engine::Prepared&& prepared,
              engine::ReplyCallback reply);
  void tick();
  void cut();
  void sync();
  void settle_all();
  void puncture();
  void check_reply(engine::Reply const& reply, Prediction const& expected, std::uint64_t seen);
  void open();
  void open_with_projections();
  void project();
  void damage_projections();
  void end_process(std::size_t history_end);
  void restart_cleanly();
  void step();
  void drain();
  [[nodiscard]] std::string vouched(std::string const& vkey, std::uint64_t from);
  void change_identity();

  // Promises looked at from outside.
  void check_state();
  void check_identity();
  void check_orders();
  void check_general_accounts();
  void check_dry_run(engine::DryRun const& tried, std::string const& canonical,
                     engine::Reply const& reply);
  void check_journal();
  void check_nothing_told_was_lost();
  void check_repeats();
  void check_secrets();
  void check_other_cuts();

  SimulationOptions const options_;
  Dice dice_;
  Workload workload_;
  ledger::Tagger const tagger_;
  std::shared_ptr<ledger::Vault> const vault_;
  std::vector<ledger::Erasure> erasures_;  ///< durable, of which the vault has not heard
  engine::SimLog wire_;
  Disk disk_;
  std::unique_ptr<ledger::Log> log_;
  std::unique_ptr<ledger::RocksIndex> projections_;
  std::deque<std::shared_ptr<ledger::Run>> runs_;  ///< cut, not yet projected
  std::unique_ptr<engine::Core> core_;
  std::unique_ptr<ledger::VaultCursor> sealer_;
  std::optional<engine::Stamper> stamper_;
  std::int64_t wall_skew_ = 0;
  std::uint64_t log_keys_ = 1;  ///< made so far

  Model model_;
  std::vector<Stamped> history_;
  std::size_t durable_history_ = 0;
  std::deque<Flight> flights_;
  std::deque<Request> requests_;
  std::vector<std::size_t> unanswered_;
  bool releasing_ = false;
  bool disk_may_fail_ = true;
  std::size_t step_ = 0;
  Coverage coverage_;
  std::optional<std::string> difference_;
};

/// How `record` differs from what the model says; "" when it does not. `at` = its sections.
[[nodiscard]] std::string compare(engine::Decided const& decided, ModelRecord const& expected);
/// "sales/17" of an account of the chart.
[[nodiscard]] std::string account_text(ledger::AccountId const& account);
/// RFC 6962's definition, word for word.
[[nodiscard]] base::Digest naive_root(std::vector<std::string> const& leaves);
[[nodiscard]] std::string leaf_of(ledger::Record const& record);

}  // namespace qrpay::sim
