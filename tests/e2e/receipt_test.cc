// Receipts as a shop gets them: text, bytes, and a QR code that is read back and checked offline.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/e2e/town.h"

namespace qrpay::e2e {
namespace {

class Receipts : public testing::Test {
 protected:
  Receipts() {
    for (int i = 0; i < 20; ++i) {
      std::string const id = "c" + std::to_string(i);
      EXPECT_EQ(town_.pay({id, "FT" + id, 1'000 + i}).status, 200);
    }
    last_ =
        static_cast<std::uint64_t>(number_at(town_.auditor.get("/readyz").json, "durable_size"));
  }
  std::string target(std::uint64_t sequence, std::string const& form) const {
    return "/v1/ledger/proof/" + std::to_string(sequence) + form;
  }
  /// Saves an answer as a file and gives its path.
  std::string save(std::string const& name, std::string const& bytes) {
    std::string const path = server_.directory() + "/" + name;
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }
  cli::Finished verify(std::string const& path) {
    return run_qrpay({"proof", "verify", path, "--key", server_.log_vkey(), "--json"});
  }

  Server server_;
  Town town_{server_};
  std::uint64_t last_ = 0;
};

TEST_F(Receipts, EveryFormSaysTheSameOffline) {
  for (std::uint64_t const sequence : {last_ - 3, last_}) {
    Answer const text = town_.till.get(target(sequence, ""));
    Answer const bytes = town_.till.get(target(sequence, "?form=compact"));
    Answer const picture = town_.till.get(target(sequence, "?form=qr"));
    ASSERT_EQ(text.status, 200) << text.text;
    ASSERT_EQ(bytes.status, 200) << bytes.text;
    ASSERT_EQ(picture.status, 200) << picture.text;
    EXPECT_EQ(bytes.header("content-type"), "application/octet-stream");
    EXPECT_EQ(picture.header("content-type"), "image/png");
    EXPECT_LE(bytes.text.size(), 1'500U);
    auto const said = [&](std::string const& name, Answer const& answer) {
      auto const checked = verify(save(name, answer.text));
      EXPECT_EQ(checked.exit_code, 0) << name << ": " << checked.output;
      auto const json = gateway::json::parse(checked.output);
      EXPECT_TRUE(json);
      EXPECT_EQ(number_at(*json, "sequence"), static_cast<std::int64_t>(sequence));
      EXPECT_EQ(text_at(*json, "kind"), "bank_credit");
      return text_at(*json, "id") + " " + std::to_string(number_at(*json, "amount"));
    };
    std::string const id = "c" + std::to_string(19 - (last_ - sequence));
    std::string const expected =
        id + " " + std::to_string(1'000 + 19 - static_cast<int>(last_ - sequence));
    EXPECT_EQ(said("receipt.txt", text), expected);
    EXPECT_EQ(said("receipt.bin", bytes), expected);
    EXPECT_EQ(said("receipt.png", picture), expected);
  }
}

TEST_F(Receipts, ACompactOneIsMadeAtTheRecordsOwnSize) {
  Answer const bytes = town_.till.get(target(last_ - 3, "?form=compact"));
  auto const checked = verify(save("receipt.bin", bytes.text));
  auto const json = gateway::json::parse(checked.output);
  ASSERT_TRUE(json) << checked.output;
  EXPECT_EQ(number_at(*json, "size"), static_cast<std::int64_t>(last_ - 3));
  EXPECT_EQ(town_.till.get(target(last_ - 3, "?form=compact")).text, bytes.text)
      << "the same again";
}

TEST_F(Receipts, AChangedOneIsFoundBad) {
  std::string bytes = town_.till.get(target(last_, "?form=compact")).text;
  for (std::size_t const at : {std::size_t{20}, bytes.size() / 2, bytes.size() - 1}) {
    std::string changed = bytes;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    EXPECT_EQ(verify(save("changed.bin", changed)).exit_code, 1) << at;
  }
  EXPECT_EQ(verify(save("cut.bin", bytes.substr(0, 100))).exit_code, 1);
  EXPECT_EQ(verify(save("none.txt", "hello\n")).exit_code, 1);
  EXPECT_EQ(run_qrpay({"proof", "verify", save("receipt.bin", bytes)}).exit_code, 2);
}

TEST_F(Receipts, AreForWhoMayReadTheRecord) {
  town_.add_merchant("lan");
  town_.add_shop("lan-cho", "lan");
  Caller other = town_.add_terminal("till-2", "lan-cho");
  for (std::string const form : {"", "?form=compact", "?form=qr"}) {
    EXPECT_EQ(other.get(target(last_, form)).status, 403) << form;
    EXPECT_EQ(Caller::nobody(server_).get(target(last_, form)).status, 401) << form;
  }
  EXPECT_EQ(town_.till.get(target(last_, "?form=pdf")).status, 400);
  EXPECT_EQ(town_.till.get(target(last_, "?cosigned=maybe")).status, 400);
  EXPECT_EQ(town_.till.get(target(last_, "?cosigned=true")).status, 502) << "no witness is there";
}

TEST_F(Receipts, ACheckpointIsCheckedToo) {
  Answer const checkpoint = Caller::nobody(server_).get("/v1/ledger/checkpoint");
  ASSERT_EQ(checkpoint.status, 200);
  auto const checked = verify(save("checkpoint", checkpoint.text));
  EXPECT_EQ(checked.exit_code, 0) << checked.output;
}

TEST_F(Receipts, AClosingIsServedAsTextAndAsACodeThatVerifies) {
  Caller anybody = Caller::nobody(server_);
  // What midnight leaves there; that it does is shown with a clock of our own elsewhere.
  std::string const note = anybody.get("/v1/ledger/checkpoint").text;
  save("data/closings/2026-01-02", note);
  Answer const text = anybody.get("/v1/ledger/closings/2026-01-02");
  EXPECT_EQ(text.status, 200);
  EXPECT_EQ(text.text, note);
  Answer const picture = anybody.get("/v1/ledger/closings/2026-01-02?form=qr");
  ASSERT_EQ(picture.status, 200) << picture.text;
  EXPECT_EQ(picture.header("content-type"), "image/png");
  auto const checked = verify(save("closing.png", picture.text));
  EXPECT_EQ(checked.exit_code, 0) << checked.output;
  Answer const list = anybody.get("/v1/ledger/closings");
  ASSERT_EQ(array_at(list.json, "closings").size(), 1U) << list.text;
  EXPECT_EQ(text_at(array_at(list.json, "closings")[0], "day"), "2026-01-02");
  EXPECT_EQ(number_at(array_at(list.json, "closings")[0], "size"),
            number_at(*gateway::json::parse(checked.output), "size"));
  EXPECT_TRUE(
      array_at(anybody.get("/v1/ledger/closings?before=2026-01-02").json, "closings").empty());
  EXPECT_EQ(anybody.get("/v1/ledger/closings/2026-01-02?form=pdf").status, 400);
}

TEST_F(Receipts, NoDayIsClosedBeforeItEnds) {
  Caller anybody = Caller::nobody(server_);
  Answer const list = anybody.get("/v1/ledger/closings");
  ASSERT_EQ(list.status, 200) << list.text;
  EXPECT_TRUE(array_at(list.json, "closings").empty());
  EXPECT_NE(text_at(list.json, "next"), "");
  EXPECT_EQ(anybody.get("/v1/ledger/closings/" + text_at(list.json, "next")).status, 404);
  EXPECT_EQ(anybody.get("/v1/ledger/closings/today").status, 400);
  EXPECT_EQ(anybody.get("/v1/ledger/closings?before=today").status, 400);
}

}  // namespace
}  // namespace qrpay::e2e
