#include "gateway/api/pieces.h"

#include <atomic>
#include <utility>

namespace qrpay::gateway::api {

namespace {

class Pieces final : public http::ChunkSource, public std::enable_shared_from_this<Pieces> {
 public:
  using Done = std::function<void(std::optional<std::string>)>;
  Pieces(Worker& worker, NextPiece next) : worker_(worker), next_(std::move(next)) {}

  void next(Done done) override {
    // Its own copy: the worker drops a job when it stops.
    auto const queued = worker_.run([self = shared_from_this(), done] {
      if (self->cancelled_.load()) return;
      auto piece = self->next_();
      done(piece ? std::move(*piece) : std::nullopt);
    });
    if (!queued) done(std::nullopt);
  }
  void cancel() override { cancelled_.store(true); }

 private:
  Worker& worker_;
  NextPiece const next_;
  std::atomic<bool> cancelled_{false};
};

}  // namespace

std::shared_ptr<http::ChunkSource> pieces(Worker& worker, NextPiece next) {
  return std::make_shared<Pieces>(worker, std::move(next));
}

}  // namespace qrpay::gateway::api
