#include "ledger/signer.h"

#include <condition_variable>
#include <mutex>
#include <thread>

#include "ledger/memory_store.h"
#include "tests/ledger/support.h"

namespace qrpay::ledger::test {
namespace {

using base::Errc;

NoteSigner note_signer(std::uint8_t seed = 1, std::string const& origin = kTestOrigin) {
  return NoteSigner::make(origin, base::Secret(base::Bytes32{seed})).value();
}

/// A log in memory and the path of a high-water file.
class Signer : public testing::Test {
 protected:
  void append(std::size_t records) {
    std::vector<Log::Sealed> batch;
    for (std::size_t i = 0; i < records; ++i)
      batch.push_back(seal_record(transfer_record(log_.size() + i + 1, random_), {}, cursor_));
    ASSERT_TRUE(log_.append(batch));
  }

  std::unique_ptr<CheckpointSigner> open() {
    auto signer = CheckpointSigner::open(log_, note_signer(), path_);
    EXPECT_TRUE(signer) << to_string(signer.error());
    return std::move(signer).value();
  }

  Errc refused(NoteSigner signer) {
    std::string const before = slurp(path_);
    auto const opened = CheckpointSigner::open(log_, std::move(signer), path_);
    EXPECT_FALSE(opened);
    EXPECT_EQ(slurp(path_), before);
    return opened ? Errc{} : opened.error().errc;
  }

  Checkpoint opened(std::string const& note) {
    VerifierKey const key = note_signer().verifier_key();
    return open_checkpoint(note, {.log_keys = {&key, 1}, .origin = kTestOrigin}).value().checkpoint;
  }

  void write_mark(std::uint64_t size, Digest const& root, std::uint8_t seed = 1,
                  std::string const& origin = kTestOrigin) {
    NoteSigner const signer = note_signer(seed, origin);
    NoteSigner const* signers[] = {&signer};
    spill(path_, sign_checkpoint({origin, size, root, {}}, signers).value());
  }

  ScratchDirectory scratch_;
  std::string path_ = scratch_.path() + "/high-water";
  MemoryStore store_;
  Log log_{store_, std::nullopt};
  VaultCursor cursor_{Vault::in_memory(base::Secret(base::Bytes32{3}))};
  std::mt19937_64 random_{1};
};

TEST_F(Signer, HasNothingBeforeTheFirstCheckpoint) {
  auto const signer = open();
  EXPECT_EQ(signer->newest().size, 0U);
  EXPECT_EQ(signer->newest().note, "");
  EXPECT_EQ(signer->sign_now()->size, 0U);
  EXPECT_FALSE(base::file_exists(path_)) << "an empty log is not signed";
}

TEST_F(Signer, SignsThePresentSizeAndRoot) {
  append(5);
  auto const signer = open();
  auto const signed_now = signer->sign_now();
  ASSERT_TRUE(signed_now);
  EXPECT_EQ(signed_now->size, 5U);
  Checkpoint const checkpoint = opened(signed_now->note);
  EXPECT_EQ(checkpoint.origin, kTestOrigin);
  EXPECT_EQ(checkpoint.size, 5U);
  EXPECT_EQ(checkpoint.root, log_.root(5).value());
  EXPECT_EQ(signer->newest().note, signed_now->note);
}

TEST_F(Signer, WritesTheMarkBeforeItGivesACheckpointOut) {
  append(5);
  auto const signer = open();
  std::string note = signer->sign_now()->note;
  EXPECT_EQ(slurp(path_), note);
  append(1);
  note = signer->sign_now()->note;
  EXPECT_EQ(slurp(path_), note);
}

TEST_F(Signer, GivesNothingOutWhenTheMarkCannotBeWritten) {
  append(5);
  auto const signer = open();
  ASSERT_TRUE(signer->sign_now());
  append(1);
  std::filesystem::create_directories(path_ + ".new");  // where the replacement would be written
  EXPECT_EQ(signer->sign_now().error().errc, Errc::kIo);
  EXPECT_EQ(signer->newest().size, 5U);
  std::filesystem::remove(path_ + ".new");
  EXPECT_EQ(signer->sign_now()->size, 6U);
}

TEST_F(Signer, SignsASizeOnce) {
  append(5);
  auto const signer = open();
  std::string const note = signer->sign_now()->note;
  EXPECT_EQ(signer->sign_now()->note, note);
}

TEST_F(Signer, ResumesFromItsMark) {
  append(5);
  std::string const note = open()->sign_now()->note;
  append(3);
  auto const signer = open();
  EXPECT_EQ(signer->newest().note, note);
  EXPECT_EQ(signer->sign_now()->size, 8U);
}

TEST_F(Signer, RefusesALogShorterThanItsMark) {
  append(5);
  write_mark(6, {});
  EXPECT_EQ(refused(note_signer()), Errc::kJournalTruncated);
}

TEST_F(Signer, RefusesAnotherRootAtTheSignedSize) {
  append(5);
  write_mark(5, log_.root(4).value());
  EXPECT_EQ(refused(note_signer()), Errc::kJournalForked);
  write_mark(4, log_.root(5).value());
  EXPECT_EQ(refused(note_signer()), Errc::kJournalForked);
}

TEST_F(Signer, RefusesAMarkOfAnotherKeyOrOrigin) {
  append(5);
  write_mark(5, log_.root(5).value(), 2);
  EXPECT_EQ(refused(note_signer()), Errc::kWrongKey);
  write_mark(5, log_.root(5).value(), 1, "log.test/0/2");
  EXPECT_EQ(refused(note_signer()), Errc::kWrongKey);
}

TEST_F(Signer, RefusesADamagedMark) {
  append(5);
  ASSERT_TRUE(open()->sign_now());
  std::string const note = slurp(path_);
  for (std::size_t i = 0; i < note.size(); ++i) {
    std::string damaged = note;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    spill(path_, damaged);
    EXPECT_EQ(refused(note_signer()), Errc::kWrongKey) << i;
  }
}

TEST_F(Signer, NeverSignsWhatFailedToBecomeDurable) {
  append(5);
  auto const signer = open();
  store_.set_fault(StoreFault::kFailAfter);
  EXPECT_FALSE(log_.append(std::vector{seal_record(transfer_record(6, random_), {}, cursor_)}));
  EXPECT_EQ(signer->sign_now()->size, 5U);
}

/// Holds appends back as a slow disk does, until released.
class SlowStore final : public Store {
 public:
  base::Result<Sequence> append(std::span<Block const> batch) override {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return released_; });
    return inner_.append(batch);
  }
  Sequence last() const override { return inner_.last(); }
  base::Result<Block> read_block(Sequence sequence) const override {
    return inner_.read_block(sequence);
  }
  base::Result<void> scan(Sequence from, Visit const& visit) const override {
    return inner_.scan(from, visit);
  }
  void wait_for_append() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return waiting_ > 0; });
  }
  void release() {
    std::lock_guard const lock(mutex_);
    released_ = true;
    changed_.notify_all();
  }

 private:
  MemoryStore inner_;
  std::mutex mutex_;
  std::condition_variable changed_;
  int waiting_ = 0;
  bool released_ = false;
};

TEST_F(Signer, NeverSignsASizeWhoseSyncIsStillRunning) {
  SlowStore store;
  Log log(store, std::nullopt);
  auto const signer = std::move(CheckpointSigner::open(log, note_signer(), path_)).value();
  auto const batch = std::vector{seal_record(transfer_record(1, random_), {}, cursor_)};
  std::thread writer([&] { EXPECT_TRUE(log.append(batch)); });
  store.wait_for_append();
  EXPECT_EQ(signer->sign_now()->size, 0U);
  EXPECT_FALSE(base::file_exists(path_));
  store.release();
  writer.join();
  EXPECT_EQ(signer->sign_now()->size, 1U);
}

TEST_F(Signer, SignsAnEarlierSizeOnlyUnderASyncedLaterOne) {
  append(9);
  auto const signer = open();
  auto const earlier = signer->sign_covered(4);
  ASSERT_TRUE(earlier) << to_string(earlier.error());
  EXPECT_EQ(opened(slurp(path_)).size, 9U) << "what covers it was signed and kept first";
  EXPECT_EQ(opened(earlier->note).size, 4U);
  EXPECT_EQ(opened(earlier->note).root, log_.root(4).value());
  EXPECT_EQ(signer->newest().size, 9U) << "the newest never goes back";
  EXPECT_EQ(signer->sign_covered(4)->note, earlier->note);
  EXPECT_EQ(signer->sign_covered(9)->note, signer->newest().note);
  EXPECT_EQ(signer->sign_covered(10).error().errc, Errc::kInvalidField);
  EXPECT_EQ(signer->sign_covered(0).error().errc, Errc::kInvalidField);
}

TEST_F(Signer, SignsNothingAnyMoreOnceItIsStopped) {
  append(5);
  auto const signer = open();
  std::string const note = signer->sign_now()->note;
  signer->stop_signing("a witness has proof");
  append(1);
  EXPECT_EQ(signer->sign_now().error().errc, Errc::kSplitView);
  EXPECT_EQ(signer->sign_covered(3).error().errc, Errc::kSplitView);
  EXPECT_EQ(signer->newest().note, note) << "what was signed stays served";
  EXPECT_EQ(slurp(path_), note);
}

TEST_F(Signer, SignsNothingNewWhileItIsHeld) {
  append(5);
  auto const signer = open();
  std::string const note = signer->sign_now()->note;
  append(1);
  signer->hold_signing();
  EXPECT_EQ(signer->sign_now().error().errc, Errc::kOverloaded);
  EXPECT_EQ(signer->sign_covered(6).error().errc, Errc::kOverloaded);
  EXPECT_EQ(signer->newest().note, note);
  signer->resume_signing();
  EXPECT_EQ(signer->sign_now()->size, 6U);
}

TEST_F(Signer, SignsBehindAWriterByItself) {
  auto const signer = open();
  signer->start();
  append(5);
  signer->wake();
  // Ends when the schedule has caught up; a signer that never signs hangs here and times out.
  while (signer->newest().size < 5) std::this_thread::yield();
  EXPECT_EQ(opened(signer->newest().note).root, log_.root(5).value());
}

TEST_F(Signer, CheckpointsOfConcurrentCallersNeverGoBack) {
  auto const signer = open();
  std::vector<std::thread> callers;
  for (int i = 0; i < 3; ++i)
    callers.emplace_back([&] {
      std::uint64_t last = 0;
      while (last < 50) {
        auto const signed_now = signer->sign_now();
        ASSERT_TRUE(signed_now);
        ASSERT_GE(signed_now->size, last);
        last = signed_now->size;
      }
    });
  for (int i = 0; i < 50; ++i) append(1);
  for (auto& caller : callers) caller.join();
  EXPECT_EQ(opened(slurp(path_)).size, 50U);
}

}  // namespace
}  // namespace qrpay::ledger::test
