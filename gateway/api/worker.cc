#include "gateway/api/worker.h"

namespace qrpay::gateway::api {

Worker::Worker(std::size_t jobs_max) : jobs_max_(jobs_max), thread_([this] { loop(); }) {}

Worker::~Worker() { stop(); }

base::Result<void> Worker::run(std::function<void()> job) {
  {
    std::lock_guard const lock(mutex_);
    if (stopping_) return base::fail(base::Errc::kShuttingDown);
    if (jobs_.size() >= jobs_max_) return base::fail(base::Errc::kOverloaded);
    jobs_.push_back(std::move(job));
  }
  ready_.notify_one();
  return {};
}

void Worker::stop() {
  {
    std::lock_guard const lock(mutex_);
    stopping_ = true;
  }
  ready_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Worker::loop() {
  for (;;) {
    std::function<void()> job;
    {
      std::unique_lock lock(mutex_);
      ready_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
      if (stopping_) return;  // a dropped job's Responder answers for itself
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    job();
  }
}

}  // namespace qrpay::gateway::api
