// What handlers and sources on other threads leave for a connection. Inner part of the server.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "gateway/http/message.h"

namespace qrpay::gateway::http {

/// Holds one value from any thread until the connection takes it. Outlives the connection: after
/// close() it takes nothing and calls nothing.
template <class T>
class Mailbox {
 public:
  /// `wake` is called from the thread of put(), never after close() has returned.
  explicit Mailbox(std::function<void()> wake) : wake_(std::move(wake)) {}

  void put(T value) {
    std::lock_guard lock(mutex_);
    if (closed_ || value_) return;
    value_ = std::move(value);
    wake_();
  }
  [[nodiscard]] std::optional<T> take() {
    std::lock_guard lock(mutex_);
    return std::exchange(value_, std::nullopt);
  }
  void close() {
    std::lock_guard lock(mutex_);
    closed_ = true;
    value_.reset();
    wake_ = nullptr;
  }

 private:
  std::mutex mutex_;
  std::optional<T> value_;
  std::function<void()> wake_;
  bool closed_ = false;
};

/// Made once for a connection: only one request of it is being answered at a time.
class AnswerBox final : public Responder::Sink {
 public:
  explicit AnswerBox(std::function<void()> wake) : mailbox(std::move(wake)) {}
  void deliver(HttpResponse response) override { mailbox.put(std::move(response)); }

  Mailbox<HttpResponse> mailbox;
};

}  // namespace qrpay::gateway::http
