#include "ledger/signer.h"

#include <chrono>

#include "base/check.h"
#include "base/files.h"

namespace qrpay::ledger {

using base::Errc;
using base::fail;
using base::Result;

CheckpointSigner::CheckpointSigner(Log const& log, LogSigners signers, std::string path)
    : log_(log), signers_(std::move(signers)), path_(std::move(path)) {
  QRPAY_CHECK(!signers_.now.empty());
}

std::vector<VerifierKey> CheckpointSigner::known_keys() const {
  std::vector<VerifierKey> keys = signers_.earlier;
  for (auto const& signer : signers_.now) keys.push_back(signer.verifier_key());
  return keys;
}

Result<std::unique_ptr<CheckpointSigner>> CheckpointSigner::open(Log const& log, NoteSigner signer,
                                                                 std::string high_water_path) {
  LogSigners signers;
  signers.now.push_back(std::move(signer));
  return open(log, std::move(signers), std::move(high_water_path));
}

Result<std::unique_ptr<CheckpointSigner>> CheckpointSigner::open(Log const& log, LogSigners signers,
                                                                 std::string high_water_path) {
  std::unique_ptr<CheckpointSigner> self(
      new CheckpointSigner(log, std::move(signers), std::move(high_water_path)));
  if (!base::file_exists(self->path_)) return self;
  QRPAY_TRY(std::string const note, base::read_file(self->path_, kNoteBytesMax));
  auto const keys = self->known_keys();
  auto const opened = open_checkpoint(note, {.log_keys = keys, .origin = keys.back().name});
  if (!opened) return fail(Errc::kWrongKey, self->path_ + ": " + to_string(opened.error()));
  Checkpoint const& checkpoint = opened->checkpoint;
  if (checkpoint.size > log.size())
    return fail(Errc::kJournalTruncated, "journal ends at " + std::to_string(log.size()) +
                                             ", but size " + std::to_string(checkpoint.size) +
                                             " was signed");
  QRPAY_TRY(Digest const root, log.root(checkpoint.size));
  if (root != checkpoint.root)
    return fail(Errc::kJournalForked, "size " + std::to_string(checkpoint.size));
  self->newest_ = {note, checkpoint.size};
  return self;
}

CheckpointSigner::~CheckpointSigner() {
  {
    std::lock_guard const lock(wake_mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void CheckpointSigner::start() {
  thread_ = std::thread([this] { run(); });
}

void CheckpointSigner::wake() { wake_.notify_one(); }

CheckpointSigner::Signed CheckpointSigner::newest() const {
  std::lock_guard const lock(mutex_);
  return newest_;
}

Result<std::string> CheckpointSigner::sign(std::uint64_t size) const {
  if (!stopped_.empty()) return fail(Errc::kSplitView, stopped_);
  if (held_) return fail(Errc::kOverloaded, "the witnesses have not been heard yet");
  Checkpoint checkpoint;
  checkpoint.origin = verifier_key().name;
  checkpoint.size = size;
  QRPAY_TRY(checkpoint.root, log_.root(size));
  std::vector<NoteSigner const*> signers;
  for (auto const& signer : signers_.now) signers.push_back(&signer);
  return sign_checkpoint(checkpoint, signers);
}

Result<CheckpointSigner::Signed> CheckpointSigner::sign_now() {
  std::lock_guard const lock(mutex_);
  return sign_now_locked();
}

Result<CheckpointSigner::Signed> CheckpointSigner::sign_now_locked() {
  std::uint64_t const size = log_.size();
  if (size == newest_.size) return newest_;
  QRPAY_TRY(std::string note, sign(size));
  QRPAY_TRY_VOID(base::replace_file_synced(path_, note));
  newest_ = {std::move(note), size};
  return newest_;
}

Result<CheckpointSigner::Signed> CheckpointSigner::sign_covered(std::uint64_t size) {
  std::lock_guard const lock(mutex_);
  if (size > newest_.size) {
    QRPAY_TRY([[maybe_unused]] Signed const now, sign_now_locked());
  }
  if (size == 0 || size > newest_.size) return fail(Errc::kInvalidField, "size");
  if (size == newest_.size) return newest_;
  QRPAY_TRY(Note const note, parse_note(newest_.note));
  QRPAY_TRY(Checkpoint const newest, parse_checkpoint(note.text));
  QRPAY_TRY(Digest const root, log_.root(size));
  QRPAY_TRY(auto const proof, log_.consistency(size, newest.size));
  // What memory or a disk has damaged since must not be signed beside what was sound.
  if (!verify_consistency({size, newest.size, root, newest.root}, proof))
    return fail(Errc::kSplitView, "the tree is not the one that was signed");
  QRPAY_TRY(std::string signed_note, sign(size));
  return Signed{std::move(signed_note), size};
}

void CheckpointSigner::stop_signing(std::string why) {
  std::lock_guard const lock(mutex_);
  if (stopped_.empty()) stopped_ = std::move(why);
}

void CheckpointSigner::hold_signing() {
  std::lock_guard const lock(mutex_);
  held_ = true;
}

void CheckpointSigner::resume_signing() {
  std::lock_guard const lock(mutex_);
  held_ = false;
}

void CheckpointSigner::run() {
  auto const interval = std::chrono::microseconds(kCheckpointInterval);
  std::unique_lock lock(wake_mutex_);
  while (!stopping_) {
    // A wake only shortens the wait when 1,000 records are there already.
    wake_.wait_for(lock, interval,
                   [&] { return stopping_ || log_.size() >= newest().size + kCheckpointRecords; });
    if (stopping_) return;
    lock.unlock();
    // A failed write leaves the last checkpoint in place; the next round tries again, and /readyz
    // shows how far it lags.
    auto const signed_now = sign_now();
    (void)signed_now.has_value();
    lock.lock();
  }
}

}  // namespace qrpay::ledger
