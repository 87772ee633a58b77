// Our server's constant JSON answer beside nginx's, at 64 keep-alive connections on the same cores.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "base/world.h"
#include "gateway/http/server.h"
#include "tests/bench/http_load.h"
#include "tests/bench/nginx_floor.h"

namespace {

using namespace qrpay;

constexpr std::string_view kJson = R"({"status":"ok","service":"qrpay"})";
constexpr int kRounds = 3;  // in turn, and the medians are compared: the host's speed drifts

std::string request(std::string_view method, std::string_view body) {
  std::string text(method);
  text += " /v1/constant HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n";
  if (!body.empty()) {
    text +=
        "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  }
  text += "\r\n";
  text += body;
  return text;
}

double measure(char const* name, std::uint16_t port, std::string const& bytes,
               std::string_view expected) {
  bench::LoadOptions options;
  options.port = port;
  bool right = true;
  auto report = bench::run_load(
      options, [&bytes](unsigned, std::uint64_t) { return bytes; },
      [&right, expected](unsigned, std::uint64_t, int status, std::string_view body) {
        right = right && status == 200 && body == expected;
      });
  if (!report || !right || report->broken != 0) {
    std::fprintf(stderr, "%s: wrong or missing answers\n", name);
    std::exit(1);
  }
  std::printf("%-22s %s\n", name, bench::to_string(*report).c_str());
  std::fflush(stdout);
  return report->per_second;
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

}  // namespace

int main() {
  auto nginx = bench::NginxFloor::start(2, kJson);
  if (!nginx) {
    std::fprintf(stderr, "%s\n", base::to_string(nginx.error()).c_str());
    return 1;
  }
  auto constant = [](gateway::http::HttpRequest, gateway::http::Params,
                     gateway::http::Responder respond) {
    respond(gateway::http::json_response(std::string(kJson)));
  };
  gateway::http::Router router;
  router.add(gateway::http::Method::kGet, "/v1/constant", constant);
  router.add(gateway::http::Method::kPost, "/v1/constant", constant);
  auto server = gateway::http::Server::start({}, std::move(router), base::system_clock());
  if (!server) {
    std::fprintf(stderr, "%s\n", base::to_string(server.error()).c_str());
    return 1;
  }
  auto const get = request("GET", {});
  auto const post = request("POST", std::string(400, ' ') + "{}");
  std::vector<double> floor, ours, ours_post;
  for (int i = 0; i < kRounds; ++i) {
    floor.push_back(measure("nginx GET", (*nginx)->port(), get, kJson));
    ours.push_back(measure("qrpay GET", (*server)->port(), get, kJson));
    ours_post.push_back(measure("qrpay POST 402 bytes", (*server)->port(), post, kJson));
  }
  std::printf("medians: nginx %.0f, qrpay GET %.0f (ratio %.2f), POST %.0f (ratio %.2f)\n",
              median(floor), median(ours), median(ours) / median(floor), median(ours_post),
              median(ours_post) / median(floor));
  (*server)->stop(1000);
  return 0;
}
