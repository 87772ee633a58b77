// P1, P2, P5: a real server under load, killed at random moments. Nothing that was answered is lost
// or different, and what got no answer is settled once by asking again.
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <random>
#include <thread>

#include "tests/e2e/town.h"

namespace qrpay::e2e {
namespace {

constexpr std::size_t kClients = 8;
constexpr std::int64_t kOrderAmount = 3'000;
constexpr std::int64_t kPartAmount = 1'000;
constexpr int kParts = 3;
constexpr std::int64_t kStickerAmount = 777;

/// What a client asked for, and the answer if one came.
struct Asked {
  Request request;
  std::string answer = {};  ///< empty: unknown
  bool is_order = false;
  std::int64_t amount = 0;  ///< of a credit
};

/// Counts answers, and tells when there are enough to kill.
class Countdown {
 public:
  explicit Countdown(int left) : left_(left) {}
  void answered() {
    std::lock_guard const lock(mutex_);
    if (--left_ == 0) enough_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    enough_.wait(lock, [this] { return left_ <= 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable enough_;
  int left_;
};

/// Asks until the server is gone: an order and the credits that pay it in parts, then a sale by
/// sticker, and again.
class Client {
 public:
  Client(Town const& town, std::string name)
      : town_(town), till_(town.till), bank_(town.bank), name_(std::move(name)) {}

  void run(Countdown& countdown) {
    for (;;) {
      std::string const id = name_ + "-" + std::to_string(next_++);
      Asked order{
          {"PUT", "/v1/orders/" + id, object({{"shop", "hoa-cho"}}, {{"amount", kOrderAmount}})}};
      order.is_order = true;
      auto const put = ask(till_, std::move(order), countdown);
      if (!put) return;
      std::string const code = text_at(put->json, "code");
      for (int part = 0; part < kParts; ++part) {
        std::string const credit = id + "." + std::to_string(part);
        if (!pay({credit, "FT" + credit, kPartAmount, code}, countdown)) return;
      }
      if (!pay({id + ".s", "FT" + id + ".s", kStickerAmount}, countdown)) return;
    }
  }

  /// Repeats everything that got no answer.
  void settle() {
    for (Asked& asked : asked_) {
      if (!asked.answer.empty()) continue;
      Caller& caller = asked.is_order ? till_ : bank_;
      Answer const answer = caller.ask(asked.request);
      ASSERT_EQ(answer.status / 100, 2) << answer.text;
      asked.answer = answer.text;
    }
  }

  /// Holds every answer from number `from` on against what the server says now.
  void check(std::size_t from) {
    for (std::size_t i = from; i < asked_.size(); ++i) {
      Asked const& asked = asked_[i];
      if (asked.is_order) {
        Answer const again = till_.ask(asked.request);
        EXPECT_EQ(again.status, 200) << asked.request.target;
        EXPECT_EQ(again.text, asked.answer);
        Answer const order = till_.get(asked.request.target);
        EXPECT_EQ(number_at(order.json, "received"), received(i)) << order.text;
      } else {
        auto const body = gateway::json::parse(asked.request.body);
        Answer const credit = bank_.get("/v1/bank/credits/" + text_at(*body, "id"));
        EXPECT_EQ(credit.status, 200);
        EXPECT_EQ(credit.text, asked.answer);
      }
    }
  }

  [[nodiscard]] std::vector<Asked> const& asked() const { return asked_; }

 private:
  bool pay(Credit const& credit, Countdown& countdown) {
    Asked asked{{"POST", "/v1/bank/credits", town_.body(credit)}};
    asked.amount = credit.amount;
    return ask(bank_, std::move(asked), countdown).has_value();
  }

  std::optional<Answer> ask(Caller& caller, Asked asked, Countdown& countdown) {
    Answer answer = caller.ask(asked.request);
    bool const came = answer.status != 0;
    EXPECT_TRUE(!came || answer.status / 100 == 2) << answer.text;
    if (came) asked.answer = answer.text;
    asked_.push_back(std::move(asked));
    if (!came) return std::nullopt;
    countdown.answered();
    return answer;
  }

  /// The sum of the credits that followed order number `at` with its code.
  [[nodiscard]] std::int64_t received(std::size_t at) const {
    std::int64_t sum = 0;
    for (std::size_t i = at + 1; i < asked_.size() && !asked_[i].is_order; ++i)
      if (asked_[i].amount == kPartAmount) sum += kPartAmount;
    return sum;
  }

  Town const& town_;
  Caller till_;
  Caller bank_;
  std::string name_;
  int next_ = 0;
  std::vector<Asked> asked_;
};

/// Each client's own work in a thread of its own.
template <class Work>
void each(std::vector<Client>& clients, Work const& work) {
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < clients.size(); ++i)
    threads.emplace_back([&, i] { work(clients[i], i); });
  for (auto& thread : threads) thread.join();
}

/// Sales as the report counts them from the leaves: number and sum of all credits, each once.
void check_sales(Town& town, std::vector<Client> const& clients) {
  std::int64_t count = 0;
  std::int64_t sum = 0;
  for (Client const& client : clients) {
    for (Asked const& asked : client.asked()) {
      if (asked.is_order) continue;
      ++count;
      sum += asked.amount;
    }
  }
  Answer const report = town.auditor.get("/v1/reports/cashless-ratio?commune=&from=" + town.day() +
                                         "&to=" + town.day());
  EXPECT_EQ(number_at(report.json, "sales.count"), count) << report.text;
  EXPECT_EQ(number_at(report.json, "sales.amount"), sum);
}

void check_balances(Server const& server) {
  auto const verified = run_qrpay({"ledger", "verify", server.data(), "--json"});
  EXPECT_EQ(verified.exit_code, 0) << verified.output;
  EXPECT_NE(verified.output.find(R"("balances_to_zero":true)"), std::string::npos)
      << verified.output;
}

TEST(Kill, LosesNothingAndDoublesNothing) {
  int const kills = test_run().is_long ? 100 : 10;
  std::mt19937_64 random(test_run().seed);
  Server server;
  Town town(server);
  std::vector<Client> clients;
  for (std::size_t i = 0; i < kClients; ++i) clients.emplace_back(town, "k" + std::to_string(i));
  for (int n = 0; n < kills; ++n) {
    SCOPED_TRACE("seed " + std::to_string(test_run().seed) + ", kill " + std::to_string(n));
    std::vector<std::size_t> known;
    for (Client const& client : clients) known.push_back(client.asked().size());
    Countdown countdown(1 + static_cast<int>(random() % 400));
    std::thread killer([&] {
      countdown.wait();
      server.kill();
    });
    each(clients, [&](Client& client, std::size_t) { client.run(countdown); });
    killer.join();
    check_balances(server);
    server.start();
    ASSERT_FALSE(HasFatalFailure());
    each(clients, [](Client& client, std::size_t) { client.settle(); });
    // What this round asked; at the end, everything.
    bool const last = n + 1 == kills;
    each(clients, [&](Client& client, std::size_t i) { client.check(last ? 0 : known[i]); });
    check_sales(town, clients);
    check_balances(server);
    ASSERT_FALSE(HasFailure());
  }
}

}  // namespace
}  // namespace qrpay::e2e
