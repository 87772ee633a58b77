// Personal data is taken away for ever: from every file, every answer and every copy, while every
// proof still holds and no money is counted twice.
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "gateway/json/writer.h"
#include "ledger/vault.h"
#include "tests/e2e/town.h"

namespace qrpay::e2e {
namespace {

namespace fs = std::filesystem;

constexpr char kVerifier[] = QRPAY_SOURCE_DIR "/audit/verifier/qrpay_audit.py";
constexpr std::string_view kPayerBin = "970405";
constexpr std::string_view kPayerAccount = "5550009991112";

/// What must be nowhere afterwards.
constexpr std::string_view kPlanted[] = {"NGUYEN THI BIMAT", "5550009991112", "ghichubimat",
                                         "BIMATCODE7", "FTBIMAT01"};

std::string slurp(fs::path const& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string((std::istreambuf_iterator<char>(in)), {});
}

/// Files below `directory` that hold a planted text, and what they hold.
std::string planted_below(std::string const& directory) {
  std::string found;
  for (auto const& entry : fs::recursive_directory_iterator(directory)) {
    if (!entry.is_regular_file()) continue;
    std::string const content = slurp(entry.path());
    for (auto const text : kPlanted)
      if (content.find(text) != std::string::npos)
        found += entry.path().string() + ": " + std::string(text) + "\n";
  }
  return found;
}

bool shows_planted(std::string const& text) {
  for (auto const planted : kPlanted)
    if (text.find(planted) != std::string::npos) return true;
  return false;
}

std::string erasure(std::string const& what) { return "/v1/erasures/" + what; }

class Erasure : public testing::Test {
 protected:
  /// A credit by the one whose data is to go.
  [[nodiscard]] std::string credit(std::string const& id, std::string const& reference,
                                   std::int64_t amount, std::string const& memo) const {
    std::string body;
    gateway::json::Writer out(body);
    out.begin_object()
        .member("id", id)
        .member("bank_ref", reference)
        .member("account", kAccount)
        .member("amount", amount)
        .member("memo_raw", memo)
        .member("occurred_at", town_.day() + "T05:00:00.000+07:00");
    out.key("payer").begin_object().member("name", "NGUYEN THI BIMAT");
    out.member("account", kPayerAccount).member("bin", kPayerBin).end_object();
    out.end_object();
    return body;
  }
  void plant() {
    Answer const order = town_.merchant.put(
        "/v1/orders/don-bimat",
        object({{"shop", "hoa-cho"}, {"code", "BIMATCODE7"}}, {{"amount", 50'000}}));
    ASSERT_EQ(order.status, 201) << order.text;
    order_ = static_cast<std::uint64_t>(number_at(order.json, "sequence"));
    page_ = text_at(order.json, "page");
    first_ = credit("ev-1", "FTBIMAT01", 50'000, "ghichubimat BIMATCODE7");
    paid_ = pay(first_);
    ASSERT_EQ(text_at(paid_.json, "outcome"), "paid") << paid_.text;
    second_ = credit("ev-2", "FTBIMAT01-2", 20'000, "ghichubimat");
    ASSERT_EQ(text_at(pay(second_).json, "outcome"), "received");
    ASSERT_EQ(town_.pay({"ev-3", "FT-OTHER", 10'000, "ca phe"}).status, 200);
  }
  [[nodiscard]] Answer pay(std::string const& body) {
    return town_.bank.post("/v1/bank/credits", body);
  }
  [[nodiscard]] static std::uint64_t sequence(Answer const& answer) {
    return static_cast<std::uint64_t>(number_at(answer.json, "sequence"));
  }
  [[nodiscard]] Answer erase(std::string const& id, std::string const& body) {
    return town_.operators.put(erasure(id), body);
  }
  [[nodiscard]] static std::string by_payer() {
    return R"({"payer":{"bin":"970405","account":"5550009991112"},"sections":[0,1,2]})";
  }
  [[nodiscard]] static std::string by_order() {
    return R"({"order":{"id":"don-bimat","merchant":"hoa"}})";
  }
  /// Is the key of section 1 of record `record` still to be had from these files?
  [[nodiscard]] static bool derivable(std::string const& vault, std::string const& keys,
                                      std::uint64_t record) {
    auto const opened = ledger::Vault::open({vault, keys, {}});
    EXPECT_TRUE(opened) << base::to_string(opened.error());
    return opened && ledger::VaultCursor(*opened).find_keys(base::Sequence(record), 1).has_value();
  }
  /// Vault and keys as they are now.
  void copy_to(std::string const& directory) {
    for (auto const* const name : {"/vault", "/keys"}) {
      fs::create_directories(directory + name);
      fs::copy(server_.data() + name, directory + name);
    }
  }
  cli::Finished run(std::vector<std::string> arguments,
                    std::vector<std::string> const& environment = {}) {
    arguments.insert(arguments.end(), {"--dir", server_.data()});
    return run_qrpay(arguments, environment);
  }
  [[nodiscard]] std::string token_file() {
    std::string const path = server_.directory() + "/token";
    std::ofstream(path) << server_.operator_token() << "\n";
    return path;
  }

  Server server_;
  Town town_{server_};
  std::uint64_t order_ = 0;
  std::string page_;
  std::string first_;
  std::string second_;
  Answer paid_;
};

TEST_F(Erasure, ByPayerAndOrderLeavesNothingInAnswersFilesAndCopies) {
  plant();
  Answer const one = erase("e1", by_payer());
  ASSERT_EQ(one.status, 200) << one.text;
  EXPECT_EQ(number_at(one.json, "records"), 2) << one.text;
  EXPECT_NE(one.text.find(R"("complete":true)"), std::string::npos) << one.text;
  Answer const two = erase("e2", by_order());
  ASSERT_EQ(two.status, 200) << two.text;
  EXPECT_EQ(number_at(two.json, "records"), 2) << two.text;  // the order and its credit

  // Answers.
  std::string const credit_path = "/v1/bank/credits/ev-1";
  EXPECT_NE(town_.bank.get(credit_path).text.find(R"("id":null)"), std::string::npos);
  std::string const payments = "/v1/shops/hoa-cho/payments?day=" + town_.day();
  std::string const proof = "/v1/ledger/proof/" + std::to_string(order_);
  for (auto const& answer :
       {town_.bank.get(credit_path), town_.merchant.get(payments), town_.auditor.get(proof),
        town_.merchant.get("/v1/orders/don-bimat")}) {
    EXPECT_EQ(answer.status, 200) << answer.text;
    EXPECT_FALSE(shows_planted(answer.text)) << answer.text;
  }
  EXPECT_NE(town_.merchant.get("/v1/orders/don-bimat").text.find(R"("id":null)"),
            std::string::npos);
  EXPECT_EQ(Caller::nobody(server_).get(page_).status, 410);
  EXPECT_EQ(array_at(town_.merchant.get(payments).json, "data").size(), 3U);  // money stays

  // Files, those of an export and a backup among them.
  std::string const receipt = town_.auditor.get(proof).text;
  EXPECT_EQ(run({"vault", "backup", "--to", server_.directory() + "/second"}).exit_code, 0);
  EXPECT_EQ(server_.stop(), 0);
  std::string const tiles = server_.directory() + "/tiles";
  auto const exported = run_qrpay({"ledger", "export", "--tiles", tiles, "--data", server_.data(),
                                   "--keys", server_.data() + "/keys"});
  EXPECT_EQ(exported.exit_code, 0) << exported.output;
  EXPECT_EQ(planted_below(server_.directory()), "");

  // Every proof, by both verifiers.
  std::ofstream(server_.directory() + "/receipt.txt") << receipt;
  auto const proven = run_qrpay(
      {"proof", "verify", server_.directory() + "/receipt.txt", "--key", server_.log_vkey()});
  EXPECT_EQ(proven.exit_code, 0) << proven.output;
  auto const verified = run_qrpay({"ledger", "verify", server_.data()});
  EXPECT_EQ(verified.exit_code, 0) << verified.output;
  auto const audited =
      cli::run_process({"/bin/sh", "-c", "exec \"$@\" 2>&1", "sh", QRPAY_PYTHON, "-B", kVerifier,
                        "folder", tiles, "--key", server_.log_vkey()});
  ASSERT_TRUE(audited);
  EXPECT_EQ(audited->exit_code, 0) << audited->output;

  // From the projections and from the journal alone the same is gone.
  server_.start();
  EXPECT_FALSE(shows_planted(town_.merchant.get(payments).text));
  EXPECT_EQ(server_.stop(), 0);
  EXPECT_EQ(run({"ledger", "rebuild"}).exit_code, 0);
  server_.start();
  EXPECT_NE(town_.bank.get(credit_path).text.find(R"("id":null)"), std::string::npos);
  EXPECT_EQ(planted_below(server_.directory()), "");
}

TEST_F(Erasure, ARepeatFindsItsOutcomeAndTheMoneyCountsOnce) {
  plant();
  ASSERT_EQ(erase("e1", by_payer()).status, 200);
  std::size_t const before =
      array_at(town_.merchant.get("/v1/shops/hoa-cho/payments?day=" + town_.day()).json, "data")
          .size();
  for (std::string const& body : {first_, credit("ev-1", "FTBIMAT01", 50'001, "other body")}) {
    Answer const again = pay(body);
    EXPECT_EQ(again.status, 200) << again.text;
    EXPECT_TRUE(again.replayed());
    EXPECT_EQ(again.header("body-unverified"), "true");
    EXPECT_EQ(sequence(again), sequence(paid_));
    EXPECT_EQ(text_at(again.json, "outcome"), "paid");
    EXPECT_FALSE(shows_planted(again.text)) << again.text;
  }
  // Another event about the same money.
  Answer const told = pay(credit("ev-9", "FTBIMAT01", 50'000, "ghichubimat BIMATCODE7"));
  EXPECT_EQ(text_at(told.json, "outcome"), "notice_repeated") << told.text;
  EXPECT_EQ(number_at(told.json, "first"), static_cast<std::int64_t>(sequence(paid_)));
  EXPECT_EQ(
      array_at(town_.merchant.get("/v1/shops/hoa-cho/payments?day=" + town_.day()).json, "data")
          .size(),
      before);
}

TEST_F(Erasure, TheCodeOfAnErasedOrderMatchesNoMore) {
  ASSERT_EQ(town_.put_order("don-1", 30'000).status, 201);
  std::string const code = text_at(town_.till.get("/v1/orders/don-1").json, "code");
  Answer const done = erase("e1", R"({"order":{"id":"don-1","merchant":"hoa"}})");
  ASSERT_EQ(done.status, 200) << done.text;
  EXPECT_NE(text_at(town_.pay({"c1", "FT-1", 30'000, "tt " + code}).json, "outcome"), "paid");
  EXPECT_EQ(town_.till.get("/v1/orders/don-1/qr.png").status, 410);
}

TEST_F(Erasure, OldCopiesOpenOnlyWithWhatWasKeptBesideThem) {
  plant();
  std::uint64_t const record = sequence(paid_);
  std::string const old = server_.directory() + "/old";
  copy_to(old);
  EXPECT_TRUE(derivable(old + "/vault", old + "/keys", record));
  ASSERT_EQ(erase("e1", by_payer()).status, 200);
  EXPECT_EQ(server_.stop(), 0);

  // An old database with today's vault.
  EXPECT_FALSE(derivable(server_.data() + "/vault", server_.data() + "/keys", record));
  // Yesterday's vault with today's epoch key.
  auto const mixed = ledger::Vault::open({old + "/vault", server_.data() + "/keys", {}});
  ASSERT_FALSE(mixed);
  EXPECT_EQ(mixed.error().errc, base::Errc::kWrongVault);
  // Yesterday's vault and epoch key put back under today's journal: erased again at the start.
  fs::remove_all(server_.data() + "/vault");
  fs::copy(old + "/vault", server_.data() + "/vault");
  fs::copy_file(old + "/keys/epoch.key", server_.data() + "/keys/epoch.key",
                fs::copy_options::overwrite_existing);
  EXPECT_TRUE(derivable(server_.data() + "/vault", server_.data() + "/keys", record));
  server_.start();
  EXPECT_FALSE(derivable(server_.data() + "/vault", server_.data() + "/keys", record));
  EXPECT_FALSE(shows_planted(town_.bank.get("/v1/bank/credits/ev-1").text));
}

TEST_F(Erasure, ACopyThatIsAwayIsNamedUntilItHasAcknowledged) {
  plant();
  EXPECT_EQ(server_.stop(), 0);
  std::string const copy = server_.directory() + "/copy";
  std::ofstream(copy) << "not a directory";
  std::vector<std::string> const verb = {"ledger",       "erase-personal", "--id",
                                         "e1",           "--payer",        "970405:5550009991112",
                                         "--token-file", token_file()};
  std::vector<std::string> const with_copy = {"QRPAY_VAULT_COPIES=" + copy};
  auto const first = run(verb, with_copy);
  EXPECT_EQ(first.exit_code, 1) << first.output;
  EXPECT_NE(first.output.find("2 records, NOT complete"), std::string::npos) << first.output;
  EXPECT_NE(first.output.find("waiting for " + copy), std::string::npos) << first.output;
  EXPECT_EQ(run({"vault", "status"}, with_copy).exit_code, 1);
  fs::remove(copy);
  auto const second = run(verb, with_copy);
  EXPECT_EQ(second.exit_code, 0) << second.output;
  EXPECT_NE(second.output.find("2 records, complete"), std::string::npos) << second.output;
  EXPECT_EQ(run({"vault", "status", "--json"}, with_copy).exit_code, 0);
  EXPECT_FALSE(derivable(copy, server_.data() + "/keys", sequence(paid_)));
}

TEST_F(Erasure, TheSameIdIsTheSameErasureAndAnotherBodyIsRefused) {
  plant();
  Answer const first = erase("e1", R"({"record":)" + std::to_string(sequence(paid_)) + "}");
  ASSERT_EQ(first.status, 200) << first.text;
  Answer const again = erase("e1", R"({"record":)" + std::to_string(sequence(paid_)) + "}");
  EXPECT_EQ(again.text, first.text);
  EXPECT_TRUE(again.replayed());
  EXPECT_EQ(town_.auditor.get(erasure("e1")).text, first.text);
  EXPECT_EQ(erase("e1", R"({"record":2})").status, 409);
  EXPECT_EQ(town_.operators.get(erasure("e9")).status, 404);
}

TEST_F(Erasure, RefusesWhatIsNotThereAndWhoMayNot) {
  plant();
  struct Case {
    char const* body;
    int status;
  };
  for (auto const& [body, status] :
       std::initializer_list<Case>{{R"({})", 400},
                                   {R"({"record":1})", 400},
                                   {R"({"record":99999})", 404},
                                   {R"({"records":[2,99999]})", 404},
                                   {R"({"records":[]})", 400},
                                   {R"({"record":2,"sections":[15]})", 400},
                                   {R"({"record":2,"sections":[]})", 400},
                                   {R"({"record":2,"payer":{"account":"1"}})", 400},
                                   {R"({"payer":{"account":"nobody"}})", 404},
                                   {R"({"order":{"id":"none","merchant":"hoa"}})", 404},
                                   {R"({"order":{"id":"don-bimat","merchant":"none"}})", 404}}) {
    EXPECT_EQ(erase("e1", body).status, status) << body;
  }
  for (auto* caller : {&town_.bank, &town_.merchant, &town_.till, &town_.auditor})
    EXPECT_EQ(caller->put(erasure("e1"), by_payer()).status, 403);
  EXPECT_EQ(town_.merchant.get(erasure("e1")).status, 403);
  EXPECT_EQ(town_.operators.get(erasure("e1")).status, 404);  // nothing took the id
}

TEST_F(Erasure, AKillAtAnyMomentLeavesItUndoneOrDoneAfterTheNextStart) {
  plant();
  constexpr int kRounds = 6;
  for (int round = 0; round < kRounds; ++round) {
    std::string const id = "k" + std::to_string(round);
    Answer const credited = pay(credit(id, "FTBIMAT01-" + id, 1'000 + round, "ghichubimat"));
    ASSERT_EQ(credited.status, 200);
    std::string const body = R"({"record":)" + std::to_string(sequence(credited)) + "}";
    Caller asking(town_.operators);
    std::atomic<bool> sent{false};
    std::thread thread([&] {
      sent.store(true);
      static_cast<void>(asking.put(erasure(id), body));  // answered or not
    });
    while (!sent.load()) std::this_thread::yield();
    // So many answers of another caller go by before the kill.
    Caller other = Caller::nobody(server_);
    for (int i = 0; i < round * 4; ++i) static_cast<void>(other.get("/livez"));
    server_.kill();
    thread.join();
    server_.start();
    Answer const known = town_.operators.get(erasure(id));
    bool const erased = known.status == 200;
    EXPECT_EQ(derivable(server_.data() + "/vault", server_.data() + "/keys", sequence(credited)),
              !erased);
    if (erased) {
      EXPECT_NE(known.text.find(R"("complete":true)"), std::string::npos);
    }
    ASSERT_EQ(erase(id, body).status, 200);
    EXPECT_FALSE(
        derivable(server_.data() + "/vault", server_.data() + "/keys", sequence(credited)));
    EXPECT_TRUE(derivable(server_.data() + "/vault", server_.data() + "/keys", sequence(paid_)));
  }
}

TEST_F(Erasure, KeysBackupHoldsEverySecretButTheEpochKey) {
  std::string const to = server_.directory() + "/offline";
  EXPECT_EQ(run({"keys", "backup", "--to", to}).exit_code, 0);
  for (auto const* const name : {"dedupe.secret", "log.key", "server.key"})
    EXPECT_EQ(slurp(to + "/" + name), slurp(server_.data() + "/keys/" + name)) << name;
  EXPECT_FALSE(fs::exists(to + "/epoch.key"));
  EXPECT_EQ(run({"vault", "backup", "--to", to, "--with-key"}).exit_code, 0);
  EXPECT_TRUE(derivable(to, to, 2));
}

}  // namespace
}  // namespace qrpay::e2e
