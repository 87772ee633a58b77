// A lost disk: the ledger goes on from a backup under the next origin, and nobody is left with a
// proof that fails. A damaged end: cut, never more.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "base/bytes.h"
#include "tests/e2e/audited_town.h"

namespace qrpay::e2e {
namespace {

namespace fs = std::filesystem;

class Restore : public AuditedTown {
 protected:
  void run(std::vector<std::string> const& arguments, int code = 0) {
    auto const finished = run_qrpay(arguments);
    EXPECT_EQ(finished.exit_code, code) << arguments[1] << ": " << finished.output;
    output_ = finished.output;
  }
  void back_up() { run({"ledger", "backup", "--data", server_.data(), "--to", backup_}); }
  /// The disk with the journal is gone; vault and keys lie elsewhere and are put below a new one.
  void lose_the_disk() {
    if (!stopped_) {
      EXPECT_EQ(server_.stop(), 0);
    }
    stopped_ = true;
    fs::rename(server_.data(), lost_);
    fs::create_directory(server_.data());
    for (char const* part : {"vault", "keys"})
      fs::copy(lost_ + "/" + part, server_.data() + "/" + part, fs::copy_options::recursive);
  }
  gateway::json::Value restore() {
    run({"ledger", "restore", "--from", backup_, "--dir", server_.data(), "--json"});
    auto value = gateway::json::parse(output_);
    return value ? std::move(*value) : gateway::json::Value{};
  }
  void start() {
    server_.start();
    stopped_ = false;
  }
  std::string backup_ = server_.directory() + "/backup";
  std::string lost_ = server_.directory() + "/lost-disk";
  bool stopped_ = false;
};

TEST_F(Restore, GoesOnUnderTheNextOriginAndNobodysProofFails) {
  std::string const old = server_.log_vkey();
  std::string const kept = paid("kept");
  back_up();
  std::string const lost = paid("lost");
  ASSERT_NO_FATAL_FAILURE(export_and_verify());
  std::string const head = server_.directory() + "/head";
  fs::copy(tiles_ + "/checkpoint", head);
  lose_the_disk();
  auto const restored = restore();
  std::string const next = text_at(restored, "log_vkey");
  EXPECT_EQ(text_at(restored, "former_origin"), "qrpay.local/0/1");
  EXPECT_EQ(text_at(restored, "origin"), "qrpay.local/0/2");
  EXPECT_GT(number_at(restored, "signed_before"), number_at(restored, "size"));
  EXPECT_EQ(text_at(restored, "send_again_since").substr(0, 2), "20");

  start();
  Answer const known = town_.pay({"kept", "FTkept", 20'000});
  EXPECT_TRUE(known.replayed()) << known.text;
  Answer const again = town_.pay({"lost", "FTlost", 20'000});  // what the banks send again
  EXPECT_EQ(again.status, 200);
  EXPECT_FALSE(again.replayed());
  std::string const after = paid("after");
  EXPECT_EQ(verdict(kept, {old}), 0);
  EXPECT_EQ(verdict(lost, {old}), 0) << "what was recorded then was recorded then";
  EXPECT_EQ(verdict(after, {next}), 0);
  EXPECT_EQ(verdict(after, {old}), 1);
  EXPECT_EQ(verdict(after, {old, next}), 0);

  tiles_ += "-2";
  ASSERT_NO_FATAL_FAILURE(export_and_verify());
  for (auto const& vkey : {old, next}) EXPECT_EQ(audit(vkey, {"--kept", head}), 0) << output_;
  EXPECT_NE(output_.find("\"forks\": [\"" + head + "\"]"), std::string::npos) << output_;
  EXPECT_EQ(audit(kStranger), 1);
}

TEST_F(Restore, WhatWasNotLostIsNoFork) {
  paid("one");
  ASSERT_NO_FATAL_FAILURE(export_and_verify());
  std::string const head = server_.directory() + "/head";
  fs::copy(tiles_ + "/checkpoint", head);
  EXPECT_EQ(server_.stop(), 0);
  stopped_ = true;
  back_up();
  lose_the_disk();
  auto const restored = restore();
  EXPECT_EQ(number_at(restored, "signed_before"), number_at(restored, "size"));
  start();
  paid("two");
  tiles_ += "-2";
  ASSERT_NO_FATAL_FAILURE(export_and_verify());
  EXPECT_EQ(audit(server_.log_vkey(), {"--kept", head}), 0) << output_;
  EXPECT_NE(output_.find("\"forks\": []"), std::string::npos) << output_;
}

TEST_F(Restore, TwiceGivesTheOriginAfter) {
  paid("one");
  back_up();
  lose_the_disk();
  restore();
  start();
  paid("two");
  backup_ += "-2";
  back_up();
  lost_ += "-2";
  lose_the_disk();
  EXPECT_EQ(text_at(restore(), "origin"), "qrpay.local/0/3");
  start();
  std::string const three = paid("three");
  EXPECT_TRUE(town_.pay({"one", "FTone", 20'000}).replayed());
  ASSERT_NO_FATAL_FAILURE(export_and_verify());
  EXPECT_EQ(audit(server_.log_vkey()), 0) << output_;
}

TEST_F(Restore, AnOldCopyBesideTheNewKeysIsRefused) {
  paid("one");
  back_up();
  lose_the_disk();
  restore();
  fs::remove_all(lost_ + "/keys");
  fs::remove_all(lost_ + "/vault");
  fs::rename(server_.data() + "/keys", lost_ + "/keys");
  fs::rename(server_.data() + "/vault", lost_ + "/vault");
  run({"serve", "--dir", lost_, "--port", "0"}, 1);
  EXPECT_NE(output_.find("journal_truncated"), std::string::npos) << output_;
}

TEST_F(Restore, RefusesWhatIsNotEmptyNotOursOrNotWhole) {
  paid("one");
  back_up();
  run({"ledger", "restore", "--from", backup_, "--dir", server_.data()}, 5);
  EXPECT_NE(output_.find("data_dir_not_empty"), std::string::npos) << output_;
  lose_the_disk();
  auto const listing = [&] {
    std::vector<std::string> names;
    for (auto const& entry : fs::directory_iterator(server_.data()))
      names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
  };
  auto const refused = [&](std::string const& error, std::string const& claim) {
    auto const finished =
        run_qrpay({"ledger", "restore", "--from", backup_, "--dir", server_.data()});
    EXPECT_NE(finished.exit_code, 0) << claim;
    EXPECT_NE(finished.output.find(error), std::string::npos) << claim << ": " << finished.output;
    EXPECT_EQ(listing(), (std::vector<std::string>{"keys", "vault"})) << claim;
  };
  // The keys of another ledger.
  std::string const other = server_.directory() + "/other";
  run({"init", "--dir", other});
  std::string const secret = server_.data() + "/keys/dedupe.secret";
  std::string const own = slurp(secret);
  spill(secret, slurp(other + "/keys/dedupe.secret"));
  refused("wrong_secret", "another dedupe secret");
  spill(secret, own);
  std::string const log_key = server_.data() + "/keys/log.key";
  std::string const own_key = slurp(log_key);
  spill(log_key, slurp(other + "/keys/log.key"));
  refused("wrong_key", "another log key");
  spill(log_key, own_key);
  // A damaged backup.
  for (auto const& entry : fs::directory_iterator(backup_)) {
    if (!entry.path().filename().string().starts_with("segment-")) continue;
    std::string const content = slurp(entry.path().string());
    std::string damaged = content;
    damaged[content.size() / 2] = static_cast<char>(damaged[content.size() / 2] ^ 1);
    spill(entry.path().string(), damaged);
    refused("archive_damaged", "a damaged file");
    spill(entry.path().string(), content);
  }
  restore();
  start();
  paid("two");
}

TEST_F(Restore, OneThatWasCutShortIsBegunAgain) {
  paid("one");
  back_up();
  lose_the_disk();
  spill(server_.data() + "/UNFINISHED", "restore\n");
  fs::create_directory(server_.data() + "/journal");
  spill(server_.data() + "/journal/000001.log", "half of it");
  run({"serve", "--dir", server_.data(), "--port", "0"}, 5);
  restore();
  start();
  EXPECT_TRUE(town_.pay({"one", "FTone", 20'000}).replayed());
}

/// The last write is damaged, and the mark says that it was never told: as after a power cut in the
/// middle of it. What can be known is whole afterwards, under the next origin.
TEST_F(Restore, RepairCutsADamagedLastWriteAndBeginsTheNextOrigin) {
  std::string const receipt = paid("kept");
  server_.kill();
  start();  // the log that is written now begins here
  std::string const mark = slurp(server_.data() + "/durable");
  EXPECT_EQ(town_.pay({"torn", "FTtorn", 20'000}).status, 200);
  server_.kill();
  std::string newest;
  for (auto const& entry : fs::directory_iterator(server_.data() + "/journal"))
    if (entry.path().extension() == ".log" && entry.file_size() > 0)
      newest = std::max(newest, entry.path().string());
  std::string content = slurp(newest);
  content[content.size() - 20] = static_cast<char>(content[content.size() - 20] ^ 1);
  spill(newest, content);
  // Both marks speak of it: refused, untouched.
  run({"ledger", "repair", "--dir", server_.data()}, 1);
  EXPECT_EQ(slurp(newest), content);
  spill(server_.data() + "/durable", mark);
  std::string const signed_size = server_.data() + "/keys/high-water";
  fs::remove(signed_size);  // signed 50 ms after it; without it nobody has heard of the record
  run({"ledger", "repair", "--dir", server_.data(), "--dry-run"}, 1);
  EXPECT_EQ(slurp(newest), content);
  run({"ledger", "repair", "--dir", server_.data(), "--json"});
  auto const repaired = gateway::json::parse(output_);
  ASSERT_TRUE(repaired) << output_;
  EXPECT_EQ(text_at(*repaired, "origin"), "qrpay.local/0/2");
  start();
  EXPECT_TRUE(town_.pay({"kept", "FTkept", 20'000}).replayed());
  Answer const again = town_.pay({"torn", "FTtorn", 20'000});
  EXPECT_EQ(again.status, 200);
  EXPECT_FALSE(again.replayed());
  EXPECT_EQ(verdict(receipt, {server_.log_vkey()}), 0);
  EXPECT_EQ(verdict(paid("after"), {text_at(*repaired, "log_vkey")}), 0);
  ASSERT_NO_FATAL_FAILURE(export_and_verify());
  EXPECT_EQ(audit(server_.log_vkey()), 0) << output_;
  EXPECT_EQ(server_.stop(), 0);
  run({"ledger", "repair", "--dir", server_.data()});
  EXPECT_NE(output_.find("nothing is cut"), std::string::npos) << output_;
}

}  // namespace
}  // namespace qrpay::e2e
