// What was tagged under an older generation of the dedupe secret is found as before; what is
// announced and retired follows the rules; secrets at hand are compared with those announced.
#include <gtest/gtest.h>

#include "engine/secrets.h"
#include "ledger/fields.h"
#include "ledger/memory_store.h"
#include "ledger/tlv.h"
#include "tests/engine/ledger_rig.h"

namespace qrpay::engine::test {
namespace {

namespace field = ledger::field;
using base::Errc;

constexpr std::string_view kBin = "970436";
constexpr std::string_view kNumber = "1903000012345";

ledger::SecretGenerations secrets_up_to(std::uint32_t newest) {
  ledger::SecretGenerations secrets;
  for (std::uint32_t generation = 1; generation <= newest; ++generation)
    secrets.put(generation, secret_of(static_cast<std::uint8_t>(10 + generation)));
  return secrets;
}

PutSecret announcement(SecretUse use, std::uint32_t generation) {
  PutSecret put;
  put.use = use;
  put.generation = generation;
  auto const secret = secret_of(static_cast<std::uint8_t>(10 + generation));
  put.check = use == SecretUse::kTags ? ledger::GenerationTagger(secret).check_value()
                                      : key_file_check(secret);
  put.by = "root";
  return put;
}

PutSecret retirement(SecretUse use, std::uint32_t generation) {
  PutSecret put;
  put.use = use;
  put.generation = generation;
  put.retired = true;
  return put;
}

/// A bank, a merchant with a shop, an account and an order, and two general accounts.
class Generations : public testing::Test {
 protected:
  Generations()
      : tagger_(secrets_up_to(3)),
        vault_(ledger::Vault::in_memory(secret_of(2))),
        log_(store_, std::nullopt),
        core_(State{}, log_, vault_, tagger_),
        sealer_(vault_) {
    done(make_genesis({"test/0/1", "vkey", vault_->check_value(), tagger_.check_value()}));
    operator_ = made("operator", key(Role::kOperator, ""), 0);
    bank_ = made("bank", RegisterBank{"Bank", {std::string(kBin)}});
    merchant_ = made("hoa", RegisterMerchant{"Hoa", ""});
    shop_ = made("shop", RegisterShop{"hoa", "Shop", "06838", Day(20'270), {}, "", Day(20'300)});
    bank_key_ = made("bank-key", key(Role::kBank, "bank"));
    merchant_key_ = made("merchant-key", key(Role::kMerchant, "hoa"));
    account_ = made("account", OpenBankAccount{"hoa", std::string(kBin), std::string(kNumber), "",
                                               "shop", "QNH", false});
    for (auto* const id : {&debit_, &credit_})
      *id = ledger::account_id(ledger::AccountClass::kGeneral,
                               made("general-" + std::to_string(++general_), OpenGeneralAccount{}));
  }

  static PutKey key(Role role, std::string scope) {
    return PutKey{role, std::move(scope), {}, {}, false};
  }
  [[nodiscard]] Command by(Sequence actor, Sequence tenant, std::string id, Payload payload) const {
    return {.actor = actor, .tenant = tenant, .id = std::move(id), .payload = std::move(payload)};
  }
  [[nodiscard]] Command credit(std::string id, std::string reference, std::int64_t amount) const {
    BankCredit credit;
    credit.bank_ref = std::move(reference);
    credit.bin = kBin;
    credit.account = kNumber;
    credit.amount = Vnd(amount);
    credit.occurred_at = WallTime(kStart);
    return by(bank_key_, bank_, std::move(id), std::move(credit));
  }
  [[nodiscard]] Command order(std::string id) const {
    PutOrder put;
    put.shop = "shop";
    put.amount = Vnd(50'000);
    put.lifetime = base::kHour;
    put.page_token = "token-of-the-order";
    return by(merchant_key_, merchant_, std::move(id), std::move(put));
  }
  Reply run(Command const& command) {
    return run_prepared(prepare(command, tagger_.up_to(core_.state().tag_generation())));
  }
  Reply run_prepared(Prepared&& prepared) {
    Reply reply;
    core_.process(std::move(prepared), WallTime(kStart),
                  [&reply](Reply const& given) { reply = given; });
    auto const batch = core_.take_batch();
    if (!batch->entries.empty()) {
      EXPECT_TRUE(log_.append(seal(*batch, sealer_)));
    }
    core_.settle(Sequence(log_.size()));
    for (auto const& release : batch->releases) release();
    return reply;
  }
  Sequence made(std::string id, Payload payload, std::uint64_t actor = 1'000'000) {
    return done(
        by(actor == 0 ? Sequence(0) : operator_, Sequence(0), std::move(id), std::move(payload)));
  }
  Sequence done(Command const& command) {
    Reply const reply = run(command);
    EXPECT_EQ(reply.kind, Reply::Kind::kDecided) << base::to_string(reply.error);
    return reply.decided ? reply.decided->record.sequence : Sequence(0);
  }
  Reply announce(PutSecret const& put) {
    return run(by(Sequence(0), Sequence(0), "s" + std::to_string(++announced_), put));
  }
  void rotate() {
    auto const next = core_.state().tag_generation() + 1;
    ASSERT_EQ(announce(announcement(SecretUse::kTags, next)).kind, Reply::Kind::kDecided);
    ASSERT_EQ(core_.state().tag_generation(), next);
  }
  [[nodiscard]] State const& state() const { return core_.state(); }
  void expect_replay(Command const& command, Sequence first) {
    std::uint64_t const size = log_.size();
    Reply const reply = run(command);
    EXPECT_EQ(reply.kind, Reply::Kind::kReplayed) << command.id;
    ASSERT_TRUE(reply.decided) << command.id;
    EXPECT_EQ(reply.decided->record.sequence, first) << command.id;
    EXPECT_EQ(log_.size(), size) << command.id;
  }

  ledger::Tagger tagger_;
  std::shared_ptr<ledger::Vault const> vault_;
  ledger::MemoryStore store_;
  ledger::Log log_;
  Core core_;
  ledger::VaultCursor sealer_;
  Sequence operator_, bank_, merchant_, shop_, bank_key_, merchant_key_, account_;
  ledger::AccountId debit_, credit_;
  int general_ = 0;
  int announced_ = 0;
};

TEST_F(Generations, ARecordCarriesTheGenerationAnnouncedBeforeIt) {
  auto const announced = announce(announcement(SecretUse::kTags, 2)).decided->record;
  EXPECT_EQ(announced.kind, ledger::Kind::kSecret);
  EXPECT_EQ(announced.tag_generation, 1U) << "its own tag is of the generation before";
  auto const after = run(credit("c1", "FT1", 20'000)).decided->record;
  EXPECT_EQ(after.tag_generation, 2U);
  ledger::GenerationTagger const second(secret_of(12));
  EXPECT_EQ(after.id_tag,
            second.id_tag(
                {.tenant = bank_, .kind = ledger::Kind::kBankCredit, .id = "c1", .revision = 1}));
}

TEST_F(Generations, ARepeatFromBeforeTwoRotationsFindsItsFirstOutcome) {
  Command const paid = credit("c1", "FT1", 20'000);
  Command const asked = order("o1");
  Sequence const payment = done(paid);
  Sequence const put = done(asked);
  rotate();
  expect_replay(paid, payment);
  expect_replay(asked, put);
  rotate();
  expect_replay(paid, payment);
  auto const other = run(credit("c1", "FT1", 20'001));
  EXPECT_EQ(other.kind, Reply::Kind::kIdReused);
  EXPECT_EQ(other.decided->record.sequence, payment);
  EXPECT_EQ(state().last().value(), payment.value() + 4) << "one record of the id met again";
  EXPECT_EQ(run(credit("c1", "FT1", 20'001)).kind, Reply::Kind::kIdReused);
  EXPECT_EQ(state().last().value(), payment.value() + 4) << "and only one";
}

TEST_F(Generations, MoneyKnownUnderAnOldTagIsARepeat) {
  Sequence const payment = done(credit("c1", "FT1", 20'000));
  rotate();
  auto const repeated = run(credit("c2", "FT1", 20'000)).decided->record;
  EXPECT_EQ(static_cast<Outcome>(repeated.outcome), Outcome::kNoticeRepeated);
  EXPECT_TRUE(repeated.postings.empty());
  EXPECT_EQ(ledger::TlvReader(repeated.body).number_or(field::kOriginal, 0), payment.value());
  auto const conflict = run(credit("c3", "FT1", 30'000)).decided->record;
  EXPECT_EQ(static_cast<Outcome>(conflict.outcome), Outcome::kConflict);
  rotate();
  auto const again = run(credit("c4", "FT1", 20'000)).decided->record;
  EXPECT_EQ(static_cast<Outcome>(again.outcome), Outcome::kNoticeRepeated);
}

TEST_F(Generations, AccountsShopsAndPagesOfBeforeAreFound) {
  Sequence const asked = done(order("o1"));
  rotate();
  auto const paid = run(credit("c1", "FT1", 20'000)).decided->record;
  EXPECT_EQ(static_cast<Outcome>(paid.outcome), Outcome::kReceived);
  EXPECT_EQ(ledger::TlvReader(paid.body).number_or(field::kBankAccount, 0), account_.value());
  auto const again = run(by(
      operator_, Sequence(0), "account-2",
      OpenBankAccount{"hoa", std::string(kBin), std::string(kNumber), "", "shop", "QNH", false}));
  EXPECT_EQ(again.error.errc, Errc::kAlreadyExists);
  EXPECT_EQ(state().order_by_page(tagger_.page_tag("token-of-the-order")), asked);
  EXPECT_EQ(state().find(tagger_.id_tag({.tenant = Sequence(0),
                                         .kind = ledger::Kind::kRegisterShop,
                                         .id = "shop",
                                         .revision = 1})),
            shop_);
  Command cancel = by(merchant_key_, merchant_, "o1", CancelOrder{});
  EXPECT_EQ(run(cancel).kind, Reply::Kind::kDecided) << "its order is found by the first revision";
}

TEST_F(Generations, AHoldOfBeforeIsEndedOnce) {
  auto const hold = [&](std::string id) {
    return by(operator_, Sequence(0), std::move(id), PutHold{debit_, credit_, Vnd(100)});
  };
  PutBatch batch;
  batch.members.push_back({"h2", PutHold{debit_, credit_, Vnd(200)}});
  batch.members.push_back({"h3", PutHold{debit_, credit_, Vnd(300)}});
  done(hold("h1"));
  done(by(operator_, Sequence(0), "b1", batch));
  rotate();
  EXPECT_EQ(run(hold("h2")).kind, Reply::Kind::kIdReused) << "a batch took the id";
  for (char const* id : {"h1", "h3"}) {
    auto const found = state().find_hold(tagger_.id_tag(
        {.tenant = Sequence(0), .kind = ledger::Kind::kHold, .id = id, .revision = 1}));
    EXPECT_TRUE(found && state().holds().open(*found) != nullptr) << id;
  }
  done(by(operator_, Sequence(0), "p1", PostHold{"h1", std::nullopt}));
  PutBatch ends;
  ends.members.push_back({"", VoidHold{"h3"}});
  ends.members.push_back({"h2", PutHold{debit_, credit_, Vnd(1)}});
  EXPECT_EQ(run(by(operator_, Sequence(0), "b2", ends)).error.errc, Errc::kIdReused);
  ends.members.pop_back();
  done(by(operator_, Sequence(0), "b3", ends));
  EXPECT_EQ(state().holds().open_count(), 1U);
}

// What waits in the inbox while a generation is announced.
TEST_F(Generations, ACommandPreparedBeforeTheAnnouncementIsTaggedLikeOneAfterIt) {
  Command const first = credit("c1", "FT1", 20'000);
  Command const later = credit("c2", "FT2", 20'000);
  Sequence const payment = done(first);
  auto stale_repeat = prepare(first, tagger_.up_to(1));
  auto stale = prepare(later, tagger_.up_to(1));
  rotate();
  auto const decided = run_prepared(std::move(stale)).decided->record;
  EXPECT_EQ(decided.tag_generation, 2U);
  expect_replay(later, decided.sequence);
  auto const repeated = run_prepared(std::move(stale_repeat));
  EXPECT_EQ(repeated.kind, Reply::Kind::kReplayed);
  EXPECT_EQ(repeated.decided->record.sequence, payment);
}

TEST_F(Generations, AReplayGivesTheSameStateAndGoesOn) {
  Command const paid = credit("c1", "FT1", 20'000);
  Sequence const payment = done(paid);
  rotate();
  done(credit("c2", "FT2", 20'000));
  ledger::Log log(store_, std::nullopt);
  State again = replay_state(log, vault_).value();
  EXPECT_EQ(again.digest(), state().digest());
  Core core(std::move(again), log, vault_, tagger_);
  Reply reply;
  core.process(prepare(paid, tagger_.up_to(2)), WallTime(kStart),
               [&reply](Reply const& given) { reply = given; });
  auto const batch = core.take_batch();
  for (auto const& release : batch->releases) release();
  EXPECT_EQ(reply.kind, Reply::Kind::kReplayed);
  EXPECT_EQ(reply.decided->record.sequence, payment);
}

TEST_F(Generations, OnlyTheNextGenerationIsAnnouncedAndOnlyByTheLedger) {
  EXPECT_EQ(announce(announcement(SecretUse::kTags, 1)).error.errc, Errc::kInvalidField);
  EXPECT_EQ(announce(announcement(SecretUse::kTags, 3)).error.errc, Errc::kInvalidField);
  PutSecret unchecked = announcement(SecretUse::kTags, 2);
  unchecked.check = {};
  EXPECT_EQ(announce(unchecked).error.errc, Errc::kInvalidField);
  PutSecret other = announcement(SecretUse::kTags, 2);
  other.use = static_cast<SecretUse>(3);
  EXPECT_EQ(announce(other).error.errc, Errc::kInvalidField);
  auto const by_operator = run(by(operator_, Sequence(0), "s", announcement(SecretUse::kTags, 2)));
  EXPECT_EQ(by_operator.error.errc, Errc::kForbidden);
  Command amended = by(Sequence(0), Sequence(0), "s", announcement(SecretUse::kTags, 2));
  amended.revision = 2;
  EXPECT_EQ(run(amended).error.errc, Errc::kNotSupported);
  EXPECT_EQ(state().tag_generation(), 1U);
}

TEST_F(Generations, ADedupeSecretIsNeverRetired) {
  rotate();
  EXPECT_EQ(announce(retirement(SecretUse::kTags, 1)).error.errc, Errc::kInvalidField);
}

TEST_F(Generations, AKeyFileIsRetiredWhenAllItsKeysAreRevoked) {
  ASSERT_EQ(announce(announcement(SecretUse::kKeys, 2)).kind, Reply::Kind::kDecided);
  PutKey second = key(Role::kAuditor, "");
  second.generation = 2;
  Sequence const made_after = made("auditor", second);
  EXPECT_EQ(
      ledger::TlvReader(log_.read(made_after)->record.body).number_or(field::kKeyGeneration, 0),
      2U);
  auto const refused = announce(retirement(SecretUse::kKeys, 1));
  EXPECT_EQ(refused.error.errc, Errc::kInvalidField);
  EXPECT_NE(refused.error.detail.find("key " + std::to_string(operator_.value())),
            std::string::npos)
      << refused.error.detail;
  EXPECT_EQ(announce(retirement(SecretUse::kKeys, 2)).error.errc, Errc::kInvalidField) << "newest";
  PutKey next_operator = key(Role::kOperator, "");
  next_operator.generation = 2;
  Sequence const new_operator = made("operator-2", next_operator);
  auto const revoke = [&](std::string id, PutKey put) {
    put.revoked = true;
    Command command = by(new_operator, Sequence(0), std::move(id), put);
    command.revision = 2;
    done(command);
  };
  revoke("operator", key(Role::kOperator, ""));
  revoke("bank-key", key(Role::kBank, "bank"));
  EXPECT_EQ(announce(retirement(SecretUse::kKeys, 1)).error.errc, Errc::kInvalidField);
  revoke("merchant-key", key(Role::kMerchant, "hoa"));
  EXPECT_EQ(announce(retirement(SecretUse::kKeys, 1)).kind, Reply::Kind::kDecided);
  EXPECT_EQ(announce(retirement(SecretUse::kKeys, 1)).error.errc, Errc::kAlreadyExists);
  Command stale = by(new_operator, Sequence(0), "late", key(Role::kAuditor, ""));
  EXPECT_EQ(run(stale).error.errc, Errc::kInvalidField) << "no key is made from a retired file";
}

// Computed with Python's hmac and hashlib from docs/formats/record.md.
TEST(KeyFile, CheckIsTheKnownAnswer) {
  EXPECT_EQ(base::to_hex(key_file_check(secret_of(2))), "b78e3e9da4024a4dddbd054eccdcefcf");
}

TEST_F(Generations, SecretsAtHandAreComparedWithThoseAnnounced) {
  rotate();
  ASSERT_EQ(announce(announcement(SecretUse::kKeys, 2)).kind, Reply::Kind::kDecided);
  auto const good = secrets_up_to(2);
  auto const check = [&](ledger::SecretGenerations const& dedupe,
                         ledger::SecretGenerations const& files) {
    auto const checked = check_secrets(state(), ledger::Tagger(dedupe), files);
    return checked ? Errc{} : checked.error().errc;
  };
  EXPECT_EQ(check(good, good), Errc{});
  EXPECT_EQ(check(secrets_up_to(3), secrets_up_to(3)), Errc{}) << "left by a rotation cut short";
  auto wrong = good;
  wrong.put(2, secret_of(99));
  EXPECT_EQ(check(wrong, good), Errc::kWrongSecret);
  EXPECT_EQ(check(good, wrong), Errc::kWrongKey);
  wrong = good;
  wrong.put(1, secret_of(99));
  EXPECT_EQ(check(wrong, good), Errc::kWrongSecret);
  EXPECT_EQ(check(secrets_up_to(1), good), Errc{}) << "missing: told by Tagger::complete()";
  EXPECT_EQ(check(good, secrets_up_to(1)), Errc::kWrongKey) << "the newest is missing";
  ledger::SecretGenerations without_first;
  without_first.put(2, secret_of(12));
  EXPECT_EQ(check(good, without_first), Errc::kWrongKey) << "live keys are derived from it";
}

}  // namespace
}  // namespace qrpay::engine::test
