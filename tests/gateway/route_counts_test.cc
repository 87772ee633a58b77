#include "gateway/http/route_counts.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace qrpay::gateway::http {
namespace {

class Seen final : public Responder::Sink {
 public:
  void deliver(HttpResponse response) override { statuses.push_back(response.status); }
  std::vector<int> statuses;
};

HttpRequest get(std::string const& segment) {
  HttpRequest request;
  request.method = Method::kGet;
  request.target.raw = "/" + segment;
  request.target.segments = {segment};
  return request;
}

TEST(RouteCounts, CountsEachAnswerOnceUnderItsPatternAndStatus) {
  RouteCounts counts;
  Router router;
  router.count_into(counts);
  router.add(Method::kGet, "/{id}", [](HttpRequest request, Params params, Responder respond) {
    static_cast<void>(request);
    if (params.get("id") == "dropped") return;  // the Responder answers 500 by itself
    respond(json_response("{}", params.get("id") == "odd" ? 418 : 200));
  });
  auto const seen = std::make_shared<Seen>();
  for (std::string const id : {"a", "b", "odd", "dropped"})
    router.dispatch(get(id), Responder(seen));
  EXPECT_EQ(seen->statuses, (std::vector<int>{200, 200, 418, 500}));
  auto const told = counts.read();
  ASSERT_EQ(told.size(), 3u);
  EXPECT_EQ(told[0].route, "GET /{id}");
  EXPECT_EQ(told[0].status, 200);
  EXPECT_EQ(told[0].requests, 2u);
  EXPECT_EQ(told[1].status, 500);
  EXPECT_EQ(told[1].requests, 1u);
  EXPECT_EQ(told[2].status, 0);  // one that is not in the table
  EXPECT_EQ(told[2].requests, 1u);
}

}  // namespace
}  // namespace qrpay::gateway::http
