// Witnesses over real sockets, and the keeper that asks them.
#include <gtest/gtest.h>

#include <mutex>

#include "gateway/witness/keeper.h"
#include "gateway/witness/service.h"
#include "ledger/memory_store.h"
#include "ledger/witness_store.h"
#include "tests/gateway/http_client.h"
#include "tests/ledger/support.h"

namespace qrpay::gateway::witness {
namespace {

namespace lt = ledger::test;
using base::Errc;
using http::eventually;
using ledger::WitnessStatus;

/// A witness with its server, that can be ended and come back on another port.
class TestWitness {
 public:
  TestWitness(std::string dir, std::uint8_t seed, ledger::VerifierKey const& log)
      : dir_(std::move(dir)), log_(log) {
    lt::SeededEntropy entropy(seed);
    key_ = ledger::create_witness(dir_, "witness.test/" + std::to_string(seed), entropy).value();
    start();
  }
  void start() {
    witness_ = ledger::Witness::open(dir_, {log_}, base::system_clock()).value();
    server_ = http::start_server(make_witness_router(*witness_), base::system_clock());
  }
  void stop() {
    server_.reset();
    witness_.reset();
  }
  [[nodiscard]] WitnessAddress address() const {
    return {{{"127.0.0.1", server_->port(), false}, ""}, key_};
  }
  [[nodiscard]] ledger::VerifierKey const& key() const { return key_; }
  [[nodiscard]] ledger::Witness& witness() { return *witness_; }
  [[nodiscard]] std::uint16_t port() const { return server_->port(); }

 private:
  std::string dir_;
  ledger::VerifierKey log_;
  ledger::VerifierKey key_;
  std::unique_ptr<ledger::Witness> witness_;
  std::unique_ptr<http::Server> server_;
};

/// A log in memory, its signer and closings, and three witnesses.
class Keeping : public testing::Test {
 protected:
  Keeping() { open(); }
  ~Keeping() override { keeper_.reset(); }

  static ledger::NoteSigner note_signer() {
    return ledger::NoteSigner::make(lt::kTestOrigin, base::Secret(base::Bytes32{1})).value();
  }
  void open() {
    signer_ = std::move(ledger::CheckpointSigner::open(*log_, note_signer(), high_water())).value();
  }
  std::string high_water() const { return scratch_.path() + "/high-water"; }
  /// Records of `branch`: other branches are other histories.
  void append(ledger::Log& log, std::size_t records, std::uint64_t branch = 1,
              base::WallTime time = base::system_clock().wall()) {
    std::vector<ledger::Log::Sealed> batch;
    for (std::size_t i = 0; i < records; ++i) {
      std::uint64_t const sequence = log.size() + i + 1;
      std::mt19937_64 random(sequence * 1000 + branch);
      auto record = lt::transfer_record(sequence, random);
      record.log_time = time;
      batch.push_back(lt::seal_record(record, {}, cursor_));
    }
    ASSERT_TRUE(log.append(batch));
  }
  void append(std::size_t records) { append(*log_, records); }
  void keep(std::vector<WitnessAddress> witnesses, std::size_t quorum = 0,
            base::Clock& clock = base::system_clock()) {
    keeper_.reset();
    closings_ =
        std::move(ledger::Closings::open(*log_, *signer_, scratch_.path() + "/closings")).value();
    KeeperOptions options;
    options.interval_ms = 5;
    options.timeout_ms = 2'000;
    options.backoff_ms_max = 20;
    options.quorum = quorum;
    options.alarm_file = scratch_.path() + "/split-view";
    keeper_ = std::make_unique<CheckpointKeeper>(
        CheckpointKeeper::Parts{*signer_, *closings_, clock, ours(), std::move(witnesses),
                                [this](std::string const& line) { alarm_ = line; }},
        options);
    keeper_->start();
  }
  Ours ours() const { return {*log_, lt::kTestOrigin, {note_signer().verifier_key()}}; }
  std::size_t cosignatures_at(std::uint64_t size) {
    auto const now = keeper_->published();
    if (now.size != size) return 0;
    auto const keys = keeper_->keys();
    auto const log_key = note_signer().verifier_key();
    auto const opened = ledger::open_checkpoint(
        now.note, {.log_keys = {&log_key, 1}, .origin = lt::kTestOrigin, .witnesses = keys});
    EXPECT_TRUE(opened) << to_string(opened.error());
    return opened ? opened->cosignatures.size() : 0;
  }
  std::string genesis() {
    auto const signer = note_signer();
    ledger::NoteSigner const* signers[] = {&signer};
    return sign_checkpoint({lt::kTestOrigin, 1, log_->root(1).value(), {}}, signers).value();
  }
  std::uint64_t signed_size() { return signer_->sign_now()->size; }

  lt::ScratchDirectory scratch_;
  ledger::VaultCursor cursor_{ledger::Vault::in_memory(base::Secret(base::Bytes32{3}))};
  ledger::MemoryStore store_;
  std::unique_ptr<ledger::Log> log_ = std::make_unique<ledger::Log>(store_, std::nullopt);
  std::unique_ptr<ledger::CheckpointSigner> signer_;
  std::unique_ptr<ledger::Closings> closings_;
  TestWitness bank_{scratch_.path() + "/bank", 1, note_signer().verifier_key()};
  TestWitness province_{scratch_.path() + "/province", 2, note_signer().verifier_key()};
  std::string alarm_;
  std::unique_ptr<CheckpointKeeper> keeper_;
};

TEST_F(Keeping, EveryNewCheckpointIsCosignedByAll) {
  append(3);
  keep({bank_.address(), province_.address()});
  for (int round = 0; round < 5; ++round) {
    append(7);
    std::uint64_t const size = signed_size();
    ASSERT_TRUE(eventually([&] { return cosignatures_at(size) == 2; })) << round;
  }
  for (auto const& view : keeper_->witnesses()) {
    EXPECT_EQ(view.size, 38U);
    EXPECT_EQ(view.trouble, "");
    EXPECT_GT(view.cosigned_at, 0);
  }
}

TEST_F(Keeping, ADeadWitnessDelaysNobodyAndCatchesUp) {
  auto const bank = bank_.address();
  auto dead = province_.address();
  province_.stop();
  append(3);
  std::uint64_t size = signed_size();
  keep({bank, dead});
  ASSERT_TRUE(eventually([&] { return cosignatures_at(size) == 1; }));
  ASSERT_TRUE(eventually([&] { return !keeper_->witnesses()[1].trouble.empty(); }));
  append(3);
  ASSERT_TRUE(eventually([&] { return signer_->sign_now().has_value(); }));
  size = signed_size();
  ASSERT_TRUE(eventually([&] { return cosignatures_at(size) == 1; }));
  EXPECT_FALSE(keeper_->split_view());
  province_.start();
  keep({bank, province_.address()});  // on another port
  ASSERT_TRUE(eventually([&] { return cosignatures_at(size) == 2; }));
}

TEST_F(Keeping, NothingIsPublishedBelowTheQuorum) {
  auto const dead = province_.address();
  province_.stop();
  append(3);
  std::uint64_t const size = signed_size();
  keep({bank_.address(), dead}, 2);
  ASSERT_TRUE(eventually([&] { return keeper_->witnesses()[0].size == size; }));
  EXPECT_EQ(keeper_->published().size, 0U);
  province_.start();
  keep({bank_.address(), province_.address()}, 2);
  ASSERT_TRUE(eventually([&] { return cosignatures_at(size) == 2; }));
}

TEST_F(Keeping, ALineThatDoesNotVerifyIsNoCosignature) {
  // Answers 200 with another witness's line.
  http::Router router;
  router.add(http::Method::kPost, "/add-checkpoint",
             [](http::HttpRequest, http::Params, http::Responder respond) {
               http::HttpResponse response;
               response.body = "\u2014 liar.test/1 AAAAAAAAAAA=\n";
               respond(std::move(response));
             });
  auto const liar = http::start_server(std::move(router), base::system_clock());
  WitnessAddress address = province_.address();
  address.url.endpoint.port = liar->port();
  append(3);
  std::uint64_t const size = signed_size();
  keep({bank_.address(), address});
  ASSERT_TRUE(eventually([&] { return cosignatures_at(size) == 1; }));
  ASSERT_TRUE(eventually([&] { return !keeper_->witnesses()[1].trouble.empty(); }));
  EXPECT_FALSE(keeper_->split_view());
}

TEST_F(Keeping, AClaimWithoutProofStopsNobody) {
  http::Router router;
  router.add(http::Method::kPost, "/add-checkpoint",
             [](http::HttpRequest, http::Params, http::Responder respond) {
               http::HttpResponse response;
               response.status = 409;
               response.content_type = ledger::kLogSizeContentType;
               response.body = "1000000\n";
               respond(std::move(response));
             });
  auto const liar = http::start_server(std::move(router), base::system_clock());
  WitnessAddress address = province_.address();
  address.url.endpoint.port = liar->port();
  append(3);
  ASSERT_EQ(signed_size(), 3U);
  keep({bank_.address(), address});
  ASSERT_TRUE(eventually([&] { return keeper_->witnesses()[1].disagrees; }));
  append(1);
  ASSERT_TRUE(eventually([&] { return signer_->sign_now().has_value(); }));
  EXPECT_EQ(signed_size(), 4U);
  ASSERT_TRUE(eventually([&] { return cosignatures_at(4) == 1; }));
  EXPECT_FALSE(keeper_->split_view());
  EXPECT_EQ(alarm_, "");
  // Before the first signature of a ledger that remembers nothing, a claim is all there is.
  WitnessAddress const only[] = {address};
  EXPECT_EQ(ask_memory(only, ours(), genesis(), {}).error().errc, Errc::kJournalTruncated);
}

TEST_F(Keeping, ProofOfAnotherHistoryStopsTheSignerForGood) {
  append(3);
  // The same key signs another history, and the province has seen it.
  ledger::MemoryStore store;
  ledger::Log other(store, std::nullopt);
  append(other, 9, /*branch=*/2);
  auto const signer = note_signer();
  ledger::NoteSigner const* signers[] = {&signer};
  std::string const forked =
      sign_checkpoint({lt::kTestOrigin, 9, other.root(9).value(), {}}, signers).value();
  ASSERT_EQ(
      province_.witness().add_checkpoint(ledger::format_add_checkpoint({0, {}, forked}))->status,
      WitnessStatus::kCosigned);
  append(10);
  std::uint64_t const size = signed_size();
  keep({bank_.address(), province_.address()});
  ASSERT_TRUE(eventually([&] { return keeper_->split_view(); }));
  ASSERT_TRUE(eventually([&] { return cosignatures_at(size) == 1; }));
  append(1);
  EXPECT_EQ(signer_->sign_now().error().errc, Errc::kSplitView);
  keeper_->stop();
  EXPECT_NE(alarm_.find("another root at size 9"), std::string::npos) << alarm_;
  // The alarm outlives the process, with the proof in it, until a person takes it away.
  std::string const alarm_file = scratch_.path() + "/split-view";
  EXPECT_NE(lt::slurp(alarm_file).find(ledger::parse_note(forked)->text), std::string::npos);
  open();
  keep({bank_.address()});
  EXPECT_TRUE(keeper_->split_view());
  EXPECT_EQ(signer_->sign_now().error().errc, Errc::kSplitView);
  std::filesystem::remove(alarm_file);
  open();
  keep({bank_.address()});
  EXPECT_TRUE(eventually([&] { return signer_->sign_now().has_value(); }));
}

TEST_F(Keeping, NothingIsSignedBeforeTheWitnessesWereHeard) {
  append(3);
  ASSERT_EQ(signed_size(), 3U);
  // Accepts a request and keeps it until the test ends.
  std::vector<http::Responder> waiting;
  std::mutex mutex;
  http::Router router;
  router.add(http::Method::kPost, "/add-checkpoint",
             [&](http::HttpRequest, http::Params, http::Responder respond) {
               std::lock_guard const lock(mutex);
               waiting.push_back(std::move(respond));
             });
  auto const slow = http::start_server(std::move(router), base::system_clock());
  WitnessAddress address = province_.address();
  address.url.endpoint.port = slow->port();
  http::ManualClock clock;
  keep({bank_.address(), address}, 0, clock);
  ASSERT_TRUE(eventually([&] { return cosignatures_at(3) == 1; }));
  append(1);
  EXPECT_EQ(signer_->sign_now().error().errc, Errc::kOverloaded);
  clock.advance(3 * base::kSecond);  // it had its time
  ASSERT_TRUE(eventually([&] { return signer_->sign_now().has_value(); }));
  {
    std::lock_guard const lock(mutex);
    waiting.clear();
  }
  keeper_.reset();
}

TEST_F(Keeping, MemoryOfWitnessesRefusesARolledBackLog) {
  append(5);
  ASSERT_EQ(signed_size(), 5U);
  WitnessAddress const witnesses[] = {bank_.address(), province_.address()};
  // Nobody has heard of the log yet.
  EXPECT_EQ(ask_memory(witnesses, ours(), genesis(), {}).value(), 0U);
  keep({witnesses[0], witnesses[1]});
  ASSERT_TRUE(eventually([&] { return cosignatures_at(5) == 2; }));
  keeper_.reset();
  EXPECT_EQ(ask_memory(witnesses, ours(), genesis(), {}).value(), 2U);

  ledger::MemoryStore shorter;
  ledger::Log rolled_back(shorter, std::nullopt);
  append(rolled_back, 4);
  Ours const less{rolled_back, lt::kTestOrigin, {note_signer().verifier_key()}};
  auto const refused = ask_memory(witnesses, less, genesis(), {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().errc, Errc::kJournalTruncated);
  ledger::MemoryStore forked_store;
  ledger::Log forked(forked_store, std::nullopt);
  append(forked, 8, /*branch=*/2);
  Ours const aside{forked, lt::kTestOrigin, {note_signer().verifier_key()}};
  EXPECT_EQ(ask_memory(witnesses, aside, genesis(), {}).error().errc, Errc::kJournalForked);
}

TEST_F(Keeping, AClosingIsCosignedBeforeWhatComesAfterIt) {
  http::ManualClock clock;
  base::Day const today = base::business_day(clock.wall());
  base::WallTime const midnight = base::start_of(base::Day(today.days() + 1));
  append(*log_, 3, 1, clock.wall());
  ASSERT_EQ(signed_size(), 3U);
  keep({bank_.address(), province_.address()}, 2, clock);
  // The clock stands still, so rounds end when all have answered.
  ASSERT_TRUE(eventually([&] { return cosignatures_at(3) == 2; }));
  append(*log_, 4, 1, base::later(midnight, -1));
  append(*log_, 5, 1, midnight);
  clock.advance(midnight.microseconds() - clock.wall().microseconds());
  ASSERT_EQ(signed_size(), 12U);
  ASSERT_TRUE(eventually([&] { return cosignatures_at(12) == 2; }));
  auto const closing = closings_->find(today);
  ASSERT_TRUE(closing) << to_string(closing.error());
  EXPECT_EQ(closing->size, 7U);
  auto const note = ledger::parse_note(closing->note).value();
  for (auto const& key : keeper_->keys())
    EXPECT_TRUE(ledger::verify_cosignature(note, key)) << key.name;
}

TEST_F(Keeping, TheWitnessServesWhatItCosigned) {
  append(6);
  std::uint64_t const size = signed_size();
  keep({bank_.address()});
  ASSERT_TRUE(eventually([&] { return cosignatures_at(size) == 1; }));
  std::string const path = "/" + ledger::witness_log_id(lt::kTestOrigin) + "/checkpoint";
  auto const reply = http::TestClient(bank_.port()).ask(http::get(path));
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, keeper_->published().note);
  EXPECT_EQ(http::TestClient(province_.port()).ask(http::get(path)).status, 404);
  auto const page = http::TestClient(bank_.port()).ask(http::get("/"));
  EXPECT_NE(page.body.find("log " + std::string(lt::kTestOrigin) + "\nsize 6\n"), std::string::npos)
      << page.body;
  auto const stale =
      http::TestClient(bank_.port())
          .ask(http::post("/add-checkpoint",
                          ledger::format_add_checkpoint({0, {}, signer_->newest().note})));
  EXPECT_EQ(stale.status, 409);
  EXPECT_EQ(stale.header("Content-Type"), "text/x.tlog.size");
  EXPECT_EQ(stale.body, "6\n");
}

TEST(WitnessAddresses, BelongTogetherInOrder) {
  std::string const key = format_vkey(
      ledger::CosignatureSigner::make("w/1", base::Secret(base::Bytes32{1}))->verifier_key());
  std::string const log =
      format_vkey(ledger::NoteSigner::make("w/1", base::Secret(base::Bytes32{1}))->verifier_key());
  auto const one = parse_addresses({"https://witness.example/a/"}, {key});
  ASSERT_TRUE(one) << to_string(one.error());
  EXPECT_EQ(one->front().url.endpoint.host, "witness.example");
  EXPECT_EQ(one->front().url.endpoint.port, 443);
  EXPECT_EQ(one->front().url.prefix, "/a");
  EXPECT_TRUE(parse_addresses({}, {}));
  EXPECT_FALSE(parse_addresses({"http://a"}, {}));
  EXPECT_FALSE(parse_addresses({"http://a"}, {log}));
  EXPECT_FALSE(parse_addresses({"ftp://a"}, {key}));
  EXPECT_FALSE(parse_addresses({"http://a", "http://b"}, {key, key}));
}

}  // namespace
}  // namespace qrpay::gateway::witness
