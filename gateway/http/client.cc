#include "gateway/http/client.h"

#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <charconv>
#include <chrono>
#include <variant>

namespace qrpay::gateway::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace bhttp = boost::beast::http;
using base::Errc;
using base::fail;

namespace {

struct Scheme {
  std::string_view text;
  bool tls;
  std::uint16_t port;
};
constexpr Scheme kSchemes[] = {{"http://", false, 80}, {"https://", true, 443}};

// HOST or HOST:PORT, the host in brackets when it holds colons. `port` stays where none is given.
bool parse_authority(std::string_view text, Endpoint& endpoint) {
  std::size_t const bracket = text.rfind(']');
  std::size_t const colon = text.rfind(':');
  bool const has_port =
      colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
  std::string_view host = text.substr(0, has_port ? colon : text.size());
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  endpoint.host = host;
  if (host.empty() || host.find_first_of("[]@/?#") != std::string_view::npos) return false;
  if (!has_port) return true;
  std::string_view const digits = text.substr(colon + 1);
  auto const [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), endpoint.port);
  return error == std::errc() && end == digits.data() + digits.size() && endpoint.port != 0;
}

}  // namespace

base::Result<BaseUrl> parse_base_url(std::string_view url) {
  auto const malformed = [] { return fail(Errc::kMalformed, "expected http[s]://HOST[:PORT]"); };
  auto const odd = [](char c) { return c <= ' ' || c > '~' || c == '?' || c == '#'; };
  if (std::any_of(url.begin(), url.end(), odd)) return malformed();
  for (Scheme const& scheme : kSchemes) {
    if (!url.starts_with(scheme.text)) continue;
    url.remove_prefix(scheme.text.size());
    while (url.ends_with('/')) url.remove_suffix(1);
    std::size_t const slash = std::min(url.find('/'), url.size());
    BaseUrl read;
    read.endpoint.tls = scheme.tls;
    read.endpoint.port = scheme.port;
    read.prefix = url.substr(slash);
    if (!parse_authority(url.substr(0, slash), read.endpoint)) return malformed();
    return read;
  }
  return malformed();
}

base::Result<Endpoint> parse_endpoint(std::string_view url) {
  auto read = parse_base_url(url);
  // Without a port nobody has said which server is meant.
  std::string_view const rest = url.substr(std::min(url.size(), url.find("://") + 3));
  if (!read || !read->prefix.empty() || rest.find(':') == std::string_view::npos)
    return fail(Errc::kMalformed, "expected http://HOST:PORT or https://HOST:PORT");
  return read->endpoint;
}

struct Client::State {
  using Plain = beast::tcp_stream;
  using Tls = beast::ssl_stream<beast::tcp_stream>;

  Endpoint endpoint;
  ClientOptions options;
  asio::io_context io;
  std::optional<asio::ssl::context> authorities;  ///< read once
  std::variant<std::monostate, Plain, Tls> stream;
  beast::flat_buffer buffer;
  std::optional<bhttp::response_parser<bhttp::buffer_body>> events;
  std::string event_text;  ///< read, not yet a whole event

  // Runs what was started until it is done; tcp_stream ends it at its deadline.
  void run() {
    io.restart();
    io.run();
  }
  void drop() { stream.emplace<std::monostate>(); }
  /// The TCP stream. Requires: there is one.
  Plain& tcp() {
    if (auto* plain = std::get_if<Plain>(&stream)) return *plain;
    return beast::get_lowest_layer(std::get<Tls>(stream));
  }
  /// Calls `start(stream, done)` on whichever stream there is and waits; what `done` was told.
  template <class Start>
  beast::error_code wait_for(Start const& start) {
    beast::error_code error;
    auto const done = [&error](beast::error_code const& result, auto...) { error = result; };
    if (auto* plain = std::get_if<Plain>(&stream))
      start(*plain, done);
    else
      start(std::get<Tls>(stream), done);
    run();
    return error;
  }
  void expire_after(std::int64_t timeout_ms) {
    tcp().expires_after(std::chrono::milliseconds(timeout_ms));
  }
  [[nodiscard]] bool still_open();
  base::Result<void> connect();
  base::Result<asio::ip::tcp::resolver::results_type> resolve();
  base::Result<void> read_authorities();
  base::Result<void> shake_hands();
  base::Result<void> write(ClientRequest const& request);
  static base::Unexpected<base::Error> io_error(beast::error_code const& error) {
    if (error == beast::error::timeout) return fail(Errc::kTimeout, "no answer in time");
    return fail(Errc::kIo, error.message());
  }
};

Client::Client(Endpoint endpoint, ClientOptions options) : state_(std::make_unique<State>()) {
  state_->endpoint = std::move(endpoint);
  state_->options = std::move(options);
}
Client::~Client() = default;
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;

bool Client::State::still_open() {
  if (std::holds_alternative<std::monostate>(stream) || !tcp().socket().is_open()) return false;
  // A server that closed an idle connection has left an end of stream to be read.
  beast::error_code error;
  auto& socket = tcp().socket();
  socket.non_blocking(true, error);
  char byte = 0;
  socket.receive(asio::buffer(&byte, 1), asio::socket_base::message_peek, error);
  return error == asio::error::would_block;
}

base::Result<asio::ip::tcp::resolver::results_type> Client::State::resolve() {
  beast::error_code error;
  asio::ip::tcp::resolver resolver(io);
  auto found = resolver.resolve(endpoint.host, std::to_string(endpoint.port),
                                asio::ip::resolver_base::numeric_service, error);
  if (error) return fail(Errc::kIo, endpoint.host + ": " + error.message());
  return found;
}

base::Result<void> Client::State::read_authorities() {
  if (authorities) return {};
  beast::error_code error;
  asio::ssl::context context(asio::ssl::context::tls_client);
  context.set_options(asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1, error);
  if (!error && options.ca_file.empty()) context.set_default_verify_paths(error);
  if (!error && !options.ca_file.empty()) context.load_verify_file(options.ca_file, error);
  if (!error) context.set_verify_mode(asio::ssl::verify_peer, error);
  if (error) return fail(Errc::kConfigInvalid, options.ca_file + ": " + error.message());
  authorities.emplace(std::move(context));
  return {};
}

base::Result<void> Client::State::shake_hands() {
  auto& tls = std::get<Tls>(stream);
  beast::error_code error;
  tls.set_verify_callback(asio::ssl::host_name_verification(endpoint.host), error);
  // Servers of several names need to hear which one is meant; a numeric address is none.
  beast::error_code no_address;
  asio::ip::make_address(endpoint.host, no_address);
  if (no_address) SSL_set_tlsext_host_name(tls.native_handle(), endpoint.host.c_str());
  tls.async_handshake(asio::ssl::stream_base::client,
                      [&error](beast::error_code const& result) { error = result; });
  run();
  if (!error) return {};
  long const verdict = SSL_get_verify_result(tls.native_handle());
  drop();
  if (verdict != X509_V_OK)
    return fail(Errc::kSignatureInvalid,
                endpoint.host + ": " + X509_verify_cert_error_string(verdict));
  return io_error(error);
}

base::Result<void> Client::State::connect() {
  if (still_open()) return {};
  drop();
  QRPAY_TRY(auto const addresses, resolve());
  if (endpoint.tls) {
    QRPAY_TRY_VOID(read_authorities());
    stream.emplace<Tls>(io, *authorities);
  } else {
    stream.emplace<Plain>(io);
  }
  buffer.clear();
  expire_after(options.timeout_ms);
  beast::error_code error;
  tcp().async_connect(addresses, [&error](beast::error_code const& result,
                                          auto const& /*endpoint*/) { error = result; });
  run();
  if (error) {
    drop();
    return io_error(error);
  }
  tcp().socket().set_option(asio::ip::tcp::no_delay(true), error);
  return endpoint.tls ? shake_hands() : base::Result<void>();
}

base::Result<void> Client::State::write(ClientRequest const& request) {
  bhttp::request<bhttp::string_body> message;
  message.version(11);
  message.method_string(request.method);
  message.target(request.target);
  bool const numeric6 = endpoint.host.find(':') != std::string::npos;
  std::string const host = numeric6 ? "[" + endpoint.host + "]" : endpoint.host;
  message.set(bhttp::field::host, host + ":" + std::to_string(endpoint.port));
  for (auto const& header : request.headers) message.insert(header.name, header.value);
  message.body() = request.body;
  if (!request.body.empty() || request.method == "PUT" || request.method == "POST")
    message.prepare_payload();
  auto const error =
      wait_for([&message](auto& out, auto const& done) { bhttp::async_write(out, message, done); });
  if (error) {
    drop();
    return io_error(error);
  }
  return {};
}

base::Result<ClientResponse> Client::send(ClientRequest const& request) {
  QRPAY_TRY_VOID(state_->connect());
  state_->expire_after(state_->options.timeout_ms);
  QRPAY_TRY_VOID(state_->write(request));
  bhttp::response_parser<bhttp::string_body> parser;
  parser.body_limit(kBodyBytesMax);
  if (request.method == "HEAD") parser.skip(true);
  auto const error = state_->wait_for([this, &parser](auto& in, auto const& done) {
    bhttp::async_read(in, state_->buffer, parser, done);
  });
  if (error) {
    state_->drop();
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
  if (!parser.get().keep_alive()) state_->drop();
  return response;
}

base::Result<void> Client::open_stream(ClientRequest const& request) {
  QRPAY_TRY_VOID(state_->connect());
  state_->expire_after(state_->options.timeout_ms);
  QRPAY_TRY_VOID(state_->write(request));
  state_->events.emplace();
  state_->events->body_limit(boost::none);
  auto const error = state_->wait_for([this](auto& in, auto const& done) {
    bhttp::async_read_header(in, state_->buffer, *state_->events, done);
  });
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
  state_->expire_after(timeout_ms);
  for (;;) {
    while (auto event = take_block(state_->event_text))
      if (!event->data.empty()) return std::optional(std::move(*event));
    if (state_->events->is_done()) return std::optional<StreamEvent>();
    char piece[4096];
    auto& body = state_->events->get().body();
    body.data = piece;
    body.size = sizeof piece;
    body.more = true;
    auto const error = state_->wait_for([this](auto& in, auto const& done) {
      bhttp::async_read_some(in, state_->buffer, *state_->events, done);
    });
    if (error && error != bhttp::error::need_buffer) return State::io_error(error);
    state_->event_text.append(piece, sizeof piece - body.size);
  }
}

}  // namespace qrpay::gateway::http
