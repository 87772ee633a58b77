// Restarts from projections: equal to a replay, and never from projections that are in doubt.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <regex>
#include <set>
#include <sstream>

#include "engine/engine.h"
#include "ledger/memory_store.h"
#include "tests/engine/projecting.h"

namespace qrpay::engine::test {
namespace {

using base::Errc;
using base::Vnd;

class Scratch {
 public:
  Scratch() {
    std::string name = testing::TempDir() + "/qrpay-projection-XXXXXX";
    path_ = ::mkdtemp(name.data());
  }
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Scratch(Scratch const&) = delete;
  Scratch& operator=(Scratch const&) = delete;
  [[nodiscard]] std::string projections() const { return path_ + "/projections"; }

 private:
  std::string path_;
};

std::string text_of(std::string const& path) {
  std::ifstream file(std::string(QRPAY_SOURCE_DIR) + "/" + path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// A member that is not read back would be lost by every restart.
TEST(StateRows, EveryMemberOfStateIsReadBackAndCompared) {
  std::string const header = text_of("engine/state.h");
  std::string const rows = text_of("engine/state_rows.cc");
  auto const begin = header.find("class State {");
  ASSERT_NE(begin, std::string::npos);
  std::string const body = header.substr(begin);
  std::regex const member(R"(\b(\w+_);)");
  std::set<std::string> names;
  for (std::sregex_iterator it(body.begin(), body.end(), member), end; it != end; ++it)
    names.insert((*it)[1]);
  ASSERT_GE(names.size(), 18u);
  // These are made by what is read: registrations are applied again, the index looks on disk.
  std::set<std::string> const applied = {"banks_",       "merchants_",   "shops_",
                                         "terminals_",   "bank_by_bin_", "account_by_tag_",
                                         "tag_secrets_", "key_secrets_"};
  auto const digest = rows.find("base::Digest State::digest()");
  ASSERT_NE(digest, std::string::npos);
  for (auto const& name : names) {
    if (name == "index_") continue;
    bool const is_read = rows.find("state_." + name) < digest || applied.contains(name);
    EXPECT_TRUE(is_read) << name << " is not read back";
    EXPECT_NE(rows.find(name, digest), std::string::npos) << name << " is not in the digest";
  }
}

TEST(Restart, IsTheFoldOfTheJournalWhereverItWasCut) {
  for (std::uint64_t const projected_at : {1u, 23u, 255u, 256u, 257u, 600u}) {
    Scratch const scratch;
    ledger::MemoryStore store;
    {
      Projecting ledger(store, scratch.projections());
      ledger.begin();
      for (std::uint64_t n = 0; n < 700; ++n) {
        transfer(ledger, n);
        if (n == projected_at || n == projected_at / 2) ledger.project();
      }
    }
    store.restart();
    Projecting again(store, scratch.projections());
    EXPECT_EQ(again.rebuilt(), "");
    EXPECT_EQ(again.replayed(), 702 - (projected_at + 3));
    EXPECT_EQ(again.state().digest(), digest_of(store));
  }
}

TEST(Restart, FindsARepeatBeforeAndAfterItIsProjectedAndAfterARestart) {
  Scratch const scratch;
  ledger::MemoryStore store;
  Sequence first;
  {
    Projecting ledger(store, scratch.projections());
    ledger.begin();
    for (std::uint64_t n = 0; n < 40; ++n) transfer(ledger, n);
    auto const expect_repeat = [&] {
      auto const reply = transfer(ledger, 30);
      EXPECT_EQ(reply.kind, Reply::Kind::kReplayed);
      first = reply.decided->record.sequence;
    };
    expect_repeat();
    ledger.project();
    EXPECT_EQ(ledger.state().index().ids(), 0u);  // no longer in memory
    expect_repeat();
  }
  store.restart();
  Projecting again(store, scratch.projections());
  EXPECT_EQ(again.replayed(), 0u);
  auto const reply = transfer(again, 30);
  EXPECT_EQ(reply.kind, Reply::Kind::kReplayed);
  EXPECT_EQ(reply.decided->record.sequence, first);
  // The same id with another body names the first.
  Transfer other;
  other.debit = ledger::account_id(ledger::AccountClass::kGeneral, Sequence(3));
  other.credit = ledger::account_id(ledger::AccountClass::kGeneral, Sequence(4));
  other.amount = Vnd(77);
  EXPECT_EQ(again.by(Sequence(2), "t30", other).kind, Reply::Kind::kIdReused);
}

TEST(Restart, RebuildsProjectionsOfAnotherJournal) {
  Scratch const scratch;
  ledger::MemoryStore one;
  ledger::MemoryStore other;
  for (auto* store : {&one, &other}) {
    Scratch const own;
    Projecting ledger(*store, store == &one ? scratch.projections() : own.projections());
    ledger.begin();
    for (std::uint64_t n = 0; n < 300; ++n) transfer(ledger, store == &one ? n : n + n / 21);
    ledger.project();
  }
  other.restart();
  Projecting mixed(other, scratch.projections());
  EXPECT_NE(mixed.rebuilt(), "");
  EXPECT_EQ(mixed.state().digest(), digest_of(other));
}

TEST(Restart, RebuildsProjectionsBeyondTheJournalsEnd) {
  Scratch const scratch;
  ledger::MemoryStore longer;
  {
    Projecting ledger(longer, scratch.projections());
    ledger.begin();
    for (std::uint64_t n = 0; n < 60; ++n) transfer(ledger, n);
    ledger.project();
  }
  // An older copy of the journal beside newer projections.
  ledger::MemoryStore shorter;
  {
    Scratch const own;
    Projecting ledger(shorter, own.projections());
    ledger.begin();
    for (std::uint64_t n = 0; n < 30; ++n) transfer(ledger, n);
  }
  shorter.restart();
  Projecting mixed(shorter, scratch.projections());
  EXPECT_NE(mixed.rebuilt().find("beyond"), std::string::npos) << mixed.rebuilt();
  EXPECT_EQ(mixed.state().digest(), digest_of(shorter));
}

/// An engine with threads on a store in memory.
class EngineRig {
 public:
  EngineRig(ledger::Store& store, std::string const& directory, EngineOptions options = {})
      : tagger_(secret_of(1)),
        vault_(ledger::Vault::in_memory(secret_of(2))),
        log_(store, std::nullopt) {
    auto restarted = restart({.projections = directory, .log = log_, .vault = vault_});
    projections_ = std::move(restarted->projections);
    projector_.emplace(*projections_, log_);
    engine_.emplace(Engine::Parts{.state = std::move(restarted->state),
                                  .log = log_,
                                  .vault = vault_,
                                  .tagger = tagger_,
                                  .clock = base::system_clock(),
                                  .inbox = inbox_,
                                  .projector = &*projector_},
                    std::move(options), nullptr, [](base::Error const&) { std::abort(); });
    projector_->start();
    engine_->start();
  }
  ~EngineRig() {
    engine_->stop();
    projector_->stop();
  }
  Reply run(Command command) {
    auto promise = std::make_shared<std::promise<Reply>>();
    auto future = promise->get_future();
    auto const queued = engine_->submit(
        std::move(command), [promise](Reply const& reply) { promise->set_value(reply); });
    if (!queued) return {Reply::Kind::kRefused, nullptr, queued.error()};
    return future.get();
  }
  Reply transfer(std::uint64_t n) {
    Command command;
    command.actor = Sequence(2);
    command.id = "t" + std::to_string(n);
    Transfer what;
    what.debit = ledger::account_id(ledger::AccountClass::kGeneral, Sequence(3));
    what.credit = ledger::account_id(ledger::AccountClass::kGeneral, Sequence(4));
    what.amount = Vnd(1);
    command.payload = what;
    return run(std::move(command));
  }
  Engine& engine() { return *engine_; }

 private:
  ledger::Tagger const tagger_;
  std::shared_ptr<ledger::Vault const> vault_;
  ledger::Log log_;
  LocalLog inbox_;
  std::unique_ptr<ledger::RocksIndex> projections_;
  std::optional<Projector> projector_;
  std::optional<Engine> engine_;
};

/// Genesis, operator, accounts, and `transfers` more; projected.
void prepare_ledger(ledger::MemoryStore& store, std::string const& directory,
                    std::uint64_t transfers) {
  Projecting ledger(store, directory);
  ledger.begin();
  for (std::uint64_t n = 0; n < 20 + transfers; ++n) transfer(ledger, n);
  ledger.project();
}

TEST(Engine, ShedsWritesWhileTooMuchWaitsForTheProjections) {
  Scratch const scratch;
  ledger::MemoryStore store;
  prepare_ledger(store, scratch.projections(), 1);
  EngineOptions options;
  options.tail_bytes_max = 2'000;
  EngineRig rig(store, scratch.projections(), options);
  std::uint64_t n = 0;
  Reply reply = rig.transfer(n);
  for (; n < 1'000 && reply.kind == Reply::Kind::kDecided; reply = rig.transfer(++n)) {
  }
  EXPECT_EQ(reply.error.errc, Errc::kOverloaded);
  EXPECT_TRUE(rig.engine().projection_behind());
  EXPECT_GT(n, 5u);
  // Reads are not held up by it.
  std::promise<std::uint64_t> last;
  ASSERT_TRUE(rig.engine().query([&](State const& state) {
    return [&last, at = state.last().value()] { last.set_value(at); };
  }));
  EXPECT_EQ(last.get_future().get(), store.last().value());
}

TEST(Engine, AnswersNothingOnceALookUpFailedAndIsWholeAfterTheNextStart) {
  Scratch const scratch;
  ledger::MemoryStore store;
  prepare_ledger(store, scratch.projections(), 3'000);
  std::uint64_t records = 0;
  {
    EngineRig rig(store, scratch.projections());
    for (auto const& entry : std::filesystem::directory_iterator(scratch.projections())) {
      if (entry.path().extension() != ".sst" || entry.file_size() < 60'000) continue;
      std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
      for (int at = 10; at < 50'000; at += 50) {
        file.seekp(at);
        file.put('\x33');
      }
    }
    records = store.last().value();
    Errc errc{};
    for (std::uint64_t n = 20; n < 3'000 && errc != Errc::kStoreRead; ++n)
      errc = rig.transfer(n).error.errc;
    EXPECT_EQ(errc, Errc::kStoreRead);
    EXPECT_EQ(rig.transfer(999'999).error.errc, Errc::kStoreRead);
    EXPECT_EQ(store.last().value(), records);  // no record was made by what could not be known
  }
  store.restart();
  Projecting again(store, scratch.projections());
  EXPECT_NE(again.rebuilt(), "");
  EXPECT_EQ(again.state().digest(), digest_of(store));
}

}  // namespace
}  // namespace qrpay::engine::test
