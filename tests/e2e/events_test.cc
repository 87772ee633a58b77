// Event streams of tills: in order, and after a cut exactly what was missed.
#include <gtest/gtest.h>

#include <random>
#include <thread>

#include "tests/e2e/town.h"

namespace qrpay::e2e {
namespace {

using gateway::http::Client;
using Event = Client::StreamEvent;

constexpr std::int64_t kPatienceMs = 20'000;

/// "12.0 order.paid {...}": everything of an event, to compare and to print.
std::string text_of(Event const& event) { return event.id + " " + event.event + " " + event.data; }

/// An open stream of a terminal.
class Stream {
 public:
  Stream(Caller const& caller, std::string const& terminal, std::string const& last_id = {})
      : client_(caller.server().endpoint()) {
    Request const request{"GET", "/v1/terminals/" + terminal + "/events"};
    auto headers = caller.credentials(request);
    if (!last_id.empty()) headers.push_back({"Last-Event-ID", last_id});
    auto const opened = client_.open_stream({request.method, request.target, headers, {}});
    EXPECT_TRUE(opened) << to_string(opened.error());
  }
  Event next() {
    auto event = client_.next_event(kPatienceMs);
    if (!event || !*event) {
      ADD_FAILURE() << (event ? "the stream ended" : to_string(event.error()));
      return {};
    }
    return std::move(**event);
  }
  std::vector<std::string> read(std::size_t count) {
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < count && !testing::Test::HasFailure(); ++i)
      texts.push_back(text_of(next()));
    return texts;
  }
  /// True when the server ended it.
  bool ended() {
    auto const event = client_.next_event(kPatienceMs);
    return !event || !*event;
  }

 private:
  Client client_;
};

class Events : public testing::Test {
 protected:
  void pay(std::int64_t amount, std::string const& memo,
           std::string const& account = std::string(kAccount)) {
    std::string const id = "c" + std::to_string(++credits_);
    Answer const answer = town_.pay({id, "FT" + id, amount, memo, account});
    EXPECT_EQ(answer.status, 200) << answer.text;
  }
  /// Five events: part, rest, sale, unmatched, cancelled.
  void round(int n) {
    std::string const id = "don-" + std::to_string(n);
    std::string const code = text_at(town_.put_order(id, 1'000).json, "code");
    pay(400, code);
    pay(600, code);
    pay(50, "mua rau");
    pay(60, std::string(kPrefix) + "7K2M4P");
    (void)town_.put_order(id + "x", 1'000);
    Answer const cancelled =
        town_.till.ask({"POST", "/v1/orders/" + id + "x/cancel", {}, {{"If-Match", "\"1\""}}});
    EXPECT_EQ(cancelled.status, 200) << cancelled.text;
  }

  Server server_;
  Town town_{server_};
  int credits_ = 0;
};

TEST_F(Events, ComeLiveAndInOrderAndTheHistoryIsTheSame) {
  Stream live(town_.till, "till-1");
  round(1);
  round(2);
  std::vector<std::string> const types = {"order.partly_paid", "order.paid", "sale.received",
                                          "credit.unmatched", "order.cancelled"};
  std::vector<std::string> told;
  std::int64_t before = 0;
  for (std::size_t i = 0; i < 2 * types.size(); ++i) {
    Event const event = live.next();
    EXPECT_EQ(event.event, types[i % types.size()]);
    auto const data = gateway::json::parse(event.data);
    ASSERT_TRUE(data) << event.data;
    std::int64_t const sequence = number_at(*data, "sequence");
    EXPECT_GT(sequence, before);
    EXPECT_EQ(event.id, std::to_string(sequence) + ".0");
    EXPECT_EQ(text_at(*data, "type"), event.event);
    before = sequence;
    told.push_back(text_of(event));
  }
  Stream history(town_.till, "till-1", "0");
  EXPECT_EQ(history.read(told.size()), told);
}

TEST_F(Events, SayWhatATillNeedsToRing) {
  Stream live(town_.till, "till-1");
  std::string const code = text_at(town_.put_order("don-1", 45'000).json, "code");
  pay(45'000, code);
  auto const data = gateway::json::parse(live.next().data);
  ASSERT_TRUE(data);
  EXPECT_EQ(text_at(*data, "order"), "don-1");
  EXPECT_EQ(number_at(*data, "asked"), 45'000);
  EXPECT_EQ(number_at(*data, "amount"), 45'000);
  EXPECT_EQ(text_at(*data, "outcome"), "paid");
}

TEST_F(Events, AfterACutComesExactlyWhatWasMissed) {
  for (int n = 0; n < 8; ++n) round(n);
  auto const all = Stream(town_.till, "till-1", "0").read(40);
  ASSERT_FALSE(HasFailure());
  std::mt19937_64 random(test_run().seed);
  for (int cut = 0; cut < 100; ++cut) {
    std::size_t const seen = random() % all.size();
    SCOPED_TRACE("seed " + std::to_string(test_run().seed) + ", cut after " + all[seen]);
    std::string const id = all[seen].substr(0, all[seen].find(' '));
    std::size_t const missed = all.size() - seen - 1;
    auto const rest = Stream(town_.till, "till-1", id).read(missed);
    ASSERT_TRUE(std::equal(rest.begin(), rest.end(),
                           all.begin() + static_cast<std::ptrdiff_t>(seen) + 1, all.end()));
  }
}

TEST_F(Events, AHundredCutsWhileMoneyComesLoseAndRepeatNothing) {
  constexpr std::size_t kCredits = 300;
  std::thread writer([&] {
    for (std::size_t i = 0; i < kCredits; ++i) pay(1, "mua rau");
  });
  std::mt19937_64 random(test_run().seed);
  std::vector<std::string> told;
  std::string last = "0";
  int cuts = 0;
  while (told.size() < kCredits && !HasFailure()) {
    Stream stream(town_.till, "till-1", last);
    ++cuts;
    std::size_t const left = kCredits - told.size();
    for (std::string& text : stream.read(std::min<std::size_t>(left, 1 + random() % 5)))
      told.push_back(std::move(text));
    if (!told.empty()) last = told.back().substr(0, told.back().find(' '));
  }
  writer.join();
  EXPECT_GE(cuts, 60);
  EXPECT_EQ(Stream(town_.till, "till-1", "0").read(kCredits), told) << "seed " << test_run().seed;
}

TEST_F(Events, AnotherTillSeesOnlyItsOwn) {
  town_.add_shop("hoa-kho", "hoa");
  town_.add_account({"hoa-2", "hoa", "1903000099999", "hoa-kho"});
  Caller other_shop = town_.add_terminal("till-kho", "hoa-kho");
  Caller same_shop = town_.add_terminal("till-1b", "hoa-cho");
  Stream there(other_shop, "till-kho");
  Stream beside(same_shop, "till-1b");
  round(1);  // the orders are till-1's; the sale and the unmatched credit are the shop's
  pay(77, "mua rau", "1903000099999");
  Event const sale = there.next();
  EXPECT_EQ(sale.event, "sale.received");
  EXPECT_NE(sale.data.find("\"amount\":77"), std::string::npos) << sale.data;
  EXPECT_EQ(beside.next().event, "sale.received");
  EXPECT_EQ(beside.next().event, "credit.unmatched");
  // An order that no till put rings on each.
  Answer const order =
      town_.merchant.put("/v1/orders/chung", object({{"shop", "hoa-cho"}}, {{"amount", 900}}));
  pay(900, text_at(order.json, "code"));
  EXPECT_EQ(beside.next().event, "order.paid");
}

TEST_F(Events, AMerchantMayListenToItsTills) {
  Stream stream(town_.merchant, "till-1");
  pay(1, "mua rau");
  EXPECT_EQ(stream.next().event, "sale.received");
}

TEST_F(Events, AnIdOfTheFutureIsReset) {
  pay(1, "mua rau");
  std::int64_t const size = number_at(town_.operators.get("/readyz").json, "durable_size");
  Stream stream(town_.till, "till-1", "999999.0");
  Event const reset = stream.next();
  EXPECT_EQ(reset.event, "reset");
  EXPECT_EQ(reset.id, std::to_string(size));
  pay(2, "mua rau");
  Event const sale = stream.next();
  EXPECT_EQ(sale.event, "sale.received");
  EXPECT_EQ(sale.id, std::to_string(size + 1) + ".0");
}

TEST_F(Events, ABadIdIsRefused) {
  for (std::string const bad : {"x", "1.", ".1", "1.x", "-1", "1.0.0", "1.65536", "1 "}) {
    Request request{"GET", "/v1/terminals/till-1/events", {}, {{"Last-Event-ID", bad}}};
    if (bad == "1 ") request.headers[0].value = "1,2";  // blanks around a value are no part of it
    Answer const answer = town_.till.ask(request);
    EXPECT_EQ(answer.status, 400) << bad;
    EXPECT_EQ(text_at(answer.json, "code"), "QRPAY-1002") << bad;
  }
}

TEST_F(Events, AStopEndsTheStreamAndTheNextServerGoesOn) {
  Stream before(town_.till, "till-1");
  pay(1, "mua rau");
  Event const seen = before.next();
  pay(2, "mua rau");
  pay(3, "mua rau");
  auto const missed = before.read(2);
  EXPECT_EQ(server_.stop(), 0);
  EXPECT_TRUE(before.ended());
  server_.start();
  Stream after(town_.till, "till-1", seen.id);
  EXPECT_EQ(after.read(2), missed);
  pay(4, "mua rau");
  EXPECT_NE(after.next().data.find("\"amount\":4"), std::string::npos);
}

}  // namespace
}  // namespace qrpay::e2e
