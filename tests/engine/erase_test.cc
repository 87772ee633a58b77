// Erase commands: what is refused, what is recorded, what a vault does with it afterwards.
#include <atomic>
#include <condition_variable>
#include <mutex>

#include "engine/eraser.h"
#include "engine/erasure_search.h"
#include "ledger/fields.h"
#include "ledger/tlv.h"
#include "ledger/vault_settle.h"
#include "tests/engine/ledger_rig.h"

namespace qrpay::engine::test {
namespace {

using base::Errc;
using ledger::EraseTarget;
using ledger::kAllSections;

Erase erase(std::vector<EraseTarget> targets) { return {"asked", std::move(targets), 1}; }

TEST(Erase, RefusesWhatIsNotThere) {
  LedgerRig rig;
  auto const last = rig.state().last();
  std::vector<EraseTarget> many;
  for (std::uint64_t i = 0; i <= ledger::kEraseTargetsMax; ++i)
    many.push_back({Sequence(2 + 2 * i)});
  struct Case {
    Erase erase;
    char const* outcome;
  };
  for (auto const& [command, outcome] :
       std::initializer_list<Case>{{erase({}), "not_found"},
                                   {erase({{Sequence(1)}}), "invalid_field"},
                                   {erase({{Sequence(0)}}), "invalid_field"},
                                   {erase({{Sequence(2), 1, 0}}), "invalid_field"},
                                   {erase({{Sequence(2), 1, 0x8001}}), "invalid_field"},
                                   {erase({{Sequence(2), 0}}), "invalid_field"},
                                   {erase({{Sequence(2), 2}, {Sequence(3)}}), "invalid_field"},
                                   {erase({{Sequence(last.value() + 1)}}), "not_found"},
                                   {erase({{Sequence(2), 0xffffffff}}), "not_found"},
                                   {erase(many), "too_large"},
                                   {{"asked", {{Sequence(2)}}, 0}, "invalid_field"}})
    EXPECT_EQ(rig.outcome("e1", command), outcome);
  EXPECT_EQ(rig.state().last(), last);
  Command second = rig.command("e1", erase({{Sequence(2)}}));
  second.revision = 2;
  EXPECT_EQ(rig.run(second).error.errc, Errc::kNotFound);
}

TEST(Erase, RecordsTargetsAndPartsAndNothingOfTheRequest) {
  LedgerRig rig;
  Erase first{"970405 5550009991112", {{Sequence(2), 1, 0b110}}, 2};
  auto const record = rig.decided("e1", first).record;
  ledger::TlvReader const body(record.body);
  EXPECT_EQ(base::to_hex(base::as_bytes(body.text(ledger::field::kEraseTargets))),
            "0000000000000002000000010006");
  EXPECT_EQ(body.number_or(ledger::field::kEraseParts, 0), 2U);
  EXPECT_EQ(rig.log().read(record.sequence)->leaf.find("5550009991112"), std::string::npos);
  EXPECT_TRUE(rig.log().read(record.sequence)->side.empty());
  Command second = rig.command("e1", Erase{"970405 5550009991112", {{Sequence(3)}}, 1});
  second.revision = 2;
  auto const rest = rig.decided(second).record;
  ledger::TlvReader const part(rest.body);
  EXPECT_EQ(part.number_or(ledger::field::kAmends, 0), record.sequence.value());
  EXPECT_FALSE(part.find(ledger::field::kEraseParts));
  EXPECT_EQ(rig.state().erased().mask(Sequence(2)), 0b110 | ledger::kBodyTagBit);
  EXPECT_EQ(rig.state().erased().mask(Sequence(3)), kAllSections | ledger::kBodyTagBit);
  EXPECT_EQ(rig.replayed().erased(), rig.state().erased());
}

TEST(Erase, ARepeatOfWhatWasErasedIsAnsweredAndSaysThatItsBodyIsUnverified) {
  LedgerRig rig;
  auto const opened = rig.decided("a", OpenGeneralAccount{"Chi Hoa", ledger::Limit::kNone});
  ASSERT_EQ(opened.sections.size(), 1U);
  rig.decided("e1", erase({{opened.record.sequence, 1, 1}}));
  for (auto const* const name : {"Chi Hoa", "somebody else"}) {
    Reply const again = rig.run("a", OpenGeneralAccount{name, ledger::Limit::kNone});
    EXPECT_EQ(again.kind, Reply::Kind::kReplayed);
    EXPECT_TRUE(again.body_unverified);
    EXPECT_EQ(again.decided->record.sequence, opened.record.sequence);
    EXPECT_TRUE(again.decided->sections.empty());
  }
}

TEST(Erase, AStartErasesWhatTheVaultHasNotHeardOfAndOnlyWhereItHasANote) {
  LedgerRig rig;
  auto const opened = rig.decided("a", OpenGeneralAccount{"Chi Hoa", ledger::Limit::kNone});
  auto const sequence = opened.record.sequence;
  auto const erased = rig.decided("e1", erase({{sequence, 1, 1}})).record.sequence;
  auto const vault = ledger::Vault::in_memory(secret_of(2));
  ASSERT_TRUE(ledger::settle_vault(rig.store(), *vault));
  EXPECT_TRUE(ledger::VaultCursor(vault).find_keys(sequence, 0));  // no file, so no note

  Eraser eraser(vault);
  ASSERT_TRUE(eraser.catch_up(rig.state()));
  EXPECT_FALSE(ledger::VaultCursor(vault).find_keys(sequence, 0));
  EXPECT_TRUE(ledger::VaultCursor(vault).find_keys(sequence, 1));
  EXPECT_EQ(vault->erased_through(), erased);
  EXPECT_TRUE(eraser.status(erased).complete());
}

TEST(Erase, TheEraserTellsWhenTheVaultWasTold) {
  auto const vault = ledger::Vault::in_memory(secret_of(2));
  Eraser eraser(vault);
  eraser.start();
  Batch batch;
  auto decided = std::make_shared<Decided>();
  decided->record.kind = ledger::Kind::kErase;
  decided->record.sequence = Sequence(9);
  ledger::TlvWriter(decided->record.body)
      .text(ledger::field::kEraseTargets,
            ledger::encode_targets(std::vector<EraseTarget>{{Sequence(4)}}));
  batch.entries.push_back({decided, ""});
  std::mutex mutex;
  std::condition_variable changed;
  bool told = false;
  eraser.when_tried(Sequence(9), [&] {
    std::lock_guard const lock(mutex);
    told = true;
    changed.notify_all();
  });
  EXPECT_FALSE(eraser.status(Sequence(9)).erased);
  eraser.on_durable(batch);
  std::unique_lock lock(mutex);
  changed.wait(lock, [&] { return told; });
  EXPECT_TRUE(eraser.status(Sequence(9)).complete());
  EXPECT_FALSE(ledger::VaultCursor(vault).find_keys(Sequence(4), 0));
}

TEST(Erase, PartsHoldWhatOneRecordHolds) {
  std::vector<EraseTarget> targets;
  for (std::uint64_t i = 0; i < 1'500; ++i) targets.push_back({Sequence(2 + 2 * i)});
  targets.push_back({Sequence(10'000), 150'000});
  auto const parts = cut_into_parts(targets);
  std::uint64_t records = 0;
  std::vector<EraseTarget> all;
  for (auto const& part : parts) {
    std::uint64_t here = 0;
    for (auto const& target : part) here += target.count;
    EXPECT_LE(here, ledger::kEraseRecordsMax);
    EXPECT_LE(part.size(), ledger::kEraseTargetsMax);
    EXPECT_TRUE(ledger::are_ordered(part));
    records += here;
    all.insert(all.end(), part.begin(), part.end());
  }
  EXPECT_EQ(records, 1'500U + 150'000U);
  EXPECT_EQ(ledger::ordered(all), ledger::ordered(targets));
  EXPECT_EQ(parts.size(), 4U);
}

}  // namespace
}  // namespace qrpay::engine::test
