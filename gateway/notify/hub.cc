#include "gateway/notify/hub.h"

#include <algorithm>
#include <charconv>
#include <chrono>

#include "ledger/fields.h"
#include "ledger/tlv.h"

namespace qrpay::gateway::notify {

namespace {

constexpr std::size_t kBufferBytesMax = std::size_t{256} << 10;  // then the client must resume
constexpr std::size_t kCatchUpSlice = 2'000;  // records read for one stream before the next
constexpr auto kRound = std::chrono::milliseconds(200);  // how late a deadline may be noticed

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t value = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::optional<Cursor> parse_cursor(std::string_view text) {
  std::size_t const dot = text.find('.');
  auto const sequence = parse_number(text.substr(0, dot));
  if (!sequence) return std::nullopt;
  Cursor cursor{Sequence(*sequence)};
  if (dot == std::string_view::npos) return cursor;
  auto const k = parse_number(text.substr(dot + 1));
  if (!k || *k > 0xffff) return std::nullopt;
  cursor.k = static_cast<std::uint32_t>(*k);
  return cursor;
}

/// Filled by the hub, emptied by the connection.
class Hub::Stream final : public http::ChunkSource {
 public:
  Stream(Sequence terminal, Sequence shop, Cursor cursor)
      : terminal_(terminal), shop_(shop), cursor_(cursor) {}

  void next(std::function<void(std::optional<std::string>)> done) override {
    std::unique_lock lock(mutex_);
    if (buffer_.empty() && !ended_) {
      waiting_ = std::move(done);
      return;
    }
    std::optional<std::string> piece;
    if (!buffer_.empty()) piece = std::exchange(buffer_, {});
    lock.unlock();
    done(std::move(piece));
  }
  void cancel() override { end(); }

  void push(std::string_view text) {
    std::unique_lock lock(mutex_);
    if (ended_) return;
    buffer_ += text;
    if (buffer_.size() > kBufferBytesMax) ended_ = true;
    flush(lock);
  }
  void end() {
    std::unique_lock lock(mutex_);
    ended_ = true;
    flush(lock);
  }
  [[nodiscard]] bool ended() const {
    std::lock_guard const lock(mutex_);
    return ended_;
  }
  [[nodiscard]] bool wants(Event const& event) const {
    return event.shop == shop_ && (event.terminal == Sequence(0) || event.terminal == terminal_);
  }
  [[nodiscard]] Cursor const& cursor() const { return cursor_; }
  void advance(Cursor const& cursor) { cursor_ = std::max(cursor_, cursor); }

 private:
  void flush(std::unique_lock<std::mutex>& lock) {
    if (!waiting_) return;
    auto const done = std::exchange(waiting_, nullptr);
    std::optional<std::string> piece;
    if (!buffer_.empty()) piece = std::exchange(buffer_, {});
    lock.unlock();
    done(std::move(piece));
  }

  Sequence const terminal_;
  Sequence const shop_;
  Cursor cursor_;  // hub thread only
  mutable std::mutex mutex_;
  std::string buffer_;
  std::function<void(std::optional<std::string>)> waiting_;
  bool ended_ = false;
};

Hub::Hub(Records& records, base::Clock& clock, RenderEvent render)
    : records_(records),
      clock_(clock),
      render_(std::move(render)),
      durable_(records.log().size()),
      processed_(durable_),
      last_beat_(clock.ticks()) {}

Hub::~Hub() { stop(); }

void Hub::start() {
  thread_ = std::thread([this] { run(); });
}

void Hub::stop() {
  {
    std::lock_guard const lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool Hub::is_stopping() const {
  std::lock_guard const lock(mutex_);
  return stopping_;
}

void Hub::on_durable(engine::Batch const& batch) {
  std::vector<Item> items;
  for (auto const& entry : batch.entries)
    if (!events_of(entry.decided->record).empty())
      items.push_back({entry.decided->record.sequence, entry.decided});
  {
    std::lock_guard const lock(mutex_);
    durable_ = batch.entries.back().decided->record.sequence;
    if (items.empty()) return;  // heartbeats tell the sequence in time
    queue_.insert(queue_.end(), items.begin(), items.end());
    work_ = true;
  }
  wake_.notify_one();
}

std::shared_ptr<http::ChunkSource> Hub::subscribe(Subscription subscription) {
  std::shared_ptr<Stream> stream;
  {
    std::lock_guard const lock(mutex_);
    if (stopping_ || streams_open_ >= kStreamsMax) return nullptr;
    ++streams_open_;
    Cursor const cursor = subscription.cursor.value_or(Cursor{durable_});
    bool const from_the_future = cursor.sequence > durable_;
    stream = std::make_shared<Stream>(subscription.terminal, subscription.shop,
                                      from_the_future ? Cursor{durable_} : cursor);
    std::string head = "retry: 2000\n\n";
    // A ledger that was restored, or another one: what the client remembers is not ours.
    if (from_the_future)
      head += "id: " + std::to_string(durable_.value()) + "\nevent: reset\ndata: {}\n\n";
    stream->push(head);
    joining_.push_back(stream);
    work_ = true;
  }
  wake_.notify_one();
  return stream;
}

bool Hub::wait_order(Sequence order, Sequence seen, base::Ticks deadline,
                     std::function<void()> done) {
  {
    std::lock_guard const lock(mutex_);
    bool const overlooked = touches_.size() == kTouchesMax && touches_.front().second > seen;
    bool const touched = std::any_of(touches_.rbegin(), touches_.rend(), [&](auto const& touch) {
      return touch.first == order && touch.second > seen;
    });
    if (!stopping_ && !touched && !overlooked) {
      if (waits_.size() >= kWaitsMax) return false;
      waits_.push_back({order, deadline, std::move(done)});
      return true;
    }
  }
  done();
  return true;
}

void Hub::touch(Sequence order, Sequence sequence, Done& done) {
  touches_.emplace_back(order, sequence);
  if (touches_.size() > kTouchesMax) touches_.pop_front();
  auto const waits_for_it = [&](Wait& wait) {
    if (wait.order != order) return false;
    done.push_back(std::move(wait.done));
    return true;
  };
  waits_.erase(std::remove_if(waits_.begin(), waits_.end(), waits_for_it), waits_.end());
}

void Hub::expire_waits(base::Ticks now, Done& done) {
  auto const is_over = [&](Wait& wait) {
    if (wait.deadline > now && !stopping_) return false;
    done.push_back(std::move(wait.done));
    return true;
  };
  waits_.erase(std::remove_if(waits_.begin(), waits_.end(), is_over), waits_.end());
}

// A Tick's leaf names orders only; their own records name shop and terminal.
void Hub::resolve(Event& event) {
  if (event.shop != Sequence(0) || event.order == Sequence(0)) return;
  auto const order = records_.read(event.order);
  if (!order) return;
  ledger::TlvReader const body((*order)->record.body);
  event.shop = Sequence(body.number_or(ledger::field::kShop, 0));
  event.terminal = Sequence(body.number_or(ledger::field::kTerminal, 0));
}

void Hub::send(Stream& stream, Item const& item) {
  for (auto event : events_of(item.decided->record)) {
    Cursor const at{item.sequence, event.k};
    if (at <= stream.cursor()) continue;
    resolve(event);
    if (!stream.wants(event)) continue;
    std::string text = "id: " + std::to_string(item.sequence.value()) + "." +
                       std::to_string(event.k) + "\nevent: ";
    text += event_type_name(event.type);
    text += "\ndata: " + render_(event, item.decided) + "\n\n";
    stream.push(text);
  }
  stream.advance({item.sequence});
}

void Hub::deliver(std::vector<Item> const& items) {
  for (auto const& item : items)
    for (auto const& stream : streams_)
      // One that is still catching up will read this record from the journal.
      if (stream->cursor().sequence >= processed_) send(*stream, item);
}

bool Hub::catch_up(Stream& stream) {
  if (stream.cursor().sequence >= processed_ || stream.ended()) return true;
  std::size_t left = kCatchUpSlice;
  // From the cursor's own record on: some of its events may not have been seen.
  auto const scanned = records_.scan(stream.cursor().sequence, [&](DecidedPtr const& decided) {
    Sequence const at = decided->record.sequence;
    if (at > processed_ || left == 0) return false;
    --left;
    send(stream, {at, decided});
    return true;
  });
  if (!scanned) stream.end();  // the client asks again; /readyz tells what is wrong
  return stream.cursor().sequence >= processed_ || stream.ended();
}

void Hub::beat(base::Ticks now) {
  if (now.microseconds() - last_beat_.microseconds() < kHeartbeat) return;
  last_beat_ = now;
  for (auto const& stream : streams_)
    if (stream->cursor().sequence >= processed_)
      stream->push("id: " + std::to_string(processed_.value()) + "\n\n");
}

void Hub::run() {
  bool behind = false;
  for (;;) {
    std::vector<Item> items;
    std::vector<std::shared_ptr<Stream>> joining;
    Done done;
    Sequence durable;
    bool stopping = false;
    {
      std::unique_lock lock(mutex_);
      if (!behind) wake_.wait_for(lock, kRound, [this] { return work_ || stopping_; });
      work_ = false;
      items.swap(queue_);
      joining.swap(joining_);
      durable = durable_;
      stopping = stopping_;
      for (auto const& item : items)
        for (auto const& event : events_of(item.decided->record))
          if (event.order != Sequence(0)) touch(event.order, item.sequence, done);
      expire_waits(clock_.ticks(), done);
    }
    for (auto const& finished : done) finished();
    streams_.insert(streams_.end(), joining.begin(), joining.end());
    deliver(items);
    for (auto const& stream : streams_)
      if (stream->cursor().sequence >= processed_) stream->advance({durable});
    processed_ = durable;
    behind = false;
    for (auto const& stream : streams_) behind = !catch_up(*stream) || behind;
    beat(clock_.ticks());
    auto const gone = std::remove_if(streams_.begin(), streams_.end(),
                                     [](auto const& stream) { return stream->ended(); });
    auto const ended = static_cast<std::size_t>(streams_.end() - gone);
    streams_.erase(gone, streams_.end());
    std::lock_guard const lock(mutex_);
    streams_open_ -= ended;
    if (stopping) break;
  }
  for (auto const& stream : streams_) stream->end();
}

}  // namespace qrpay::gateway::notify
