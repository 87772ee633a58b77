#include "gateway/http/server.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "gateway/http/problem.h"
#include "gateway/http/response_text.h"
#include "gateway/http/session.h"

namespace qrpay::gateway::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::milliseconds;
using Executor = asio::io_context::executor_type;
using Acceptor = asio::basic_socket_acceptor<tcp, Executor>;
using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Executor>;

constexpr unsigned kThreadsMax = 64;        // more threads than any host of ours has cores
constexpr int kBacklog = 4096;              // the kernel cuts it to net.core.somaxconn
constexpr milliseconds kAcceptPause{100};   // when out of file descriptors
constexpr milliseconds kDrainPoll{10};      // how late the end of the last session may be seen
constexpr milliseconds kAbandonWait{1000};  // dropping sessions blocks on nothing, so this is long
constexpr int kAcceptsMax = 64;             // in one go, so that running connections get their turn

// One thread with its own io_context: a connection never meets a lock of another thread.
struct WorkerThread {
  explicit WorkerThread(Shared& shared) : guard(context.get_executor()), timer(context) {
    worker.shared = &shared;
    worker.context = &context;
  }

  // To a client of this timer a session that waits for a handler is no work, so run() would end:
  // sweeping goes on until the last session is gone.
  void sweep_later() {
    auto const& shared = *worker.shared;
    milliseconds interval(shared.limits.sweep_interval_ms);
    if (shared.draining.load()) {
      if (worker.sessions.empty()) return;
      interval = std::min(interval, kDrainPoll);
    }
    timer.expires_after(interval);
    timer.async_wait([this](error_code ec) {
      if (ec) return;
      auto const now = worker.shared->clock->ticks();
      for (auto* session : worker.sessions) session->sweep(now);
      sweep_later();
    });
  }

  void drain() {
    guard.reset();
    for (auto* session : worker.sessions) session->drain();
    timer.cancel();
    sweep_later();
  }

  void abandon() {
    for (auto* session : worker.sessions) session->abandon();
  }

  asio::io_context context{1};
  asio::executor_work_guard<Executor> guard;
  Timer timer;
  Worker worker;
  std::thread thread;
};

// Tries to tell the client; never waits for it.
void send_and_close(int descriptor, std::string_view bytes) {
  [[maybe_unused]] auto const sent =
      ::send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  ::shutdown(descriptor, SHUT_WR);
  // Unread bytes would turn the close into a reset, and the answer would be lost.
  char scratch[4096];
  [[maybe_unused]] auto const read = ::recv(descriptor, scratch, sizeof scratch, MSG_DONTWAIT);
  ::close(descriptor);
}

base::Result<void> load_tls(TlsFiles const& files, asio::ssl::context& context) {
  error_code ec;
  auto const options = asio::ssl::context::default_workarounds | asio::ssl::context::no_sslv2 |
                       asio::ssl::context::no_sslv3 | asio::ssl::context::no_tlsv1 |
                       asio::ssl::context::no_tlsv1_1 | asio::ssl::context::single_dh_use;
  context.set_options(options, ec);
  if (!ec) context.use_certificate_chain_file(files.certificate_chain, ec);
  if (ec) return base::fail(base::Errc::kConfigInvalid, "tls certificate: " + ec.message());
  context.use_private_key_file(files.private_key, asio::ssl::context::pem, ec);
  if (ec) return base::fail(base::Errc::kConfigInvalid, "tls key: " + ec.message());
  return {};
}

}  // namespace

Connection::Connection(int descriptor, std::string peer, Shared& shared)
    : descriptor_(descriptor), peer_(std::move(peer)), shared_(&shared) {
  shared_->connections.fetch_add(1, std::memory_order_relaxed);
}

Connection::~Connection() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (shared_ != nullptr) shared_->connections.fetch_sub(1, std::memory_order_relaxed);
}

std::string_view Worker::date() {
  auto const now = shared->clock->wall();
  auto const second = now.microseconds() / base::kSecond;
  if (second != date_second_) {
    date_second_ = second;
    date_ = format_http_date(now);
  }
  return date_;
}

struct Server::State {
  Shared shared;
  std::optional<asio::ssl::context> tls;
  std::vector<std::unique_ptr<WorkerThread>> workers;
  std::optional<Acceptor> acceptor;  // on the first worker
  std::optional<Timer> accept_pause;
  std::size_t next_worker = 0;
  std::uint16_t port = 0;
  std::string refusal;  // to a connection too many, all its bytes

  std::mutex mutex;
  std::condition_variable ended;
  std::size_t running = 0;
  bool stopped = false;

  base::Result<void> listen(ServerOptions const& options);
  void accept_later();
  void accept_waiting();
  void hand_over(int descriptor, std::string peer);
  void run(WorkerThread& worker);
};

base::Result<void> Server::State::listen(ServerOptions const& options) {
  error_code ec;
  auto const address = asio::ip::make_address(options.address, ec);
  if (ec) return base::fail(base::Errc::kConfigInvalid, "listen address: not numeric");
  tcp::endpoint const endpoint(address, options.port);
  auto& context = workers.front()->context;
  acceptor.emplace(context);
  accept_pause.emplace(context);
  acceptor->open(endpoint.protocol(), ec);
  if (!ec) acceptor->set_option(asio::socket_base::reuse_address(true), ec);
  if (!ec) acceptor->bind(endpoint, ec);
  if (!ec) acceptor->listen(kBacklog, ec);
  if (!ec) acceptor->non_blocking(true, ec);
  if (ec == asio::error::address_in_use) {
    return base::fail(base::Errc::kAddressInUse,
                      options.address + " port " + std::to_string(options.port));
  }
  if (ec) return base::fail(base::Errc::kIo, "listen: " + ec.message());
  port = acceptor->local_endpoint(ec).port();
  return {};
}

void Server::State::accept_later() {
  acceptor->async_wait(Acceptor::wait_read, [this](error_code ec) {
    if (!ec) accept_waiting();
  });
}

void Server::State::accept_waiting() {
  for (int i = 0; i < kAcceptsMax; ++i) {
    tcp::endpoint from;
    auto size = static_cast<socklen_t>(from.capacity());
    int const descriptor =
        ::accept4(acceptor->native_handle(), from.data(), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor >= 0) {
      from.resize(size);
      auto address = from.address();
      if (address.is_v6() && address.to_v6().is_v4_mapped()) {
        address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
      }
      hand_over(descriptor, address.to_string());
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      break;
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      // The waiting connection stays readable; without a pause this would spin.
      accept_pause->expires_after(kAcceptPause);
      accept_pause->async_wait([this](error_code ec) {
        if (!ec) accept_later();
      });
      return;
    }
    // Anything else is about that one connection (ECONNABORTED): on to the next.
  }
  accept_later();
}

void Server::State::hand_over(int descriptor, std::string peer) {
  if (shared.connections.load(std::memory_order_relaxed) >= shared.limits.connections_max) {
    // Over TLS the words could not be read before a handshake, which is what we cannot afford.
    send_and_close(descriptor, shared.tls == nullptr ? std::string_view(refusal) : "");
    return;
  }
  auto& worker = *workers[next_worker];
  next_worker = (next_worker + 1) % workers.size();
  asio::post(worker.context,
             [&worker, connection = Connection(descriptor, std::move(peer), shared)]() mutable {
               start_session(worker.worker, std::move(connection));
             });
}

void Server::State::run(WorkerThread& worker) {
  worker.context.run();
  std::lock_guard lock(mutex);
  --running;
  ended.notify_all();
}

base::Result<std::unique_ptr<Server>> Server::start(ServerOptions options, Router router,
                                                    base::Clock& clock) {
  if (options.threads < 1 || options.threads > kThreadsMax) {
    return base::fail(base::Errc::kConfigInvalid, "threads: must be 1 to 64");
  }
  auto state = std::make_unique<State>();
  state->shared.limits = options.limits;
  state->shared.router = std::move(router);
  state->shared.clock = &clock;
  try {
    if (options.tls) {
      state->tls.emplace(asio::ssl::context::tls_server);
      QRPAY_TRY_VOID(load_tls(*options.tls, *state->tls));
      state->shared.tls = &*state->tls;
    }
    for (unsigned i = 0; i < options.threads; ++i) {
      state->workers.push_back(std::make_unique<WorkerThread>(state->shared));
    }
  } catch (boost::system::system_error const& error) {
    return base::fail(base::Errc::kIo, "server: " + error.code().message());
  }
  QRPAY_TRY_VOID(state->listen(options));

  auto refusal = problem_response({base::Errc::kOverloaded, "too many connections"});
  append_head(refusal, {.keep_alive = false, .http_1_0 = false}, format_http_date(clock.wall()),
              state->refusal);
  state->refusal += refusal.body;

  auto& all = *state;
  all.running = all.workers.size();
  for (auto& worker : all.workers) {
    asio::post(worker->context, [&worker = *worker] { worker.sweep_later(); });
  }
  asio::post(all.workers.front()->context, [&all] { all.accept_later(); });
  for (auto& worker : all.workers) {
    worker->thread = std::thread([&all, &worker = *worker] { all.run(worker); });
  }
  return std::unique_ptr<Server>(new Server(std::move(state)));
}

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}

Server::~Server() { stop(0); }

std::uint16_t Server::port() const { return state_->port; }

std::size_t Server::connections() const {
  return state_->shared.connections.load(std::memory_order_relaxed);
}

void Server::stop(std::int64_t deadline_ms) {
  if (std::exchange(state_->stopped, true)) return;
  auto& all = *state_;
  all.shared.draining.store(true);
  asio::post(all.workers.front()->context, [&all] {
    error_code ignored;  // closing a listener has no failure that matters
    all.acceptor->close(ignored);
    all.accept_pause->cancel();
  });
  for (auto& worker : all.workers) {
    asio::post(worker->context, [&worker = *worker] { worker.drain(); });
  }
  auto const all_ended = [&all] { return all.running == 0; };
  {
    std::unique_lock lock(all.mutex);
    if (!all.ended.wait_for(lock, milliseconds(deadline_ms), all_ended)) {
      for (auto& worker : all.workers) {
        asio::post(worker->context, [&worker = *worker] { worker.abandon(); });
      }
      if (!all.ended.wait_for(lock, kAbandonWait, all_ended)) {
        for (auto& worker : all.workers) worker->context.stop();
      }
    }
  }
  for (auto& worker : all.workers) {
    worker->thread.join();
    // After a forced end: runs what was posted, so that no coroutine is left waiting for an answer
    // that would be posted to a context that is gone.
    worker->context.restart();
    worker->context.poll();
  }
}

}  // namespace qrpay::gateway::http
