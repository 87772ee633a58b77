// The bounded inbox of one machine: order of arrival is the order.
#pragma once

#include <condition_variable>
#include <mutex>

#include "engine/commit_log.h"

namespace qrpay::engine {

/// A credit notice of 1 KiB makes this 64 MiB, and 0.2 s of work at 300k a second.
inline constexpr std::size_t kInboxMax = 65'536;

class LocalLog final : public CommitLog {
 public:
  explicit LocalLog(std::size_t inbox_max = kInboxMax) : inbox_max_(inbox_max) {}
  [[nodiscard]] base::Result<void> submit(Submission&& submission, Priority priority) override;
  /// All or none of them, under one lock.
  [[nodiscard]] base::Result<void> submit_all(std::vector<Submission>&& submissions,
                                              Priority priority);
  [[nodiscard]] std::vector<Submission> next(std::size_t max, std::int64_t wait_microseconds,
                                             std::size_t enough = 1) override;
  void wake() override;
  void close() override;
  [[nodiscard]] std::size_t size() const override;

 private:
  [[nodiscard]] std::size_t room_for(Priority priority) const;
  [[nodiscard]] std::size_t count() const { return inbox_.size() - taken_; }
  [[nodiscard]] bool take_notice();

  std::size_t const inbox_max_;
  mutable std::mutex mutex_;
  std::condition_variable ready_;
  std::vector<Submission> inbox_;
  std::size_t taken_ = 0;  ///< of inbox_, from its front: what is left there is empty
  std::size_t enough_ = 0;  ///< so many end the wait in next(); 0 = nobody waits
  bool woken_ = false;
  bool closed_ = false;
};

}  // namespace qrpay::engine
