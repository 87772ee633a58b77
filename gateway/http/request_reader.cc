#include "gateway/http/request_reader.h"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <optional>
#include <string>
#include <utility>

#include "base/check.h"
#include "gateway/http/problem.h"
#include "gateway/http/target.h"

namespace qrpay::gateway::http {
namespace {

namespace beast = boost::beast;
using beast::http::error;
using boost::system::error_code;

constexpr std::size_t kFieldsMax = 100;  // browsers and proxies send up to 30
constexpr std::size_t kUnroutedBodyBytesMax =
    64 * 1024;                                           // read and dropped, to keep the connection
constexpr std::size_t kBodyReserveBytesMax = 16 * 1024;  // taken on a stranger's word

// Fields of which a second one would let two readers see two requests.
constexpr std::array<std::string_view, 11> kSingleFields = {
    "Host",          "Content-Length",  "Transfer-Encoding", "Content-Type",
    "Authorization", "If-Match",        "Last-Event-ID",     "Idempotency-Key",
    "Qrpay-Key",     "Qrpay-Timestamp", "Qrpay-Signature"};

bool has_repeated_field(HeaderFields const& headers) {
  for (auto name : kSingleFields) {
    int count = 0;
    for (std::size_t i = 0; i < headers.size(); ++i) {
      if (equal_ignoring_case(headers.name(i), name) && ++count == 2) return true;
    }
  }
  return false;
}

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

HttpResponse refusal_of(base::Errc errc, std::string detail,
                        std::optional<int> status = std::nullopt) {
  ProblemExtras extras;
  extras.status = status;
  return problem_response({errc, std::move(detail)}, extras);
}

// Puts a request together while Beast reads it. One for each request.
class Parser final : public beast::http::basic_parser<true> {
 public:
  explicit Parser(ServerLimits const& limits) : target_bytes_max_(limits.target_bytes_max) {
    header_limit(static_cast<std::uint32_t>(limits.header_bytes_max));
    body_limit(boost::none);  // set when the route is known
  }

  HttpRequest request;
  std::string target;
  int version = 0;
  std::optional<HttpResponse> refusal;  // when we, not Beast, stopped

 private:
  using Text = beast::string_view;

  void refuse(base::Errc errc, char const* detail, error_code& ec) {
    refusal = refusal_of(errc, detail);
    ec = make_error_code(error::bad_value);
  }

  void on_request_impl(beast::http::verb, Text method, Text raw_target, int http_version,
                       error_code& ec) override {
    if (raw_target.size() > target_bytes_max_) {
      return refuse(base::Errc::kUriTooLong, "the target is too long", ec);
    }
    request.method_text = view(method);
    request.method = method_of(request.method_text);
    target = view(raw_target);
    version = http_version;
  }
  void on_response_impl(int, Text, int, error_code&) override {}
  void on_field_impl(beast::http::field, Text name, Text value, error_code& ec) override {
    if (is_header_done()) return;  // a trailer: nothing of ours reads one
    if (request.headers.size() == kFieldsMax) {
      return refuse(base::Errc::kHeaderTooLarge, "more than 100 header fields", ec);
    }
    request.headers.add(view(name), view(value));
  }
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(boost::optional<std::uint64_t> const& length, error_code&) override {
    if (length) {
      request.body.reserve(
          static_cast<std::size_t>(std::min<std::uint64_t>(*length, kBodyReserveBytesMax)));
    }
  }
  std::size_t on_body_impl(Text piece, error_code&) override {
    request.body.append(piece.data(), piece.size());
    return piece.size();
  }
  void on_chunk_header_impl(std::uint64_t, Text, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, Text piece, error_code&) override {
    request.body.append(piece.data(), piece.size());
    return piece.size();
  }
  void on_finish_impl(error_code&) override {}

  std::size_t target_bytes_max_;
};

}  // namespace

struct RequestReader::State {
  ServerLimits const& limits;
  Router const& router;
  std::optional<Parser> parser;
  Router::Match match;
  HttpResponse refusal;
  Stage stage = Stage::kIdle;
  bool expects = false;

  void refuse(HttpResponse response) {
    refusal = std::move(response);
    stage = Stage::kRefused;
  }
  void refuse(base::Errc errc, std::string detail, std::optional<int> status = std::nullopt) {
    refuse(refusal_of(errc, std::move(detail), status));
  }
  void refuse_syntax(error_code const& ec);
  void accept_head();
  void accept_framing();
  void accept_target();
  void accept_expectation();
};

void RequestReader::State::refuse_syntax(error_code const& ec) {
  if (parser->refusal) return refuse(std::move(*parser->refusal));
  if (ec == error::header_limit) {
    if (parser->target.empty()) {  // the request line itself has no end
      return refuse(base::Errc::kUriTooLong, "the target is too long");
    }
    return refuse(base::Errc::kHeaderTooLarge, "the header is too large");
  }
  if (ec == error::body_limit) {
    return refuse(base::Errc::kTooLarge, "the body is over this resource's limit");
  }
  if (ec == error::bad_version) {
    return refuse(base::Errc::kMalformed, "only HTTP/1.1 and HTTP/1.0", 505);
  }
  refuse(base::Errc::kMalformed, "not an HTTP/1.1 request");
}

// Everything that is decided before the body is read.
void RequestReader::State::accept_head() {
  stage = Stage::kBody;
  accept_framing();
  if (stage == Stage::kBody) accept_target();
  if (stage == Stage::kBody) accept_expectation();
}

void RequestReader::State::accept_framing() {
  auto const& headers = parser->request.headers;
  if (parser->version != 10 && parser->version != 11) {
    return refuse(base::Errc::kMalformed, "only HTTP/1.1 and HTTP/1.0", 505);
  }
  if (has_repeated_field(headers)) {
    return refuse(base::Errc::kMalformed, "a header field is there twice");
  }
  if (parser->version == 11 && !headers.find("Host")) {
    return refuse(base::Errc::kMalformed, "the Host field is missing");
  }
  if (auto const coding = headers.find("Transfer-Encoding")) {
    if (parser->version == 10 || headers.find("Content-Length")) {
      return refuse(base::Errc::kMalformed, "two ways to find the body's end");
    }
    if (!equal_ignoring_case(*coding, "chunked")) {
      return refuse(base::Errc::kNotSupported, "only chunked is read");
    }
  }
}

void RequestReader::State::accept_target() {
  auto& request = parser->request;
  auto target = parse_target(parser->target);
  if (!target) return refuse(problem_response(target.error()));
  request.target = std::move(*target);
  match = router.find(request.method, request.target);

  std::uint64_t const limit =
      match.route != nullptr ? match.route->limits.body_bytes_max : kUnroutedBodyBytesMax;
  auto const length = parser->content_length();
  if (length && *length > limit) {
    return refuse(base::Errc::kTooLarge, "the body is over " + std::to_string(limit) + " bytes");
  }
  if (!parser->is_done()) parser->body_limit(limit);
}

void RequestReader::State::accept_expectation() {
  auto const expected = parser->request.headers.find("Expect");
  if (!expected || parser->version == 10) return;
  if (!equal_ignoring_case(*expected, "100-continue")) {
    return refuse(base::Errc::kNotSupported, "unknown expectation", 417);
  }
  if (parser->is_done()) return;
  // The final answer now spares the client its body.
  if (match.route == nullptr) return refuse(std::move(*match.answer));
  expects = true;
}

RequestReader::RequestReader(ServerLimits const& limits, Router const& router)
    : state_(new State{limits, router, std::nullopt, {}, {}, Stage::kIdle, false}) {
  begin();
}

RequestReader::~RequestReader() = default;

void RequestReader::begin() {
  state_->parser.emplace(state_->limits);
  state_->match = {};
  state_->stage = Stage::kIdle;
  state_->expects = false;
}

std::size_t RequestReader::read(std::string_view bytes) {
  auto& state = *state_;
  QRPAY_CHECK(!bytes.empty() && state.stage < Stage::kWhole);
  if (state.stage == Stage::kIdle) {
    // RFC 9112 2.2 lets clients send an empty line before a request.
    if (bytes.starts_with("\r\n")) return 2;
    if (bytes == "\r") return 0;
    state.stage = Stage::kHead;
  }
  error_code ec;
  auto const used = state.parser->put(boost::asio::buffer(bytes.data(), bytes.size()), ec);
  if (ec == error::need_more) {
    // Only chunk headers and trailers wait for their end in the caller's hands; Beast bounds
    // neither.
    if (state.stage == Stage::kBody && bytes.size() - used > state.limits.header_bytes_max) {
      state.refuse(base::Errc::kHeaderTooLarge, "a chunk header or trailer is too large");
    }
    return used;
  }
  if (ec) {
    state.refuse_syntax(ec);
    return used;
  }
  if (state.stage == Stage::kHead && state.parser->is_header_done()) state.accept_head();
  if (state.stage == Stage::kBody && state.parser->is_done()) state.stage = Stage::kWhole;
  return used;
}

void RequestReader::refuse_late() {
  state_->refuse(base::Errc::kTimeout, state_->stage == Stage::kHead
                                           ? "the header did not arrive in time"
                                           : "the body did not arrive in time");
}

RequestReader::Stage RequestReader::stage() const { return state_->stage; }

bool RequestReader::take_expectation() { return std::exchange(state_->expects, false); }

bool RequestReader::keep_alive() const {
  return state_->stage == Stage::kWhole && state_->parser->keep_alive();
}
bool RequestReader::head_only() const { return state_->parser->request.method == Method::kHead; }
bool RequestReader::http_1_0() const { return state_->parser->version == 10; }
HttpRequest& RequestReader::request() { return state_->parser->request; }
Router::Match& RequestReader::match() { return state_->match; }
HttpResponse& RequestReader::refusal() { return state_->refusal; }

}  // namespace qrpay::gateway::http
