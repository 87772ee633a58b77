// Real witnesses, as child processes, beside the real server: they cosign, die, come back, and know
// a database that was rolled back.
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <fstream>

#include "ledger/checkpoint.h"
#include "tests/e2e/town.h"
#include "tests/gateway/http_client.h"

namespace qrpay::e2e {
namespace {

namespace fs = std::filesystem;
using gateway::http::eventually;

/// `qrpay witness serve` of one ledger.
class WitnessProgram {
 public:
  WitnessProgram(std::string dir, std::string const& name, std::string log)
      : dir_(std::move(dir)), log_(std::move(log)) {
    auto const made = run_qrpay({"witness", "init", "--dir", dir_, "--name", name, "--json"});
    EXPECT_EQ(made.exit_code, 0) << made.output;
    vkey_ = text_at(*gateway::json::parse(made.output), "vkey");
    start("0");
  }
  void start(std::string const& port) {
    auto child = cli::Child::start(
        {QRPAY_PROGRAM, "witness", "serve", "--dir", dir_, "--log", log_, "--port", port});
    QRPAY_CHECK(child.has_value());
    auto const line = child->read_line();
    ASSERT_TRUE(line) << "the witness ended before it listened";
    url_ = *line;
    child_.emplace(std::move(*child));
  }
  void kill() {
    ::kill(child_->pid(), SIGKILL);
    EXPECT_EQ(child_->wait(), 128 + SIGKILL);
    child_.reset();
  }
  [[nodiscard]] std::string const& url() const { return url_; }
  [[nodiscard]] std::string port() const { return url_.substr(url_.rfind(':') + 1); }
  [[nodiscard]] std::string const& vkey() const { return vkey_; }
  [[nodiscard]] ledger::VerifierKey key() const { return ledger::parse_vkey(vkey_).value(); }
  /// The page for people.
  [[nodiscard]] std::string page() const {
    gateway::http::Client client(gateway::http::parse_endpoint(url_).value());
    auto const answer = client.send({"GET", "/", {}, ""});
    return answer ? answer->body : "";
  }

 private:
  std::string dir_;
  std::string log_;
  std::string vkey_;
  std::string url_;
  std::optional<cli::Child> child_;
};

class Witnesses : public testing::Test {
 protected:
  void use(std::vector<WitnessProgram const*> const& witnesses, int quorum) {
    std::string urls;
    std::string keys;
    for (auto const* witness : witnesses) {
      urls += (urls.empty() ? "\"" : ", \"") + witness->url() + "\"";
      keys += (keys.empty() ? "\"" : ", \"") + witness->vkey() + "\"";
    }
    server_.configure("[witness]\nurls = [" + urls + "]\nkeys = [" + keys +
                      "]\nquorum = " + std::to_string(quorum) + "\ninterval_ms = 50\n");
    server_.stop();
    server_.start();
  }
  void pay(int credits) {
    for (int i = 0; i < credits; ++i, ++paid_) {
      std::string const id = "c" + std::to_string(paid_);
      ASSERT_EQ(town_.pay({id, "FT" + id, 1'000}).status, 200);
    }
  }
  std::uint64_t durable() {
    return static_cast<std::uint64_t>(number_at(anybody_.get("/readyz").json, "durable_size"));
  }
  /// How many of the two cosigned what /checkpoint shows, when that covers everything.
  std::size_t cosigned_by() {
    Answer const shown = anybody_.get("/checkpoint");
    ledger::VerifierKey const log = ledger::parse_vkey(server_.log_vkey()).value();
    std::vector<ledger::VerifierKey> const keys = {bank_.key(), province_.key()};
    auto const opened = ledger::open_checkpoint(
        shown.text, {.log_keys = {&log, 1}, .origin = log.name, .witnesses = keys});
    return opened && opened->checkpoint.size == durable() ? opened->cosignatures.size() : 0;
  }
  bool has_mode(std::string const& mode) {
    return anybody_.get("/readyz").text.find("\"" + mode + "\"") != std::string::npos;
  }
  std::string save(std::string const& name, std::string const& bytes) {
    std::string const path = server_.directory() + "/" + name;
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }

  Server server_;
  Town town_{server_};
  Caller anybody_ = Caller::nobody(server_);
  WitnessProgram bank_{server_.directory() + "/bank", "witness.bank.vn/1", server_.log_vkey()};
  WitnessProgram province_{server_.directory() + "/province", "witness.quangninh.gov.vn/1",
                           server_.log_vkey()};
  int paid_ = 0;
};

TEST_F(Witnesses, TwoCosignAndReceiptsMeetAPolicy) {
  use({&bank_, &province_}, 2);
  pay(5);
  ASSERT_TRUE(eventually([&] { return cosigned_by() == 2; })) << anybody_.get("/checkpoint").text;
  std::uint64_t const last = durable();
  Answer const listed = anybody_.get("/v1/ledger/witnesses");
  EXPECT_EQ(array_at(listed.json, "witnesses").size(), 2U) << listed.text;
  EXPECT_EQ(number_at(listed.json, "cosigned_size"), static_cast<std::int64_t>(last));

  std::string const policy =
      save("policy.txt", "log " + server_.log_vkey() + "\nwitness bank " + bank_.vkey() +
                             "\nwitness province " + province_.vkey() +
                             "\ngroup both all bank province\nquorum both\n");
  std::string const target = "/v1/ledger/proof/" + std::to_string(last);
  for (std::string const form :
       {"?cosigned=true", "?form=compact&cosigned=true", "?form=qr&cosigned=true"}) {
    Answer const receipt = town_.till.get(target + form);
    ASSERT_EQ(receipt.status, 200) << form << receipt.text;
    auto const checked =
        run_qrpay({"proof", "verify", save("receipt", receipt.text), "--policy", policy, "--json"});
    EXPECT_EQ(checked.exit_code, 0) << form << checked.output;
    EXPECT_EQ(array_at(*gateway::json::parse(checked.output), "cosigned_by").size(), 2U);
  }
  // The smallest one has no cosignature, and a policy that asks for some says so.
  Answer const bare = town_.till.get(target + "?form=compact");
  EXPECT_EQ(run_qrpay({"proof", "verify", save("bare", bare.text), "--policy", policy}).exit_code,
            1);
}

TEST_F(Witnesses, OneThatIsDownIsMissedAndCatchesUpWithItsMemory) {
  use({&bank_, &province_}, 0);
  pay(3);
  ASSERT_TRUE(eventually([&] { return cosigned_by() == 2; }));
  std::string const port = province_.port();
  std::uint64_t const before = durable();
  province_.kill();
  pay(3);
  ASSERT_TRUE(eventually([&] { return cosigned_by() == 1; }));
  EXPECT_EQ(anybody_.get("/readyz").status, 200);
  province_.start(port);
  EXPECT_NE(province_.page().find("size " + std::to_string(before)), std::string::npos)
      << province_.page();
  ASSERT_TRUE(eventually([&] { return cosigned_by() == 2; }));
}

TEST_F(Witnesses, ADatabaseThatWasRolledBackIsFoundOut) {
  use({&bank_}, 1);
  pay(3);
  ASSERT_TRUE(eventually([&] { return cosigned_by() == 1; }));
  server_.stop();
  std::string const copy = server_.directory() + "/copy";
  fs::copy(server_.data(), copy, fs::copy_options::recursive);
  server_.start();
  pay(5);
  ASSERT_TRUE(eventually([&] { return cosigned_by() == 1; }));
  server_.stop();

  // The whole directory goes back, with all its own marks: only the witness remembers.
  fs::remove_all(server_.data());
  fs::copy(copy, server_.data(), fs::copy_options::recursive);
  server_.start();
  ASSERT_TRUE(eventually([&] { return has_mode("split_view"); })) << anybody_.get("/readyz").text;
  EXPECT_TRUE(fs::exists(server_.data() + "/keys/split-view"));
  // Shops go on; nothing that could disagree is signed.
  paid_ += 100;
  pay(1);
  EXPECT_EQ(anybody_.get("/readyz").status, 200);
  std::string const target = "/v1/ledger/proof/" + std::to_string(durable());
  EXPECT_EQ(town_.auditor.get(target).status, 409);
  EXPECT_EQ(town_.auditor.get(target + "?form=compact").status, 409);
  server_.stop();
  server_.start();
  EXPECT_TRUE(has_mode("split_view")) << "until a person has looked at it";
  server_.stop();

  // Without a memory of its own it does not even start.
  fs::remove_all(server_.data());
  fs::copy(copy, server_.data(), fs::copy_options::recursive);
  fs::remove(server_.data() + "/keys/high-water");
  auto const refused = server_.start_refused();
  EXPECT_EQ(refused.exit_code, 1) << refused.output;
  EXPECT_NE(refused.output.find("QRPAY-3008"), std::string::npos) << refused.output;
  // And with nobody to ask it says so.
  server_.configure("");
  server_.start();
  EXPECT_TRUE(has_mode("unprotected"));
}

TEST_F(Witnesses, AFreshLedgerIsProtectedByItsOwnMemory) { EXPECT_FALSE(has_mode("unprotected")); }

TEST_F(Witnesses, ProgramsRefuseWhatTheyCannotDo) {
  std::string const dir = server_.directory() + "/w";
  EXPECT_EQ(run_qrpay({"witness", "init", "--dir", dir}).exit_code, 2);
  EXPECT_NE(run_qrpay({"witness", "init", "--dir", dir, "--name", "a b"}).exit_code, 0);
  EXPECT_NE(run_qrpay({"witness", "serve", "--dir", dir, "--log", server_.log_vkey()}).exit_code,
            0);
  auto const bank = server_.directory() + "/bank";
  EXPECT_EQ(run_qrpay({"witness", "serve", "--dir", bank, "--log", "x"}).exit_code, 2);
  EXPECT_EQ(run_qrpay({"witness", "serve", "--dir", bank, "--log", server_.log_vkey(), "--address",
                       "0.0.0.0"})
                .exit_code,
            2);
  server_.configure("[witness]\nurls = [\"http://127.0.0.1:1\"]\n");
  server_.stop();
  EXPECT_EQ(server_.start_refused().exit_code, 3);
  server_.configure("");
  server_.start();
}

}  // namespace
}  // namespace qrpay::e2e
