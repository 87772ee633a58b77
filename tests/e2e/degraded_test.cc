// Degraded modes of the real server: each is named by /readyz and /metrics, does what the
// operator's guide says, and ends when its cause does. Nothing acknowledged is lost in any.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "cli/identity.h"
#include "cli/verbs.h"
#include "gateway/api/modes.h"
#include "tests/e2e/town.h"

namespace qrpay::e2e {
namespace {

using gateway::json::Value;

std::set<std::string> modes_of(Value const& ready) {
  std::set<std::string> modes;
  for (auto const& mode : array_at(ready, "modes")) modes.insert(*mode.if_string());
  return modes;
}

/// The value of a sample, e.g. `qrpay_mode{mode="disk_full"}`; "" when it is not there.
std::string sample_of(std::string const& metrics, std::string const& name) {
  std::istringstream in(metrics);
  for (std::string line; std::getline(in, line);)
    if (line.starts_with(name + " ")) return line.substr(name.size() + 1);
  return "";
}

/// A sample in seconds as whole microseconds: sums must be equal, not nearly so.
std::int64_t microseconds(std::string const& metrics, std::string const& name) {
  std::string const value = sample_of(metrics, name);
  EXPECT_FALSE(value.empty()) << name;
  std::size_t const dot = value.find('.');
  std::string digits = dot == std::string::npos ? "" : value.substr(dot + 1);
  digits.resize(6, '0');
  return std::stoll(value.substr(0, dot)) * 1'000'000 + std::stoll(digits);
}

std::int64_t stages_sum(std::string const& metrics) {
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < engine::kStages; ++i) {
    std::string const stage(engine::stage_name(static_cast<engine::Stage>(i)));
    sum += microseconds(metrics, "qrpay_batch_stage_seconds_sum{stage=\"" + stage + "\"}");
  }
  return sum;
}

class Degraded : public testing::Test {
 protected:
  Answer pay(int n) {
    std::string const number = std::to_string(n);
    return town_.pay({"c" + number, "FT" + number, 1'000 + n});
  }
  [[nodiscard]] std::set<std::string> modes() {
    return modes_of(town_.operators.get("/readyz").json);
  }
  [[nodiscard]] std::string metric(std::string const& name) {
    Answer const answer = town_.operators.get("/metrics");
    EXPECT_EQ(answer.status, 200) << answer.text;
    return sample_of(answer.text, name);
  }
  struct Way {
    std::string settings = {};  ///< TOML
    std::string limits = {};    ///< see Server::start()
  };
  void restart(Way const& way) {
    ASSERT_EQ(server_.stop(), 0);
    server_.configure(way.settings);
    ASSERT_NO_FATAL_FAILURE(server_.start(way.limits));
  }

  Server server_;
  Town town_{server_};
};

TEST_F(Degraded, AFullDiskRefusesWritesByNameAndReadsGoOn) {
  ASSERT_EQ(pay(1).status, 200);
  EXPECT_EQ(modes(), std::set<std::string>());
  // Whatever is free here, it is less than an exbibyte.
  restart({.settings = "[data]\ndisk_headroom_mib = 1099511627776\n"});
  Answer const ready = town_.operators.get("/readyz");
  EXPECT_EQ(ready.status, 503);
  EXPECT_EQ(modes_of(ready.json), std::set<std::string>({"disk_full"}));
  EXPECT_EQ(metric("qrpay_mode{mode=\"disk_full\"}"), "1");
  EXPECT_EQ(metric("qrpay_mode{mode=\"slow_disk\"}"), "0");
  Answer const refused = pay(2);
  EXPECT_EQ(refused.status, 507);
  EXPECT_EQ(text_at(refused.json, "type"), "/problems/disk_full") << refused.text;
  EXPECT_EQ(number_at(town_.operators.get("/v1/accounts/hoa-1/balance").json, "balance"), 1'001);
  restart({});
  EXPECT_EQ(modes(), std::set<std::string>());
  EXPECT_EQ(pay(2).status, 200);
  EXPECT_TRUE(pay(1).replayed());
}

TEST_F(Degraded, ASlowDiskIsNamedAndStillServes) {
  restart({.settings = "[data]\nslow_sync_ms = 0\n"});  // every write is slower than that
  ASSERT_EQ(pay(1).status, 200);
  Answer const ready = town_.operators.get("/readyz");
  EXPECT_EQ(ready.status, 200);
  EXPECT_EQ(modes_of(ready.json), std::set<std::string>({"slow_disk"}));
  EXPECT_EQ(metric("qrpay_mode{mode=\"slow_disk\"}"), "1");
  EXPECT_GE(std::stoi(metric("qrpay_slow_writes_total")), 1);
}

/// The largest file of blocks in a journal.
std::string largest_table(std::string const& journal) {
  std::string largest;
  std::uintmax_t bytes = 0;
  for (auto const& entry : std::filesystem::directory_iterator(journal))
    if (entry.path().extension() == ".sst" && entry.file_size() > bytes) {
      bytes = entry.file_size();
      largest = entry.path();
    }
  return largest;
}

void flip(std::string const& file, std::uintmax_t at) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekg(static_cast<std::streamoff>(at));
  char const byte = static_cast<char>(stream.get());
  stream.seekp(static_cast<std::streamoff>(at));
  stream.put(static_cast<char>(byte ^ 0x40));
  EXPECT_TRUE(stream.flush().good());
}

TEST_F(Degraded, ABlockThatRotsWhileServingIsNamedWithItsRecordsUntilItReadsAgain) {
  constexpr int kPayments = 300;
  std::int64_t first = 0;
  for (int n = 0; n < kPayments; ++n) {
    std::int64_t const sequence = number_at(pay(n).json, "sequence");
    if (n == 0) first = sequence;
  }
  restart({});  // what recovery read lies in a file now
  std::string const table = largest_table(server_.data() + "/journal");
  ASSERT_FALSE(table.empty());
  std::uintmax_t const middle = std::filesystem::file_size(table) / 2;
  flip(table, middle);
  std::set<std::int64_t> unread;
  for (int n = 0; n < kPayments; ++n) {
    Answer const answer = town_.bank.get("/v1/bank/credits/c" + std::to_string(n));
    if (answer.status == 200) continue;
    EXPECT_GE(answer.status, 500) << answer.text;
    unread.insert(first + n);
  }
  ASSERT_FALSE(unread.empty());
  EXPECT_LT(unread.size(), kPayments / 2u);
  Answer const ready = town_.operators.get("/readyz");
  EXPECT_EQ(ready.status, 200) << "payments go on";
  EXPECT_EQ(modes_of(ready.json), std::set<std::string>({"journal_corrupt"})) << ready.text;
  auto const damage = array_at(ready.json, "damage");
  ASSERT_EQ(damage.size(), 1u) << ready.text;
  EXPECT_EQ(number_at(damage[0], "from"), *unread.begin());
  EXPECT_EQ(number_at(damage[0], "to"), *unread.rbegin());
  EXPECT_EQ(metric("qrpay_damaged_records"), std::to_string(unread.size()));
  EXPECT_EQ(pay(kPayments).status, 200);

  flip(table, middle);  // as a disk that reads it after all
  for (int n = 0; n < kPayments; ++n)
    EXPECT_EQ(town_.bank.get("/v1/bank/credits/c" + std::to_string(n)).status, 200);
  EXPECT_EQ(modes(), std::set<std::string>());
  EXPECT_EQ(metric("qrpay_damaged_records"), "0");
}

TEST_F(Degraded, AFailedWriteEndsTheProcessAndLosesNothingAcknowledged) {
  // No file may grow beyond 128 KiB: the journal's log meets that among the payments.
  restart({.limits = "trap '' XFSZ; ulimit -f 256"});
  int acknowledged = 0;
  for (; acknowledged < 2'000; ++acknowledged) {
    Answer const answer = pay(acknowledged);
    if (answer.status == 0) break;  // unknown: no answer at all
    ASSERT_EQ(answer.status, 200) << answer.text;
  }
  ASSERT_GT(acknowledged, 0);
  ASSERT_LT(acknowledged, 2'000) << "the limit was never met";
  EXPECT_EQ(server_.wait(), static_cast<int>(cli::ExitCode::kStorage));
  ASSERT_NO_FATAL_FAILURE(server_.start());
  for (int n = 0; n < acknowledged; ++n) EXPECT_TRUE(pay(n).replayed()) << "payment " << n;
  EXPECT_EQ(pay(acknowledged).status, 200);
  EXPECT_EQ(modes(), std::set<std::string>());
}

/// Shows a later time than it is.
class LateClock final : public base::Clock {
 public:
  base::WallTime wall() override {
    return base::later(base::system_clock().wall(), 2 * base::kMinute);
  }
  base::Ticks ticks() override { return base::system_clock().ticks(); }
};

/// One more record, stamped two minutes from now, as by a machine whose clock was wrong.
void write_from_the_future(std::string const& directory) {
  cli::Config config;
  config.data_dir = directory;
  auto data = ledger::open_data(config.paths(), {}, cli::check_identity);
  ASSERT_TRUE(data) << to_string(data.error());
  ledger::Log log(*data->store, std::nullopt);
  auto state = engine::replay_state(log, data->vault);
  ASSERT_TRUE(state);
  ledger::Tagger const tagger(data->secrets.dedupe);
  LateClock clock;
  engine::LocalLog inbox;
  engine::Engine engine({.state = std::move(*state),
                         .log = log,
                         .vault = data->vault,
                         .tagger = tagger,
                         .clock = clock,
                         .inbox = inbox},
                        {}, nullptr, nullptr);
  engine::Command command;
  command.actor = base::Sequence(2);  // the operator's key that init made
  command.id = "from-the-future";
  command.payload = engine::OpenGeneralAccount{"late", {}};
  ASSERT_TRUE(engine.submit(std::move(command), nullptr));
  engine.start();
  engine.stop();
}

TEST_F(Degraded, AClockBehindTheLastRecordIsRefusedAtTheStart) {
  ASSERT_EQ(server_.stop(), 0);
  ASSERT_NO_FATAL_FAILURE(write_from_the_future(server_.data()));
  auto const refused = run_qrpay({"serve", "--dir", server_.data(), "--port", "0"});
  EXPECT_NE(refused.exit_code, 0);
  EXPECT_NE(refused.output.find("clock_behind"), std::string::npos) << refused.output;
  // The start of the test's server would wait for the clock: nothing more to show.
}

TEST_F(Degraded, MetricsAreForOperatorsAndAuditorsAndAddUp) {
  ASSERT_EQ(pay(1).status, 200);
  EXPECT_EQ(town_.auditor.get("/metrics").status, 200);
  EXPECT_EQ(Caller::nobody(server_).get("/metrics").status, 401);
  for (Caller* caller : {&town_.merchant, &town_.till, &town_.bank})
    EXPECT_EQ(caller->get("/metrics").status, 403);
  // The last batch is counted when its answers have left, which may be just now.
  std::string text = town_.operators.get("/metrics").text;
  for (int i = 0; i < 1'000 && stages_sum(text) != microseconds(text, "qrpay_batch_seconds_sum");
       ++i)
    text = town_.operators.get("/metrics").text;
  EXPECT_EQ(stages_sum(text), microseconds(text, "qrpay_batch_seconds_sum"));
  EXPECT_GT(microseconds(text, "qrpay_batch_seconds_sum"), 0);
  EXPECT_EQ(sample_of(text, "qrpay_batch_seconds_count"),
            sample_of(text, "qrpay_batch_seconds_bucket{le=\"+Inf\"}"));
  EXPECT_EQ(sample_of(text,
                      "qrpay_http_requests_total{route=\"POST /v1/bank/credits\",status="
                      "\"200\"}"),
            "1");
  EXPECT_EQ(sample_of(text, "qrpay_http_requests_total{route=\"GET /metrics\",status=\"403\"}"),
            "3");
  EXPECT_EQ(sample_of(text, "qrpay_ledger_records_total"),
            std::to_string(number_at(town_.operators.get("/readyz").json, "durable_size")));
  EXPECT_FALSE(sample_of(text, "qrpay_disk_free_bytes").empty());
}

// A mode that the guide does not tell of helps nobody.
TEST(DegradedModes, AreAllInTheOperatorsGuide) {
  std::ifstream file(std::string(QRPAY_SOURCE_DIR) + "/docs/OPERATIONS.md");
  std::set<std::string> told;
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("| `")) continue;
    told.insert(line.substr(3, line.find('`', 3) - 3));
  }
  for (auto const& mode : gateway::api::kModes)
    EXPECT_TRUE(told.contains(std::string(mode.name))) << mode.name;
}

}  // namespace
}  // namespace qrpay::e2e
