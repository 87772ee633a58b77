// Cursors over the journal: event streams of tills and waits on orders.
//
// One thread follows the durable log. A stream first catches up from its cursor by reading the
// journal, in slices, then is fed as records become durable; each event of its terminal comes once
// and in order per connection, and resuming by Last-Event-ID repeats none and misses none.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/world.h"
#include "gateway/http/message.h"
#include "gateway/notify/events.h"
#include "gateway/notify/records.h"

namespace qrpay::gateway::notify {

/// Where a stream stands: everything up to event k of this record was seen.
struct Cursor {
  Sequence sequence;
  std::uint32_t k = 0xffffffff;  ///< all of the record
  friend auto operator<=>(Cursor const&, Cursor const&) = default;
};
/// "12.0" or "12". nullopt otherwise.
[[nodiscard]] std::optional<Cursor> parse_cursor(std::string_view text);

/// Renders the data of an event; called in the hub's thread.
using RenderEvent = std::function<std::string(Event const&, DecidedPtr const&)>;

class Hub {
 public:
  static constexpr std::int64_t kHeartbeat = 15 * base::kSecond;
  static constexpr std::size_t kStreamsMax = 2'048;
  static constexpr std::size_t kWaitsMax = 4'096;
  /// A wait that began before the oldest of these looks again at once.
  static constexpr std::size_t kTouchesMax = 4'096;

  Hub(Records& records, base::Clock& clock, RenderEvent render);
  ~Hub();
  void start();
  void stop();

  /// Waits end at once from now on: answer with what is.
  [[nodiscard]] bool is_stopping() const;

  /// After each durable batch. Any thread; never waits for a reader.
  void on_durable(engine::Batch const& batch);

  /// The stream of one terminal. nullptr when kStreamsMax are open.
  struct Subscription {
    Sequence terminal;
    Sequence shop;
    std::optional<Cursor> cursor;  ///< nullopt: from now on
  };
  [[nodiscard]] std::shared_ptr<http::ChunkSource> subscribe(Subscription subscription);

  /// Calls `done` once: when a record after `seen` touches `order`, at `deadline`, or when the hub
  /// stops; in the hub's thread, or at once in the caller's. It may come early: look, then wait
  /// again. False, and no call, when kWaitsMax wait already.
  [[nodiscard]] bool wait_order(Sequence order, Sequence seen, base::Ticks deadline,
                                std::function<void()> done);

 private:
  class Stream;
  struct Wait {
    Sequence order;
    base::Ticks deadline;
    std::function<void()> done;
  };
  /// A durable record that has events.
  struct Item {
    Sequence sequence;
    DecidedPtr decided;
  };
  using Done = std::vector<std::function<void()>>;

  void run();
  void deliver(std::vector<Item> const& items);
  /// False while there is more to read.
  bool catch_up(Stream& stream);
  void send(Stream& stream, Item const& item);
  void resolve(Event& event);
  void beat(base::Ticks now);
  /// With mutex_ held.
  void touch(Sequence order, Sequence sequence, Done& done);
  void expire_waits(base::Ticks now, Done& done);

  Records& records_;
  base::Clock& clock_;
  RenderEvent render_;

  mutable std::mutex mutex_;  ///< guards what follows
  std::condition_variable wake_;
  std::vector<Item> queue_;
  Sequence durable_;
  std::vector<std::shared_ptr<Stream>> joining_;
  std::size_t streams_open_ = 0;
  std::vector<Wait> waits_;
  std::deque<std::pair<Sequence, Sequence>> touches_;  ///< (order, record), the newest kTouchesMax
  bool stopping_ = false;
  bool work_ = false;

  std::vector<std::shared_ptr<Stream>> streams_;  // hub thread only, like the rest
  Sequence processed_;
  base::Ticks last_beat_;
  std::thread thread_;
};

}  // namespace qrpay::gateway::notify
