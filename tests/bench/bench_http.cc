// One payment per HTTP request against a real server, durable before its answer; and how soon the
// till hears of it. The load generator runs on the same cores.
#include <atomic>
#include <cstdio>

#include "tests/bench/http_ledger.h"
#include "tests/bench/http_load.h"
#include "tests/bench/nginx_floor.h"

namespace {

using namespace qrpay;
using bench::HttpLedger;
using bench::LoadReport;

constexpr int kRounds = 3;  // in turn, and the medians are compared: the host's speed drifts
constexpr std::string_view kConstant =
    R"({"id":"r1c63-12345","outcome":"received","amount":20000,"currency":"VND","sequence":123456,)"
    R"("recorded_at":"2026-11-24T03:04:05.678Z"})";
constexpr int kNotices = 300;

std::string get_request(std::string_view target) {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
}

LoadReport run(char const* name, std::uint16_t port, bench::NextRequest const& next,
               bench::SeeAnswer const& see) {
  bench::LoadOptions options;
  options.port = port;
  auto const report = bench::must(bench::run_load(options, next, see), name);
  if (!report.first_not_2xx.empty()) bench::give_up(report.first_not_2xx);
  bench::check(report.broken == 0 && report.requests > 0, "connections broke");
  std::printf("%-22s %s\n", name, bench::to_string(report).c_str());
  std::fflush(stdout);
  return report;
}

/// Every payment has an id of its own and is a sale by the shop's sticker.
class Payments {
 public:
  explicit Payments(HttpLedger const& ledger) : ledger_(ledger) {}

  LoadReport run_round(int round, std::uint16_t port, char const* name, bool count) {
    std::string const prefix = "r" + std::to_string(round) + "c";
    auto const next = [&](unsigned connection, std::uint64_t index) {
      if (count) ++sent_;
      return ledger_.credit_request(
          prefix + std::to_string(connection) + "-" + std::to_string(index),
          "NGUYEN VAN A chuyen tien", 20'000);
    };
    auto const see = [](unsigned, std::uint64_t, int, std::string_view body) {
      if (body.find(R"("outcome":"received")") == std::string_view::npos) bench::give_up(body);
    };
    return run(name, port, next, see);
  }
  [[nodiscard]] std::uint64_t sent() const { return sent_.load(); }

 private:
  HttpLedger const& ledger_;
  std::atomic<std::uint64_t> sent_{0};
};

void bench_payments(bench::BenchFolder const& folder) {
  auto const nginx = bench::must(bench::NginxFloor::start(2, kConstant), "nginx");
  HttpLedger ledger(folder.path("payments"));
  Payments payments(ledger);
  std::vector<double> floor, floor_post, ours_constant, ours, p50, p99, worst, cpu_us;
  for (int round = 0; round < kRounds; ++round) {
    auto const constant = [](std::string const& bytes) {
      return [bytes](unsigned, std::uint64_t) { return bytes; };
    };
    floor.push_back(run("nginx GET", nginx->port(), constant(get_request("/")), {}).per_second);
    floor_post.push_back(
        payments.run_round(round, nginx->port(), "nginx, signed POST", /*count=*/false).per_second);
    ours_constant.push_back(
        run("qrpay GET /livez", ledger.port(), constant(get_request("/livez")), {}).per_second);
    double const cpu = ledger.server_cpu_seconds();
    auto const sent = payments.sent();
    auto const report = payments.run_round(round, ledger.port(), "qrpay payments", /*count=*/true);
    cpu_us.push_back((ledger.server_cpu_seconds() - cpu) * 1e6 /
                     static_cast<double>(payments.sent() - sent));
    ours.push_back(report.per_second);
    p50.push_back(report.p50_us / 1000);
    p99.push_back(report.p99_us / 1000);
    worst.push_back(report.max_us / 1000);
  }
  auto const records = ledger.stop_and_count();
  bench::check(records == ledger.records_at_start() + payments.sent(),
               "the ledger has another number of records than were acknowledged");
  double const rate = bench::median(ours);
  bench::print_row({.name = "http_constant_64",
                    .per_second = bench::median(ours_constant),
                    .unit = "requests",
                    .floor_name = "nginx GET",
                    .floor_per_second = bench::median(floor)});
  char remark[256];
  std::snprintf(
      remark, sizeof remark,
      "of the same signed POST to nginx %.2f; p50 %.2f p99 %.2f max %.2f ms; server CPU "
      "%.1f us each; %s in the ledger, %.0f bytes of journal each",
      rate / bench::median(floor_post), bench::median(p50), bench::median(p99),
      bench::median(worst), bench::median(cpu_us),
      bench::grouped(static_cast<double>(records)).c_str(),
      static_cast<double>(bench::bytes_below(ledger.journal())) / static_cast<double>(records));
  bench::print_row({.name = "http_payments_64",
                    .per_second = rate,
                    .unit = "payments",
                    .floor_name = "nginx GET",
                    .floor_per_second = bench::median(floor),
                    .remark = remark});
}

// One at a time: an order, its payment by the bank, and the till's event stream.
void bench_event(bench::BenchFolder const& folder) {
  HttpLedger ledger(folder.path("events"));
  auto client = ledger.client();
  auto stream = ledger.client();
  bench::must(stream.open_stream(ledger.events()), "event stream");
  bench::Latencies answer_ms;
  bench::Latencies event_ms;
  for (int i = 0; i < kNotices; ++i) {
    auto const id = "o" + std::to_string(i);
    auto const code = ledger.put_order(client, id, 45'000);
    auto const notice = ledger.credit("n" + std::to_string(i), "CT tu 0011 " + code, 45'000);
    auto const start = bench::Steady::now();
    auto const answer = bench::must(client.send(notice), "notice");
    answer_ms.add(bench::seconds_since(start) * 1e3);
    auto const event = bench::must(stream.next_event(10'000), "event");
    event_ms.add(bench::seconds_since(start) * 1e3);
    bench::check(answer.body.find(R"("outcome":"paid")") != std::string::npos, answer.body);
    bench::check(event && event->event == "order.paid" &&
                     event->data.find('"' + id + '"') != std::string::npos,
                 "another event");
  }
  bench::check(ledger.stop_and_count() == ledger.records_at_start() + 2 * kNotices,
               "another number of records");
  char text[160];
  std::snprintf(text, sizeof text,
                "p50 %.2f p99 %.2f max %.2f ms (the bank's answer p50 %.2f p99 %.2f)",
                event_ms.quantile(0.5), event_ms.quantile(0.99), event_ms.max(),
                answer_ms.quantile(0.5), answer_ms.quantile(0.99));
  bench::print_note("http_notice_to_event", text);
}

}  // namespace

int main(int argc, char** argv) {
  bench::Choice const choice(argc, argv);
  bench::print_note("conditions", bench::conditions());
  bench::BenchFolder const folder;
  if (choice.has("event")) bench_event(folder);
  if (choice.has("payments")) bench_payments(folder);
  return 0;
}
