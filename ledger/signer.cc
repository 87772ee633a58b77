#include "ledger/signer.h"

#include <chrono>

#include "base/files.h"

namespace qrpay::ledger {

using base::Errc;
using base::fail;
using base::Result;

CheckpointSigner::CheckpointSigner(Log const& log, NoteSigner signer, std::string path)
    : log_(log), signer_(std::move(signer)), path_(std::move(path)) {}

Result<std::unique_ptr<CheckpointSigner>> CheckpointSigner::open(Log const& log, NoteSigner signer,
                                                                 std::string high_water_path) {
  std::unique_ptr<CheckpointSigner> self(
      new CheckpointSigner(log, std::move(signer), std::move(high_water_path)));
  if (!base::file_exists(self->path_)) return self;
  QRPAY_TRY(std::string const note, base::read_file(self->path_, kNoteBytesMax));
  VerifierKey const key = self->signer_.verifier_key();
  auto const opened = open_checkpoint(note, {.log_keys = {&key, 1}, .origin = key.name});
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

Result<CheckpointSigner::Signed> CheckpointSigner::sign_now() {
  std::lock_guard const lock(mutex_);
  std::uint64_t const size = log_.size();
  if (size == newest_.size) return newest_;
  Checkpoint checkpoint;
  checkpoint.origin = signer_.verifier_key().name;
  checkpoint.size = size;
  QRPAY_TRY(checkpoint.root, log_.root(size));
  NoteSigner const* signers[] = {&signer_};
  QRPAY_TRY(std::string note, sign_checkpoint(checkpoint, signers));
  QRPAY_TRY_VOID(base::replace_file_synced(path_, note));
  newest_ = {std::move(note), size};
  return newest_;
}

void CheckpointSigner::run() {
  auto const interval = std::chrono::microseconds(kCheckpointInterval);
  std::unique_lock lock(wake_mutex_);
  while (!stopping_) {
    // A wake only shortens the wait when 1,000 records are there already.
    wake_.wait_for(lock, interval, [&] {
      return stopping_ || log_.size() >= newest().size + kCheckpointRecords;
    });
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
