#include "gateway/http/signal.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <vector>

#include "base/check.h"
#include "gateway/http/server.h"

namespace qrpay::gateway::http {

namespace asio = boost::asio;

namespace {

// Of the thread's AnswersTogether: whom to wake at its end. nullptr: there is none.
thread_local std::vector<std::shared_ptr<Signal>>* kept_back = nullptr;

}  // namespace

void Signal::wake() {
  if (kept_back != nullptr) return kept_back->push_back(shared_from_this());
  asio::post(executor_, [self = shared_from_this()] { self->resume(); });
}

AnswersTogether::AnswersTogether() {
  QRPAY_CHECK(kept_back == nullptr);
  kept_back = new std::vector<std::shared_ptr<Signal>>;
}

AnswersTogether::~AnswersTogether() {
  std::unique_ptr<std::vector<std::shared_ptr<Signal>>> const kept(
      std::exchange(kept_back, nullptr));
  // One post for each of the few server threads.
  while (!kept->empty()) {
    auto const executor = kept->back()->executor();
    auto const others = std::partition(kept->begin(), kept->end(), [&](auto const& signal) {
      return signal->executor() != executor;
    });
    asio::post(executor, [signals = std::vector(others, kept->end())] {
      for (auto const& signal : signals) signal->resume();
    });
    kept->erase(others, kept->end());
  }
}

}  // namespace qrpay::gateway::http
