// The first, second, ... n-th operation on the files of the projections fails: what was
// acknowledged stands, nothing is decided by what could not be read, and the next start is equal
// to a full replay.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <iostream>

#include "ledger/memory_store.h"
#include "tests/engine/projecting.h"
#include "tests/ledger/faulty_fs.h"

namespace qrpay::engine::test {
namespace {

using base::Errc;
using ledger::test::FaultKind;
using ledger::test::FaultyFs;

/// QRPAY_LONG=1: every operation. Else one in kStep, each kind beginning at another.
constexpr std::uint64_t kStep = 37;
/// A command so far back is in the projections, not in memory.
constexpr std::uint64_t kLongAgo = 110;

class Scratch {
 public:
  Scratch() {
    std::string name = testing::TempDir() + "/qrpay-projection-fault-XXXXXX";
    path_ = ::mkdtemp(name.data());
  }
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Scratch(Scratch const&) = delete;
  Scratch& operator=(Scratch const&) = delete;
  [[nodiscard]] std::string const& path() const { return path_; }
  [[nodiscard]] std::string projections() const { return path_ + "/projections"; }

 private:
  std::string path_;
};

/// What a life met.
struct Met {
  bool refused_to_open = false;
  bool failed_to_project = false;
  bool failed_to_look_up = false;
};

/// A process on projections whose disk fails. The journal is well.
class FaultyLife {
 public:
  FaultyLife(ledger::Store& store, std::string projections, rocksdb::Env* env)
      : vault_(ledger::Vault::in_memory(secret_of(2))),
        tagger_(secret_of(1)),
        log_(store, std::nullopt),
        sealer_(vault_) {
    auto restarted = restart({.projections = std::move(projections),
                              .log = log_,
                              .vault = vault_,
                              .projections_env = env});
    if (!restarted) {
      Errc const errc = restarted.error().errc;
      EXPECT_TRUE(errc == Errc::kStoreRead || errc == Errc::kStoreUnknown || errc == Errc::kIo)
          << to_string(restarted.error());
      met_.refused_to_open = true;
      return;
    }
    projections_ = std::move(restarted->projections);
    core_.emplace(std::move(restarted->state), log_, vault_, tagger_);
  }

  /// Commands `from` to `to` of transfer(), with a run projected after every 50th, and some sent
  /// again. Ends where a process would.
  void live(std::uint64_t from, std::uint64_t to) {
    if (!core_) return;
    if (log_.size() == 0 && !begin()) return;
    for (std::uint64_t n = from; n < to; ++n) {
      if (!decide(n, Reply::Kind::kDecided)) return;
      if (n % 10 == 9 && !decide(n - 5, Reply::Kind::kReplayed)) return;  // often in memory
      if (n % 10 == 4 && n >= kLongAgo && !decide(n - kLongAgo, Reply::Kind::kReplayed)) return;
      if (n % 50 == 49) project();
    }
  }
  [[nodiscard]] Met const& met() const { return met_; }

 private:
  [[nodiscard]] bool begin() {
    Command key;
    key.id = "operator";
    key.payload = PutKey{Role::kOperator, "", {}, {}, false};
    return run(make_genesis({"test/0/1", "vkey", {}, {}})).kind == Reply::Kind::kDecided &&
           run(std::move(key)).kind == Reply::Kind::kDecided;
  }
  // What cannot be looked up is refused, never taken for new.
  [[nodiscard]] bool decide(std::uint64_t n, Reply::Kind expected) {
    auto const reply = run(transfer_command(n));
    if (reply.kind == expected) return true;
    EXPECT_EQ(reply.kind, Reply::Kind::kRefused) << "command " << n;
    EXPECT_EQ(reply.error.errc, Errc::kStoreRead) << to_string(reply.error);
    met_.failed_to_look_up = true;
    return false;
  }
  void project() {
    if (!waiting_ && core_->state().index().open_records() > 0) waiting_ = core_->cut_run();
    if (!waiting_) return;
    auto const done = engine::project(*projections_, log_, *waiting_);
    if (!done) {  // tried again with the next: nothing of it is in the instance
      EXPECT_TRUE(done.error().errc == Errc::kStoreUnknown ||
                  done.error().errc == Errc::kStoreRead || done.error().errc == Errc::kIo)
          << to_string(done.error());
      met_.failed_to_project = true;
      return;
    }
    waiting_.reset();
    static_cast<void>(core_->settle_runs());
  }
  Reply run(Command command) {
    Reply answer;
    base::WallTime const now(1'795'000'000 * base::kSecond +
                             static_cast<std::int64_t>(core_->state().last().value()));
    core_->process(prepare(std::move(command), tagger_), now,
                   [&answer](Reply const& reply) { answer = reply; });
    auto const batch = core_->take_batch();
    auto const sealed = seal(*batch, sealer_);
    if (!sealed.empty()) QRPAY_CHECK(log_.append(sealed).has_value());
    core_->settle(Sequence(log_.size()));
    for (auto const& release : batch->releases) release();
    return answer;
  }

  std::shared_ptr<ledger::Vault const> const vault_;
  ledger::Tagger const tagger_;
  ledger::Log log_;
  ledger::VaultCursor sealer_;
  std::unique_ptr<ledger::RocksIndex> projections_;
  std::optional<Core> core_;
  std::shared_ptr<ledger::Run> waiting_;
  Met met_;
};

struct Sweep {
  char const* name;
  FaultKind kind;
  bool for_ever;
  std::uint64_t begin;
};

class ProjectionFaults : public testing::TestWithParam<Sweep> {};

TEST_P(ProjectionFaults, LoseAndDoubleNothingAndTheNextStartIsAFullReplay) {
  Sweep const& sweep = GetParam();
  std::uint64_t const step = ::getenv("QRPAY_LONG") != nullptr ? 1 : kStep;
  std::uint64_t refused = 0;
  std::uint64_t unprojected = 0;
  std::uint64_t unread = 0;
  for (std::uint64_t n = sweep.begin;; n += step) {
    Scratch const scratch;
    ledger::MemoryStore store;
    FaultyLife(store, scratch.projections(), nullptr).live(0, 120);
    store.restart();
    FaultyFs fs(scratch.path());
    fs.fail_at(n, sweep.kind, sweep.for_ever);
    Met met;
    {
      FaultyLife life(store, scratch.projections(), fs.env());
      life.live(120, 260);
      met = life.met();
    }
    SCOPED_TRACE("operation " + std::to_string(n) + ": " + fs.struck());
    if (!fs.has_struck()) {
      EXPECT_FALSE(met.refused_to_open || met.failed_to_project || met.failed_to_look_up);
      break;
    }
    refused += met.refused_to_open ? 1 : 0;
    unprojected += met.failed_to_project ? 1 : 0;
    unread += met.failed_to_look_up ? 1 : 0;
    fs.heal();
    store.restart();
    Projecting again(store, scratch.projections());
    EXPECT_EQ(again.state().digest(), digest_of(store));
    EXPECT_TRUE(again.state().book().balances_to_zero());
    for (std::uint64_t id = 0; id < 120; id += 7)
      EXPECT_EQ(transfer(again, id).kind, Reply::Kind::kReplayed) << "command " << id;
    if (HasFailure()) return;
  }
  std::cout << sweep.name << ": " << refused << " opens refused, " << unprojected
            << " runs not written at once, " << unread << " look-ups failed\n";
  // Each fault must have shown itself, or the sweep has swept nothing.
  EXPECT_GT(refused + unprojected + unread, 0u);
}

INSTANTIATE_TEST_SUITE_P(AllKinds, ProjectionFaults,
                         testing::Values(Sweep{"io_error_once", FaultKind::kIoError, false, 1},
                                         Sweep{"io_error_for_ever", FaultKind::kIoError, true, 7},
                                         Sweep{"no_space_once", FaultKind::kNoSpace, false, 13},
                                         Sweep{"short_write_for_ever", FaultKind::kShortWrite, true,
                                               19}),
                         [](auto const& sweep) { return sweep.param.name; });

}  // namespace
}  // namespace qrpay::engine::test
