// What a connection says: as request target and routes, and as bytes for RequestReader.
//
// "METHOD target" in the input is taken apart and routed; and the whole input is read as a
// connection's bytes, at once and in small steps, which must come to the same.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/text.h"
#include "gateway/http/request_reader.h"
#include "gateway/http/response_text.h"
#include "gateway/http/router.h"
#include "gateway/http/target.h"

namespace {

using namespace qrpay::gateway::http;

Router const& routes() {
  static Router const kRouter = [] {
    Router router;
    auto handler = [](HttpRequest request, Params params, Responder respond) {
      for (auto name : {"id", "file", "rest"}) {
        auto const value = params.get(name);
        QRPAY_CHECK(value.find('\0') == std::string_view::npos);
        QRPAY_CHECK(std::string_view(name) == "rest" || value.find('/') == std::string_view::npos);
        QRPAY_CHECK(value != ".." && !value.starts_with("../"));
      }
      respond(json_response(std::move(request.target.raw)));
    };
    router.add(Method::kGet, "/", handler);
    router.add(Method::kGet, "/v1/orders", handler);
    router.add(Method::kGet, "/v1/orders/{id}", handler);
    router.add(Method::kPut, "/v1/orders/{id}", handler);
    router.add(Method::kGet, "/v1/orders/{id}/{file}", handler);
    router.add(Method::kGet, "/v1/orders/{id}/qr.png", handler);
    router.add(Method::kGet, "/tile/{id}/{rest...}", handler);
    return router;
  }();
  return kRouter;
}

class Once final : public Responder::Sink {
 public:
  void deliver(HttpResponse response) override {
    ++count;
    QRPAY_CHECK(is_sendable(response));
    std::string head;
    append_head(response, {}, "now", head);
    QRPAY_CHECK(head.ends_with("\r\n\r\n") && head.find("\r\n\r\n") + 4 == head.size());
  }
  int count = 0;
};

std::string escaped(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (char c : text) {
    auto const byte = static_cast<unsigned char>(c);
    out += '%';
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
  return out;
}

// All that was read, as text. `step` bytes are offered at a time.
std::string transcript(std::string_view bytes, std::size_t step) {
  static ServerLimits const kLimits = [] {
    ServerLimits limits;
    limits.header_bytes_max = 512;
    limits.target_bytes_max = 128;
    return limits;
  }();
  RequestReader reader(kLimits, routes());
  std::string told;
  std::size_t begin = 0;
  for (std::size_t end = 0;
       end < bytes.size() && reader.stage() != RequestReader::Stage::kRefused;) {
    end = std::min(bytes.size(), end + step);
    while (begin < end) {
      auto const used = reader.read(bytes.substr(begin, end - begin));
      QRPAY_CHECK(used <= end - begin);
      begin += used;
      if (reader.stage() == RequestReader::Stage::kRefused) {
        QRPAY_CHECK(is_sendable(reader.refusal()));
        told += "refused";
        break;
      }
      if (reader.stage() == RequestReader::Stage::kWhole) {
        auto const& request = reader.request();
        QRPAY_CHECK(request.body.size() <= 64 * 1024);
        told += request.method_text + ' ' + request.target.raw + ' ' + request.body + '\n';
        if (!reader.keep_alive()) return told + "closed";
        reader.begin();
      } else if (used == 0) {
        break;
      }
    }
  }
  return told;
}

void check_target(std::string_view input);

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  if (size > 4096) return 0;
  std::string_view const input(reinterpret_cast<char const*>(data), size);
  check_target(input);
  auto const at_once = transcript(input, 4096);
  for (std::size_t const step : {std::size_t{1}, std::size_t{7}}) {
    // A request that has not ended may be seen to be bad, or too long, sooner one way than the
    // other; what was accepted before it must be the same.
    auto const in_steps = transcript(input, step);
    QRPAY_CHECK(in_steps == at_once || in_steps + "refused" == at_once ||
                in_steps == at_once + "refused");
  }
  return 0;
}

namespace {

void check_target(std::string_view input) {
  auto const blank = input.find(' ');
  if (blank == std::string_view::npos) return;
  auto target = parse_target(input.substr(blank + 1));
  if (!target) return;

  // The path built again from its segments, every byte escaped, means the same.
  if (target->raw != "*") {
    std::string path;
    for (auto const& segment : target->segments) {
      QRPAY_CHECK(segment.size() <= kSegmentBytesMax && qrpay::base::is_utf8(segment));
      path += '/' + escaped(segment);
    }
    auto const again = parse_target(path.empty() ? "/" : path);
    QRPAY_CHECK(again.has_value());
    QRPAY_CHECK(again->segments == target->segments || target->segments.empty());
  }
  QRPAY_CHECK(target->segments.size() <= kSegmentsMax && target->query.size() <= kParametersMax);
  for (auto const& parameter : target->query) {
    QRPAY_CHECK(target->parameter(parameter.name) == parameter.value);
    QRPAY_CHECK(*percent_decode(escaped(parameter.value), /*plus_is_blank=*/true) ==
                parameter.value);
  }

  auto const once = std::make_shared<Once>();
  HttpRequest request;
  request.method_text = input.substr(0, blank);
  request.method = method_of(request.method_text);
  request.target = std::move(*target);
  routes().dispatch(std::move(request), Responder(once));
  QRPAY_CHECK(once->count == 1);
}

}  // namespace
