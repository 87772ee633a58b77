#include "gateway/http/client.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <charconv>
#include <chrono>

namespace qrpay::gateway::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace bhttp = boost::beast::http;
using base::Errc;
using base::fail;

base::Result<Endpoint> parse_endpoint(std::string_view url) {
  static constexpr std::string_view kScheme = "http://";
  auto const malformed = [] { return fail(Errc::kMalformed, "expected http://HOST:PORT"); };
  if (!url.starts_with(kScheme)) return malformed();
  url.remove_prefix(kScheme.size());
  while (url.ends_with('/')) url.remove_suffix(1);
  std::size_t const colon = url.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return malformed();
  std::string_view const digits = url.substr(colon + 1);
  Endpoint endpoint;
  endpoint.host = url.substr(0, colon);
  auto const [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), endpoint.port);
  if (error != std::errc() || end != digits.data() + digits.size() || endpoint.port == 0)
    return malformed();
  return endpoint;
}

struct Client::State {
  Endpoint endpoint;
  asio::io_context io;
  std::optional<beast::tcp_stream> stream;
  beast::flat_buffer buffer;
  std::optional<bhttp::response_parser<bhttp::buffer_body>> events;
  std::string event_text;  ///< read, not yet a whole event

  // Runs what was started until it is done; tcp_stream ends it at its deadline.
  void run() {
    io.restart();
    io.run();
  }
  base::Result<void> connect(std::int64_t timeout_ms);
  base::Result<void> write(ClientRequest const& request);
  static base::Unexpected<base::Error> io_error(beast::error_code const& error) {
    if (error == beast::error::timeout) return fail(Errc::kTimeout, "no answer in time");
    return fail(Errc::kIo, error.message());
  }
};

Client::Client(Endpoint endpoint) : state_(std::make_unique<State>()) {
  state_->endpoint = std::move(endpoint);
}
Client::~Client() = default;
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;

base::Result<void> Client::State::connect(std::int64_t timeout_ms) {
  if (stream && stream->socket().is_open()) {
    // A server that closed an idle connection has left an end of stream to be read.
    beast::error_code error;
    stream->socket().non_blocking(true, error);
    char byte = 0;
    stream->socket().receive(asio::buffer(&byte, 1), asio::socket_base::message_peek, error);
    if (error == asio::error::would_block) return {};
    stream.reset();
  }
  beast::error_code error;
  auto const address = asio::ip::make_address(endpoint.host, error);
  if (error) return fail(Errc::kMalformed, "a numeric address is expected: " + endpoint.host);
  stream.emplace(io);
  buffer.clear();
  stream->expires_after(std::chrono::milliseconds(timeout_ms));
  stream->async_connect(asio::ip::tcp::endpoint(address, endpoint.port),
                        [&error](beast::error_code const& result) { error = result; });
  run();
  if (error) {
    stream.reset();
    return io_error(error);
  }
  stream->socket().set_option(asio::ip::tcp::no_delay(true), error);
  return {};
}

base::Result<void> Client::State::write(ClientRequest const& request) {
  bhttp::request<bhttp::string_body> message;
  message.version(11);
  message.method_string(request.method);
  message.target(request.target);
  message.set(bhttp::field::host, endpoint.host + ":" + std::to_string(endpoint.port));
  for (auto const& header : request.headers) message.insert(header.name, header.value);
  message.body() = request.body;
  if (!request.body.empty() || request.method == "PUT" || request.method == "POST")
    message.prepare_payload();
  beast::error_code error;
  bhttp::async_write(*stream, message,
                     [&error](beast::error_code const& result, std::size_t) { error = result; });
  run();
  if (error) {
    stream.reset();
    return io_error(error);
  }
  return {};
}

base::Result<ClientResponse> Client::send(ClientRequest const& request) {
  QRPAY_TRY_VOID(state_->connect(kTimeoutMs));
  state_->stream->expires_after(std::chrono::milliseconds(kTimeoutMs));
  QRPAY_TRY_VOID(state_->write(request));
  bhttp::response_parser<bhttp::string_body> parser;
  parser.body_limit(kBodyBytesMax);
  if (request.method == "HEAD") parser.skip(true);
  beast::error_code error;
  bhttp::async_read(*state_->stream, state_->buffer, parser,
                    [&error](beast::error_code const& result, std::size_t) { error = result; });
  state_->run();
  if (error) {
    state_->stream.reset();
    if (error == bhttp::error::body_limit) return fail(Errc::kTooLarge, "answer over 16 MiB");
    return State::io_error(error);
  }
  ClientResponse response;
  response.status = static_cast<int>(parser.get().result_int());
  for (auto const& field : parser.get()) {
    auto const name = field.name_string();
    auto const value = field.value();
    response.headers.add({name.data(), name.size()}, {value.data(), value.size()});
  }
  response.body = std::move(parser.get().body());
  if (!parser.get().keep_alive()) state_->stream.reset();
  return response;
}

base::Result<void> Client::open_stream(ClientRequest const& request) {
  QRPAY_TRY_VOID(state_->connect(kTimeoutMs));
  state_->stream->expires_after(std::chrono::milliseconds(kTimeoutMs));
  QRPAY_TRY_VOID(state_->write(request));
  state_->events.emplace();
  state_->events->body_limit(boost::none);
  beast::error_code error;
  bhttp::async_read_header(
      *state_->stream, state_->buffer, *state_->events,
      [&error](beast::error_code const& result, std::size_t) { error = result; });
  state_->run();
  if (error) return State::io_error(error);
  int const status = static_cast<int>(state_->events->get().result_int());
  if (status != 200) return fail(Errc::kIo, "status " + std::to_string(status));
  return {};
}

namespace {

// Takes the first whole block off `text`; nullopt when there is none.
std::optional<Client::StreamEvent> take_block(std::string& text) {
  std::size_t const end = text.find("\n\n");
  if (end == std::string::npos) return std::nullopt;
  Client::StreamEvent event;
  std::string const block = text.substr(0, end + 1);
  text.erase(0, end + 2);
  std::size_t at = 0;
  while (at < block.size()) {
    std::size_t const line_end = block.find('\n', at);
    std::string_view const line = std::string_view(block).substr(at, line_end - at);
    at = line_end + 1;
    auto const value = [&line](std::string_view name) -> std::optional<std::string_view> {
      if (!line.starts_with(name)) return std::nullopt;
      return line.substr(name.size());
    };
    if (auto const id = value("id: ")) event.id = *id;
    if (auto const type = value("event: ")) event.event = *type;
    if (auto const data = value("data: ")) event.data = *data;
  }
  return event;
}

}  // namespace

base::Result<std::optional<Client::StreamEvent>> Client::next_event(std::int64_t timeout_ms) {
  QRPAY_CHECK(state_->events.has_value());
  state_->stream->expires_after(std::chrono::milliseconds(timeout_ms));
  for (;;) {
    while (auto event = take_block(state_->event_text))
      if (!event->data.empty()) return std::optional(std::move(*event));
    if (state_->events->is_done()) return std::optional<StreamEvent>();
    char piece[4096];
    auto& body = state_->events->get().body();
    body.data = piece;
    body.size = sizeof piece;
    body.more = true;
    beast::error_code error;
    bhttp::async_read_some(
        *state_->stream, state_->buffer, *state_->events,
        [&error](beast::error_code const& result, std::size_t) { error = result; });
    state_->run();
    if (error && error != bhttp::error::need_buffer) return State::io_error(error);
    state_->event_text.append(piece, sizeof piece - body.size);
  }
}

}  // namespace qrpay::gateway::http
