#include "tests/gateway/http_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <thread>
#include <utility>

#include "base/check.h"

namespace qrpay::gateway::http {
namespace {
constexpr int kPatienceMs = 20'000;
}  // namespace

std::string Reply::header(std::string_view name) const {
  for (std::size_t line = head.find('\n') + 1; line < head.size();) {
    auto const end = head.find("\r\n", line);
    auto const colon = head.find(':', line);
    if (end == std::string::npos || colon == std::string::npos || colon > end) break;
    if (equal_ignoring_case(std::string_view(head).substr(line, colon - line), name)) {
      auto const value = head.find_first_not_of(' ', colon + 1);
      return head.substr(value, end - value);
    }
    line = end + 2;
  }
  return {};
}

TestClient::TestClient(std::uint16_t port) : descriptor_(::socket(AF_INET, SOCK_STREAM, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) close();
}

TestClient::~TestClient() { close(); }

TestClient::TestClient(TestClient&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), buffer_(std::move(other.buffer_)) {}

void TestClient::close() {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

void TestClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    auto const n = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return;  // the server may close first; the answer tells
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

bool TestClient::readable(int milliseconds) {
  pollfd entry{descriptor_, POLLIN, 0};
  return !buffer_.empty() || ::poll(&entry, 1, milliseconds) == 1;
}

bool TestClient::fill() {
  if (descriptor_ < 0) return false;
  pollfd entry{descriptor_, POLLIN, 0};
  if (::poll(&entry, 1, kPatienceMs) != 1) return false;
  char scratch[65536];
  auto const n = ::recv(descriptor_, scratch, sizeof scratch, 0);
  if (n <= 0) return false;
  buffer_.append(scratch, static_cast<std::size_t>(n));
  return true;
}

std::string TestClient::read_until(std::string_view mark) {
  std::size_t at = 0;
  while ((at = buffer_.find(mark)) == std::string::npos) {
    if (!fill()) return std::exchange(buffer_, {});
  }
  auto found = buffer_.substr(0, at + mark.size());
  buffer_.erase(0, at + mark.size());
  return found;
}

Reply TestClient::read(bool head_only) {
  Reply reply;
  reply.head = read_until("\r\n\r\n");
  if (!reply.head.starts_with("HTTP/1.1 ")) return reply;
  reply.status = std::atoi(reply.head.c_str() + 9);
  if (head_only || reply.status < 200 || reply.status == 204) return reply;
  if (reply.header("Transfer-Encoding") == "chunked") {
    for (;;) {
      auto const size = std::strtoul(read_until("\r\n").c_str(), nullptr, 16);
      while (buffer_.size() < size + 2) {
        if (!fill()) return reply;
      }
      reply.body += buffer_.substr(0, size);
      buffer_.erase(0, size + 2);
      if (size == 0) return reply;
    }
  }
  auto const length = reply.header("Content-Length");
  auto const size = length.empty() ? std::size_t(-1) : std::strtoul(length.c_str(), nullptr, 10);
  while (buffer_.size() < size) {
    if (!fill()) break;
  }
  reply.body = buffer_.substr(0, size);
  buffer_.erase(0, size);
  return reply;
}

Reply TestClient::ask(std::string_view bytes, bool head_only) {
  send(bytes);
  return read(head_only);
}

bool TestClient::at_end() {
  if (!buffer_.empty()) return false;
  pollfd entry{descriptor_, POLLIN, 0};
  if (::poll(&entry, 1, kPatienceMs) != 1) return false;
  char byte = 0;
  return ::recv(descriptor_, &byte, 1, 0) <= 0;
}

std::string get(std::string_view path, std::string_view more_fields) {
  std::string text = "GET ";
  text += path;
  text += " HTTP/1.1\r\nHost: test\r\n";
  text += more_fields;
  text += "\r\n";
  return text;
}

std::string post(std::string_view path, std::string_view body) {
  std::string text = "POST ";
  text += path;
  text += " HTTP/1.1\r\nHost: test\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  text += body;
  return text;
}

std::unique_ptr<Server> start_server(Router router, base::Clock& clock, ServerLimits limits) {
  limits.sweep_interval_ms = 5;
  ServerOptions options;
  options.limits = limits;
  auto server = Server::start(options, std::move(router), clock);
  QRPAY_CHECK(server.has_value());
  return std::move(*server);
}

bool eventually(std::function<bool()> const& done, std::function<void()> const& step) {
  auto const end = std::chrono::steady_clock::now() + std::chrono::milliseconds(kPatienceMs);
  while (!done()) {
    if (std::chrono::steady_clock::now() > end) return false;
    if (step) step();
    std::this_thread::yield();
  }
  return true;
}

}  // namespace qrpay::gateway::http
