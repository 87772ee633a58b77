#include "gateway/http/session.h"

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <optional>
#include <utility>

#include "gateway/http/input_buffer.h"
#include "gateway/http/mailbox.h"
#include "gateway/http/problem.h"
#include "gateway/http/request_reader.h"
#include "gateway/http/response_text.h"
#include "gateway/http/signal.h"

namespace qrpay::gateway::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using tcp = asio::ip::tcp;
using Socket = asio::basic_stream_socket<tcp, Executor>;
using TlsStream = asio::ssl::stream<Socket>;
template <class T>
using Task = asio::awaitable<T, Executor>;

// Errors come as values, and no frame is allocated for an operation.
constexpr auto kAwait = asio::as_tuple(asio::deferred);

constexpr std::size_t kReadBytes = 4 * 1024;          // one read; a request fits as a rule
constexpr std::size_t kBodyReadBytes = 16 * 1024;     // one read of a body
constexpr std::size_t kOutBytesMax = 64 * 1024;       // pipelined answers kept before a write
constexpr std::size_t kCopyBytesMax = 16 * 1024;      // a larger body is written from where it is
constexpr std::size_t kWriteBytes = 64 * 1024;        // one deadline each
constexpr std::size_t kLingerBytesMax = 1024 * 1024;  // read after a refusal, so it arrives
constexpr std::int64_t kLingerTime = 2 * base::kSecond;
constexpr std::size_t kStreamInputBytesMax = 64 * 1024;  // what a client may say during a stream
constexpr int kChunksInARow = 16;  // before other connections of the thread get a turn

// Under g++ 12 this crashed with awaits inside conditions and class arguments of member coroutines;
// so awaits stand alone, and member coroutines find what they need in members.
template <class Stream>
class SessionOf final : public Session, public std::enable_shared_from_this<SessionOf<Stream>> {
  static constexpr bool kTls = std::is_same_v<Stream, TlsStream>;

 public:
  SessionOf(Worker& worker, Connection connection, Stream stream)
      : worker_(worker),
        shared_(*worker.shared),
        connection_(std::move(connection)),
        stream_(std::move(stream)),
        reader_(shared_.limits, shared_.router),
        signal_(std::make_shared<Signal>(worker.context->get_executor())),
        answers_(std::make_shared<AnswerBox>([signal = signal_] { signal->ring(); })) {
    worker_.sessions.insert(this);
  }
  ~SessionOf() override {
    worker_.sessions.erase(this);
    answers_->mailbox.close();
  }

  void sweep(base::Ticks now) override {
    if (deadline_ == 0 || now.microseconds() < deadline_) return;
    deadline_ = 0;
    timed_out_ = true;
    cancel();
  }
  void drain() override {
    bool const owes_nothing = phase_ == Phase::kIdle && out_.empty();
    if (owes_nothing || phase_ == Phase::kClosing) cancel();
    if (phase_ == Phase::kStream) end_stream();
  }
  void abandon() override {
    abandoned_ = true;
    close_socket();
    end_stream();
  }

  static Task<void> run(std::shared_ptr<SessionOf> self) {
    co_await self->serve();
    self->close_socket();
  }

 private:
  enum class Phase { kHandshake, kIdle, kRequest, kHandler, kStream, kClosing };
  using Stage = RequestReader::Stage;

  Socket& socket() {
    if constexpr (kTls) {
      return stream_.next_layer();
    } else {
      return stream_;
    }
  }
  void cancel() {
    error_code ignored;  // a closed socket has nothing to cancel
    socket().cancel(ignored);
  }
  void close_socket() {
    error_code ignored;  // nothing can be done about a failing close
    socket().close(ignored);
  }
  void end_stream() {
    gone_ = true;
    signal_->ring();
  }
  void set_deadline(std::int64_t microseconds) {
    timed_out_ = false;
    deadline_ = shared_.clock->ticks().microseconds() + microseconds;
  }

  Task<void> serve() {
    if constexpr (kTls) {
      set_deadline(shared_.limits.header_timeout_ms * 1000);
      auto [ec] = co_await stream_.async_handshake(asio::ssl::stream_base::server, kAwait);
      if (ec) co_return;
    }
    // A new connection has to say something sooner than one that has proved useful.
    std::int64_t patience_ms = shared_.limits.header_timeout_ms;
    bool open = true;
    while (open) {
      begin_request(patience_ms);
      patience_ms = shared_.limits.idle_timeout_ms;
      bool ready = advance();
      while (!ready) {
        if (!write_now_or_empty()) {
          bool const written = co_await flush();
          if (!written) co_return;
        }
        if (phase_ == Phase::kIdle && shared_.draining.load()) co_return;
        auto const room =
            input_.room(reader_.stage() == Stage::kBody ? kBodyReadBytes : kReadBytes);
        auto [ec, bytes] =
            co_await stream_.async_read_some(asio::buffer(room.data(), room.size()), kAwait);
        if (!ec) {
          input_.commit(bytes);
          ready = advance();
        } else {
          if (!timed_out_ || phase_ == Phase::kIdle) co_return;
          reader_.refuse_late();
          ready = true;
        }
      }
      deadline_ = 0;
      if (reader_.stage() == Stage::kRefused) {
        refused_ = true;
        keep_alive_ = false;
        answer_ = std::move(reader_.refusal());
      } else {
        keep_alive_ = reader_.keep_alive();
        if (!call_handler()) {
          bool const answered = co_await wait_for_answer();
          if (!answered) co_return;
        }
        if (shared_.draining.load()) keep_alive_ = false;
      }
      if (!put_answer()) {
        bool const sent = co_await send_rest();
        if (!sent) co_return;
      }
      open = keep_alive_;
    }
    co_await finish();
  }

  void begin_request(std::int64_t patience_ms) {
    reader_.begin();
    phase_ = Phase::kIdle;
    set_deadline(patience_ms * 1000);
  }

  // Parses what is there. True when the request is whole or refused, false when more is needed.
  bool advance() {
    while (input_.size() > 0) {
      auto const before = reader_.stage();
      if (before == Stage::kIdle) arrived_ = shared_.clock->ticks();
      auto const used = reader_.read(input_.text());
      input_.consume(used);
      auto const stage = reader_.stage();
      if (stage == Stage::kWhole || stage == Stage::kRefused) return true;
      if (stage != before) start_stage(stage);
      if (reader_.take_expectation() && input_.size() == 0) out_ += "HTTP/1.1 100 Continue\r\n\r\n";
      if (used == 0) return false;
    }
    return false;
  }

  void start_stage(Stage stage) {
    phase_ = Phase::kRequest;
    timed_out_ = false;
    if (stage == Stage::kHead) {
      deadline_ = arrived_.microseconds() + shared_.limits.header_timeout_ms * 1000;
    } else {
      set_deadline(shared_.limits.body_timeout_ms * 1000);
    }
  }

  // True when answer_ is there already.
  bool call_handler() {
    auto& match = reader_.match();
    if (match.route == nullptr) {
      answer_ = std::move(match.answer);
      return true;
    }
    phase_ = Phase::kHandler;
    auto& request = reader_.request();
    request.peer = connection_.peer();
    request.arrived = arrived_;
    request.over_tls = kTls;
    match.route->handler(std::move(request), std::move(match.params), Responder(answers_));
    answer_ = answers_->mailbox.take();
    return answer_.has_value();
  }

  // False when the server stops first.
  Task<bool> wait_for_answer() {
    // What is answered already must not wait for this one.
    if (!out_.empty()) {
      bool const written = co_await flush();
      if (!written) abandoned_ = true;
    }
    phase_ = Phase::kHandler;
    for (;;) {
      answer_ = answers_->mailbox.take();
      if (answer_) co_return true;
      if (abandoned_) co_return false;
      co_await signal_->wait();
    }
  }

  // Puts answer_ into out_. True when nothing has to be waited for before the next request.
  bool put_answer() {
    auto& answer = *answer_;
    if (!is_sendable(answer)) {
      if (answer.source) answer.source->cancel();
      answer = internal_error("the answer had a header that cannot be sent");
    }
    if (answer.source) keep_alive_ = false;
    append_head(answer, {.keep_alive = keep_alive_, .http_1_0 = reader_.http_1_0()}, worker_.date(),
                out_);
    if (answer.source) return false;
    if (!reader_.head_only() && !is_bodiless(answer.status)) {
      if (answer.body.size() > kCopyBytesMax) return false;
      out_ += answer.body;
    }
    answer.body.clear();
    // A client that sends many requests at once gets their answers in one write.
    if (keep_alive_ && input_.size() > 0 && out_.size() < kOutBytesMax) return true;
    return try_write_now();
  }

  // False when the client is gone.
  Task<bool> send_rest() {
    if (answer_->source) {
      co_await send_stream();
      co_return true;
    }
    bool written = co_await flush();
    if (written) written = co_await write_all(answer_->body);
    co_return written;
  }

  // The usual case, an answer that fits the socket's buffer, needs no turn of the event loop.
  // TLS cannot do it: a record that is half written when the socket is full would be lost.
  bool try_write_now() {
    if constexpr (kTls) {
      return false;
    } else {
      error_code ec;
      auto const bytes = stream_.write_some(asio::buffer(out_), ec);
      if (ec) return false;
      out_.erase(0, bytes);
      return out_.empty();
    }
  }

  bool write_now_or_empty() { return out_.empty() || try_write_now(); }

  Task<bool> flush() {
    if (write_now_or_empty()) co_return true;
    bool const written = co_await write_all(out_);
    out_.clear();
    co_return written;
  }

  Task<bool> write_all(std::string_view bytes) {
    while (!bytes.empty()) {
      auto const piece = bytes.substr(0, kWriteBytes);
      auto const before = deadline_;
      set_deadline(shared_.limits.write_timeout_ms * 1000);
      auto [ec, written] =
          co_await asio::async_write(stream_, asio::buffer(piece.data(), piece.size()), kAwait);
      deadline_ = before;
      if (ec) co_return false;
      bytes.remove_prefix(written);
    }
    co_return true;
  }

  Task<void> send_stream() {
    auto const source = answer_->source;
    if (reader_.head_only()) {
      source->cancel();
      co_await flush();
      co_return;
    }
    chunks_ = std::make_shared<Chunks>([signal = signal_] { signal->ring(); });
    deadline_ = 0;
    phase_ = Phase::kStream;
    if (shared_.draining.load()) gone_ = true;
    asio::co_spawn(worker_.context->get_executor(), watch(this->shared_from_this()),
                   asio::detached);
    bool ended = false;
    for (int in_a_row = 0; !ended && !gone_; ++in_a_row) {
      bool const written = co_await flush();
      if (!written) break;
      if (in_a_row == kChunksInARow) {
        in_a_row = 0;
        co_await asio::post(worker_.context->get_executor(), asio::deferred);
      }
      source->next(
          [chunks = chunks_](std::optional<std::string> chunk) { chunks->put(std::move(chunk)); });
      auto piece = chunks_->take();
      while (!piece && !gone_) {
        co_await signal_->wait();
        piece = chunks_->take();
      }
      if (gone_) break;
      ended = !piece->has_value();
      append_piece(*piece, /*chunked=*/!reader_.http_1_0(), out_);
    }
    chunks_->close();
    phase_ = Phase::kClosing;
    if (!ended) {
      source->cancel();
      out_.clear();
      co_return;
    }
    co_await flush();
  }

  // During a stream nothing else reads, so nothing else would see the client go.
  static Task<void> watch(std::shared_ptr<SessionOf> self) {
    std::array<char, 512> scratch;
    std::size_t total = 0;
    while (total < kStreamInputBytesMax) {
      auto [ec, bytes] = co_await self->stream_.async_read_some(asio::buffer(scratch), kAwait);
      if (ec) break;
      total += bytes;
    }
    self->end_stream();
  }

  // Closes so that the last answer arrives: a close with unread input would be a reset, and the
  // client could lose what it was told.
  Task<void> finish() {
    bool const written = co_await flush();
    if (!written) co_return;
    bool const streamed = chunks_ != nullptr;  // watch() reads
    phase_ = Phase::kClosing;
    set_deadline(kLingerTime);
    if constexpr (kTls) {
      if (streamed) cancel();
      auto [ec] = co_await stream_.async_shutdown(kAwait);
      if (ec == asio::error::operation_aborted) co_return;
    }
    error_code ec;
    socket().shutdown(Socket::shutdown_send, ec);
    if (ec || streamed) co_return;
    std::array<char, 4096> scratch;
    std::size_t total = 0;
    while (total < kLingerBytesMax && !(shared_.draining.load() && !refused_)) {
      auto [failure, bytes] = co_await socket().async_read_some(asio::buffer(scratch), kAwait);
      if (failure) co_return;
      total += bytes;
    }
  }

  using Chunks = Mailbox<std::optional<std::string>>;

  Worker& worker_;
  Shared& shared_;
  Connection connection_;
  Stream stream_;
  InputBuffer input_;
  RequestReader reader_;
  std::string out_;  // answers not yet written
  std::shared_ptr<Signal> signal_;
  std::shared_ptr<AnswerBox> answers_;
  std::optional<HttpResponse> answer_;
  base::Ticks arrived_;
  std::shared_ptr<Chunks> chunks_;
  std::int64_t deadline_ = 0;  // microseconds of Ticks; 0: none
  Phase phase_ = Phase::kHandshake;
  bool keep_alive_ = false;
  bool timed_out_ = false;
  bool refused_ = false;
  bool gone_ = false;  // during a stream: the client, or the server's will to go on
  bool abandoned_ = false;
};

template <class Stream>
void spawn(Worker& worker, Connection connection, Stream stream) {
  auto session =
      std::make_shared<SessionOf<Stream>>(worker, std::move(connection), std::move(stream));
  asio::co_spawn(worker.context->get_executor(), SessionOf<Stream>::run(std::move(session)),
                 asio::detached);
}

}  // namespace

void start_session(Worker& worker, Connection connection) {
  if (worker.shared->draining.load()) return;
  Socket socket(*worker.context);
  error_code ec;
  int const descriptor = connection.release();
  socket.assign(tcp::v4(), descriptor, ec);  // the family matters only to open() and bind()
  if (ec) return;
  socket.set_option(tcp::no_delay(true), ec);
  socket.non_blocking(true, ec);
  if (worker.shared->tls == nullptr) {
    spawn<Socket>(worker, std::move(connection), std::move(socket));
  } else {
    spawn<TlsStream>(worker, std::move(connection),
                     TlsStream(std::move(socket), *worker.shared->tls));
  }
}

}  // namespace qrpay::gateway::http
