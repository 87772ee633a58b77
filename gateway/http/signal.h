// How other threads wake a connection's coroutine. Inner part of the server; knows Asio.
#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <mutex>
#include <utility>

namespace qrpay::gateway::http {

using Executor = boost::asio::io_context::executor_type;

/// The rest of a waiting coroutine. (Asio's any_completion_handler is no use: Boost 1.81's wraps
/// itself without end when it is moved out of a variable.)
class Waiter {
 public:
  virtual ~Waiter() = default;
  virtual void resume() = 0;
};
template <class Rest>
class WaiterOf final : public Waiter {
 public:
  explicit WaiterOf(Rest rest) : rest_(std::move(rest)) {}
  void resume() override { std::move(rest_)(); }

 private:
  Rest rest_;
};

/// Wakes the session's coroutine from any thread.
class Signal : public std::enable_shared_from_this<Signal> {
 public:
  explicit Signal(Executor const& executor) : executor_(executor) {}

  /// With nobody waiting it only makes a note: the io_context may be gone with the session.
  void ring() {
    std::lock_guard lock(mutex_);
    rung_ = true;
    if (waiter_) wake();
  }
  /// Ends after a ring() since the last wait, or for no reason: what is waited for is looked at
  /// again.
  auto wait() {
    return boost::asio::async_initiate<boost::asio::deferred_t const, void()>(
        [this](auto handler) {
          std::lock_guard lock(mutex_);
          waiter_ = std::make_unique<WaiterOf<decltype(handler)>>(std::move(handler));
          if (rung_) wake();
        },
        boost::asio::deferred);
  }
  [[nodiscard]] Executor const& executor() const { return executor_; }
  void resume() {
    std::unique_ptr<Waiter> waiter;
    {
      std::lock_guard lock(mutex_);
      rung_ = false;
      waiter = std::move(waiter_);
    }
    if (waiter) waiter->resume();
  }

 private:
  /// Now, or at the end of the thread's AnswersTogether.
  void wake();

  Executor executor_;
  std::mutex mutex_;
  std::unique_ptr<Waiter> waiter_;
  bool rung_ = false;
};

}  // namespace qrpay::gateway::http
