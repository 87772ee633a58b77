#include "tests/bench/http_load.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <string_view>
#include <thread>
#include <vector>

namespace qrpay::bench {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::size_t kReadBytes = 64 * 1024;
constexpr std::size_t kAnswerBytesMax = 16 * 1024 * 1024;
constexpr int kEventsMax = 256;
constexpr auto kTailWait = std::chrono::seconds(5);

// Log-linear: 32 buckets for each power of two of nanoseconds.
class Histogram {
 public:
  void add(std::uint64_t nanoseconds) {
    ++buckets_[bucket(nanoseconds)];
    ++count_;
    max_ = std::max(max_, nanoseconds);
  }
  void add(Histogram const& other) {
    for (std::size_t i = 0; i < buckets_.size(); ++i) buckets_[i] += other.buckets_[i];
    count_ += other.count_;
    max_ = std::max(max_, other.max_);
  }
  [[nodiscard]] double quantile_us(double q) const {
    auto const wanted = static_cast<std::uint64_t>(q * static_cast<double>(count_));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
      seen += buckets_[i];
      if (seen > wanted) return static_cast<double>(lower_bound(i)) / 1000.0;
    }
    return max_us();
  }
  [[nodiscard]] double max_us() const { return static_cast<double>(max_) / 1000.0; }

 private:
  static std::size_t bucket(std::uint64_t v) {
    if (v < 32) return static_cast<std::size_t>(v);
    auto const shift = static_cast<unsigned>(std::bit_width(v)) - 6;
    return (static_cast<std::size_t>(shift) + 1) * 32 + static_cast<std::size_t>((v >> shift) - 32);
  }
  static std::uint64_t lower_bound(std::size_t i) {
    if (i < 64) return i;
    auto const shift = i / 32 - 1;
    return (32 + i % 32) << shift;
  }
  std::array<std::uint64_t, 64 * 32> buckets_{};
  std::uint64_t count_ = 0;
  std::uint64_t max_ = 0;
};

struct Answer {
  int status = 0;
  std::size_t head_bytes = 0;
  std::size_t body_bytes = 0;
};

enum class Read { kMore, kWhole, kBroken };

// Only what the servers under test send.
Read read_answer(std::string_view text, Answer& answer) {
  auto const end = text.find("\r\n\r\n");
  if (end == std::string_view::npos) return text.size() > 65536 ? Read::kBroken : Read::kMore;
  if (!text.starts_with("HTTP/1.") || text.size() < 12) return Read::kBroken;
  std::from_chars(text.data() + 9, text.data() + 12, answer.status);
  answer.head_bytes = end + 4;
  answer.body_bytes = 0;
  auto const head = text.substr(0, end + 2);
  for (std::size_t line = head.find('\n') + 1; line < head.size();
       line = head.find('\n', line) + 1) {
    constexpr std::string_view kName = "content-length:";
    if (head.size() - line < kName.size()) break;
    bool same = true;
    for (std::size_t i = 0; i < kName.size() && same; ++i) same = (head[line + i] | 32) == kName[i];
    if (!same) continue;
    auto at = line + kName.size();
    while (at < head.size() && head[at] == ' ') ++at;
    std::from_chars(head.data() + at, head.data() + head.size(), answer.body_bytes);
    break;
  }
  if (answer.body_bytes > kAnswerBytesMax) return Read::kBroken;
  return text.size() >= answer.head_bytes + answer.body_bytes ? Read::kWhole : Read::kMore;
}

struct Client {
  unsigned number = 0;
  int descriptor = -1;
  std::uint64_t index = 0;  // of the request under way
  std::string request;
  std::size_t sent = 0;
  std::string answer;
  Steady::time_point started;
  bool busy = false;
  bool writing = false;  // waits for room in the socket
};

int open_connection(std::uint16_t port) {
  int const descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return -1;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int const one = 1;
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (::connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    ::close(descriptor);
    return -1;
  }
  return descriptor;
}

class LoadThread {
 public:
  LoadThread(LoadOptions const& options, NextRequest const& next_request,
             SeeAnswer const& see_answer)
      : options_(options), next_request_(next_request), see_answer_(see_answer) {}
  ~LoadThread() {
    for (auto& client : clients) {
      if (client.descriptor >= 0) ::close(client.descriptor);
    }
    if (epoll_ >= 0) ::close(epoll_);
  }

  void run(Steady::time_point begin) {
    measure_from_ = begin + std::chrono::milliseconds(options_.warm_up_ms);
    measure_to_ = measure_from_ + std::chrono::milliseconds(options_.run_ms);
    epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
    buffer_.resize(kReadBytes);
    for (std::size_t i = 0; i < clients.size(); ++i) {
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.u64 = i;
      ::epoll_ctl(epoll_, EPOLL_CTL_ADD, clients[i].descriptor, &event);
      send_next(clients[i]);
    }
    std::array<epoll_event, kEventsMax> events;
    while (busy_ > 0 && Steady::now() < measure_to_ + kTailWait) {
      int const n = ::epoll_wait(epoll_, events.data(), kEventsMax, 100);
      for (int i = 0; i < n; ++i) {
        auto const& event = events[static_cast<std::size_t>(i)];
        auto& client = clients[event.data.u64];
        if (client.writing) write_some(client);
        if ((event.events & ~static_cast<unsigned>(EPOLLOUT)) != 0) receive(client);
      }
    }
    report.broken += busy_;
    last_ = std::min(Steady::now(), measure_to_);
  }

  std::vector<Client> clients;
  LoadReport report;
  Histogram histogram;
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(last_ - measure_from_).count();
  }

 private:
  void send_next(Client& client) {
    auto const now = Steady::now();
    if (now >= measure_to_ || (options_.requests_per_connection_max != 0 &&
                               client.index >= options_.requests_per_connection_max)) {
      set_busy(client, false);
      return;
    }
    client.request = next_request_(client.number, client.index);
    client.sent = 0;
    client.started = Steady::now();
    set_busy(client, true);
    write_some(client);
  }

  void set_busy(Client& client, bool busy) {
    if (client.busy != busy) busy_ += busy ? 1 : std::uint64_t(-1);
    client.busy = busy;
  }

  void write_some(Client& client) {
    auto const rest = std::string_view(client.request).substr(client.sent);
    auto const n = ::send(client.descriptor, rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && errno != EAGAIN) return drop(client);
    client.sent += n > 0 ? static_cast<std::size_t>(n) : 0;
    bool const writing = client.sent < client.request.size();
    if (writing != client.writing) {
      client.writing = writing;
      epoll_event event{};
      event.events = EPOLLIN | (writing ? static_cast<unsigned>(EPOLLOUT) : 0U);
      event.data.u64 = static_cast<std::uint64_t>(&client - clients.data());
      ::epoll_ctl(epoll_, EPOLL_CTL_MOD, client.descriptor, &event);
    }
  }

  void receive(Client& client) {
    if (client.descriptor < 0) return;
    auto const n = ::recv(client.descriptor, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) return drop(client);
    report.bytes_read += static_cast<std::uint64_t>(n);
    client.answer.append(buffer_.data(), static_cast<std::size_t>(n));
    Answer answer;
    switch (read_answer(client.answer, answer)) {
      case Read::kMore: return;
      case Read::kBroken: return drop(client);
      case Read::kWhole: break;
    }
    auto const now = Steady::now();
    bool const good = answer.status >= 200 && answer.status < 300;
    if (client.started >= measure_from_ && now <= measure_to_) {
      ++report.requests;
      histogram.add(static_cast<std::uint64_t>((now - client.started).count()));
      if (!good) ++report.not_2xx;
      if (see_answer_) {
        see_answer_(client.number, client.index, answer.status,
                    std::string_view(client.answer).substr(answer.head_bytes, answer.body_bytes));
      }
    }
    if (!good && report.first_not_2xx.empty()) report.first_not_2xx = client.answer.substr(0, 1024);
    client.answer.clear();
    ++client.index;
    send_next(client);
  }

  void drop(Client& client) {
    if (client.busy) ++report.broken;
    set_busy(client, false);
    ::close(client.descriptor);
    client.descriptor = -1;
  }

  LoadOptions const& options_;
  NextRequest const& next_request_;
  SeeAnswer const& see_answer_;
  Steady::time_point measure_from_;
  Steady::time_point measure_to_;
  Steady::time_point last_;
  std::string buffer_;
  std::uint64_t busy_ = 0;
  int epoll_ = -1;
};

}  // namespace

base::Result<LoadReport> run_load(LoadOptions const& options, NextRequest const& next_request,
                                  SeeAnswer const& see_answer) {
  std::vector<std::unique_ptr<LoadThread>> threads;
  for (unsigned i = 0; i < std::max(1U, options.threads); ++i) {
    threads.push_back(std::make_unique<LoadThread>(options, next_request, see_answer));
  }
  for (unsigned i = 0; i < options.connections; ++i) {
    Client client;
    client.number = i;
    client.descriptor = open_connection(options.port);
    if (client.descriptor < 0) return base::fail(base::Errc::kIo, "cannot connect");
    threads[i % threads.size()]->clients.push_back(std::move(client));
  }
  auto const begin = Steady::now();
  std::vector<std::thread> running;
  for (auto& thread : threads) running.emplace_back([&thread, begin] { thread->run(begin); });
  for (auto& thread : running) thread.join();

  LoadReport report;
  Histogram all;
  for (auto& thread : threads) {
    report.requests += thread->report.requests;
    report.not_2xx += thread->report.not_2xx;
    report.broken += thread->report.broken;
    report.bytes_read += thread->report.bytes_read;
    report.seconds = std::max(report.seconds, thread->seconds());
    if (report.first_not_2xx.empty()) report.first_not_2xx = thread->report.first_not_2xx;
    all.add(thread->histogram);
  }
  report.per_second =
      report.seconds > 0 ? static_cast<double>(report.requests) / report.seconds : 0;
  report.p50_us = all.quantile_us(0.50);
  report.p99_us = all.quantile_us(0.99);
  report.p999_us = all.quantile_us(0.999);
  report.max_us = all.max_us();
  return report;
}

std::string to_string(LoadReport const& report) {
  char line[256];
  auto const n = std::snprintf(
      line, sizeof line,
      "%9.0f requests/s  p50 %.0f us  p99 %.0f us  p99.9 %.0f us  max %.0f us  %llu not 2xx  "
      "%llu broken",
      report.per_second, report.p50_us, report.p99_us, report.p999_us, report.max_us,
      static_cast<unsigned long long>(report.not_2xx),
      static_cast<unsigned long long>(report.broken));
  return std::string(line, static_cast<std::size_t>(n));
}

}  // namespace qrpay::bench
