#include "gateway/http/router.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "gateway/http/problem.h"
#include "gateway/http/response_text.h"
#include "gateway/http/target.h"

namespace qrpay::gateway::http {
namespace {

Target target_of(std::string_view raw) {
  auto target = parse_target(raw);
  EXPECT_TRUE(target) << raw;
  return target ? *target : Target{};
}

base::Errc error_of(std::string_view raw) {
  auto const target = parse_target(raw);
  EXPECT_FALSE(target) << raw;
  return target ? base::Errc::kUsage : target.error().errc;
}

TEST(Target, TakesThePathApart) {
  EXPECT_TRUE(target_of("/").segments.empty());
  EXPECT_EQ(target_of("/v1/orders/a%20b").segments,
            (std::vector<std::string>{"v1", "orders", "a b"}));
  EXPECT_EQ(target_of("/c%C3%A0%20ph%C3%AA").segments, std::vector<std::string>{"cà phê"});
  EXPECT_EQ(target_of("/a+b").segments, std::vector<std::string>{"a+b"});
  EXPECT_EQ(target_of("/a/").segments, (std::vector<std::string>{"a", ""}));
}

TEST(Target, KeepsTheRawPathAndQueryForSignatures) {
  EXPECT_EQ(target_of("/v1/x%2Dy?b=2&a=1").raw, "/v1/x%2Dy?b=2&a=1");
  EXPECT_EQ(target_of("http://pay.example:8080/v1/x?y=z").raw, "/v1/x?y=z");
  EXPECT_EQ(target_of("HTTPS://pay.example/").segments.size(), 0U);
}

TEST(Target, DecodesTheQuery) {
  auto const target = target_of("/x?q=c%C3%A0+ph%C3%AA&empty=&flag&a%26b=c%3Dd&&");
  EXPECT_EQ(target.parameter("q"), "cà phê");
  EXPECT_EQ(target.parameter("empty"), "");
  EXPECT_EQ(target.parameter("flag"), "");
  EXPECT_EQ(target.parameter("a&b"), "c=d");
  EXPECT_EQ(target.parameter("none"), std::nullopt);
  EXPECT_EQ(target.query.size(), 4U);
}

TEST(Target, RefusesWhatIsNotOne) {
  for (auto const* raw :
       {"",        "x",      "v1/x",   "http://", "http://host", "/a#b",    "/%",  "/%4",
        "/%g0",    "/a%00",  "/a%0Ab", "/%ff",    "/%ed%a0%80",  "/.",      "/..", "/a/../b",
        "/%2e%2e", "/a%2Fb", "/a%5cb", "/x?a=%",  "/x?=b",       "/x?a=%01"}) {
    EXPECT_EQ(error_of(raw), base::Errc::kMalformed) << raw;
  }
  EXPECT_EQ(error_of("/x?a=1&%61=2"), base::Errc::kDuplicateField);
}

TEST(Target, BoundsSegmentsAndParameters) {
  EXPECT_EQ(target_of("/" + std::string(256, 'x')).segments[0].size(), 256U);
  EXPECT_EQ(error_of("/" + std::string(257, 'x')), base::Errc::kUriTooLong);
  std::string path, query = "/x?";
  for (std::size_t i = 0; i < kSegmentsMax; ++i) path += "/a";
  EXPECT_EQ(target_of(path).segments.size(), kSegmentsMax);
  EXPECT_EQ(error_of(path + "/a"), base::Errc::kUriTooLong);
  for (std::size_t i = 0; i < kParametersMax; ++i) query += "p" + std::to_string(i) + "&";
  EXPECT_EQ(target_of(query).query.size(), kParametersMax);
  EXPECT_EQ(error_of(query + "more"), base::Errc::kUriTooLong);
}

// Answers synchronously, as a handler may.
class Capture final : public Responder::Sink {
 public:
  void deliver(HttpResponse given) override { responses.push_back(std::move(given)); }
  std::vector<HttpResponse> responses;
};

Handler named(std::string name) {
  return [name](HttpRequest, Params params, Responder respond) {
    respond(json_response(name + ":" + std::string(params.get("id")) + ":" +
                          std::string(params.get("rest"))));
  };
}

Router sample() {
  Router router;
  router.add(Method::kGet, "/", named("root"));
  router.add(Method::kGet, "/v1/orders", named("list"));
  router.add(Method::kGet, "/v1/orders/{id}", named("order"));
  router.add(Method::kPut, "/v1/orders/{id}", named("put"), {.body_bytes_max = 10});
  router.add(Method::kGet, "/v1/orders/{id}/qr.png", named("qr"));
  router.add(Method::kPost, "/v1/orders/{order}/cancel", named("cancel"));
  router.add(Method::kGet, "/v1/orders/export", named("export"));
  router.add(Method::kGet, "/tile/{id}/{rest...}", named("tile"));
  return router;
}

std::string answer(Router const& router, Method method, std::string_view path) {
  auto const capture = std::make_shared<Capture>();
  HttpRequest request;
  request.method = method;
  request.target = target_of(path);
  router.dispatch(std::move(request), Responder(capture));
  EXPECT_EQ(capture->responses.size(), 1U) << path;
  auto const& response = capture->responses.at(0);
  if (response.status == 200) return response.body;
  std::string text = std::to_string(response.status);
  for (auto const& header : response.headers) {
    if (header.name == "Allow") text += " " + header.value;
  }
  return text;
}

TEST(Router, FindsTheHandler) {
  auto const router = sample();
  struct {
    Method method;
    char const* path;
    char const* expected;
  } const table[] = {
      {Method::kGet, "/", "root::"},
      {Method::kGet, "/v1/orders", "list::"},
      {Method::kGet, "/v1/orders?x=1", "list::"},
      {Method::kGet, "/v1/orders/7", "order:7:"},
      {Method::kHead, "/v1/orders/7", "order:7:"},
      {Method::kPut, "/v1/orders/7", "put:7:"},
      {Method::kGet, "/v1/orders/7/qr.png", "qr:7:"},
      {Method::kGet, "/v1/orders/export", "export::"},
      {Method::kGet, "/v1/orders/export/qr.png", "qr:export:"},
      {Method::kPost, "/v1/orders/7/cancel", "cancel::"},
      {Method::kGet, "/tile/0/x001/x234/567", "tile:0:x001/x234/567"},
      {Method::kGet, "/tile/0", "404"},
      {Method::kGet, "/tile/0/", "404"},
      {Method::kGet, "/tile/0/a//b", "404"},
      {Method::kGet, "/v1", "404"},
      {Method::kGet, "/v1/orders/", "404"},
      {Method::kGet, "/v1//orders", "404"},
      {Method::kGet, "/v1/orders/7/qr.png/x", "404"},
      {Method::kGet, "/V1/orders", "404"},
      {Method::kPut, "/v1/orders", "405 GET, HEAD, OPTIONS"},
      {Method::kDelete, "/v1/orders/7", "405 GET, HEAD, PUT, OPTIONS"},
      {Method::kOther, "/v1/orders/7", "405 GET, HEAD, PUT, OPTIONS"},
      {Method::kOptions, "/v1/orders/7", "204 GET, HEAD, PUT, OPTIONS"},
      {Method::kHead, "/v1/orders/7/cancel", "405 POST, OPTIONS"},
      {Method::kOptions, "/nothing", "404"},
      {Method::kOptions, "*", "204 GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"},
      {Method::kGet, "*", "400"},
  };
  for (auto const& row : table)
    EXPECT_EQ(answer(router, row.method, row.path), row.expected) << row.path;
}

TEST(Router, TellsTheLimitsBeforeTheBody) {
  auto const router = sample();
  EXPECT_EQ(router.find(Method::kPut, target_of("/v1/orders/7")).route->limits.body_bytes_max, 10U);
  EXPECT_EQ(router.routes().front(), "GET /");
  EXPECT_EQ(router.routes().size(), 8U);
}

TEST(RouterDeathTest, RefusesTheSameRouteTwice) {
  auto router = sample();
  EXPECT_DEATH(router.add(Method::kGet, "/v1/orders/{other}", named("x")), "QRPAY_CHECK");
  EXPECT_DEATH(router.add(Method::kGet, "/a/{rest...}/b", named("x")), "QRPAY_CHECK");
}

TEST(ResponderTest, AnswersExactlyOnce) {
  auto const capture = std::make_shared<Capture>();
  {
    Responder first(capture);
    Responder second(std::move(first));
    second(json_response("1"));
  }
  EXPECT_EQ(capture->responses.size(), 1U);
  {
    Responder dropped(capture);
  }
  ASSERT_EQ(capture->responses.size(), 2U);
  EXPECT_EQ(capture->responses[1].status, 500);
  Responder replaced(capture);
  replaced = Responder();
  EXPECT_EQ(capture->responses.size(), 3U) << "an assignment answers what was owed";
}

TEST(Problem, SaysWhatWhereAndHow) {
  auto const response =
      problem_response({base::Errc::kInvalidField, "/amount: must be an integer"});
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.content_type, "application/problem+json");
  EXPECT_EQ(response.body, R"({"type":"/problems/invalid_field","title":"A value is not allowed",)"
                           R"("title_vi":"Giá trị không hợp lệ","status":400,"code":"QRPAY-1002",)"
                           R"("detail":"/amount: must be an integer",)"
                           R"("errors":[{"pointer":"/amount","detail":"must be an integer"}]})");
}

TEST(Problem, NamesTheFirstInAConflict) {
  ProblemExtras extras;
  extras.first = "/v1/orders/7";
  auto const response = problem_response({base::Errc::kIdReused, {}}, extras);
  EXPECT_EQ(response.status, 409);
  EXPECT_TRUE(response.body.ends_with(R"("code":"QRPAY-1011","first":"/v1/orders/7"})"))
      << response.body;
}

TEST(Problem, TakesAnotherStatusAndMoreErrors) {
  ProblemExtras extras;
  extras.status = 410;
  extras.errors = {{"/a", "x"}, {"/b", "\"y\""}};
  extras.headers = {{"Retry-After", "9"}};
  auto const response = problem_response({base::Errc::kNotFound, "gone"}, extras);
  EXPECT_EQ(response.status, 410);
  EXPECT_NE(response.body.find(R"("status":410)"), std::string::npos);
  EXPECT_NE(response.body.find(R"([{"pointer":"/a","detail":"x"},{"pointer":"/b",)"),
            std::string::npos);
  EXPECT_EQ(response.headers.front().value, "9");
}

TEST(Problem, MapsWhatCallersMustTellApart) {
  using base::Errc;
  struct {
    Errc errc;
    int status;
  } const table[] = {
      {Errc::kMalformed, 400},        {Errc::kUnauthenticated, 401},
      {Errc::kForbidden, 403},        {Errc::kNotFound, 404},
      {Errc::kMethodNotAllowed, 405}, {Errc::kTimeout, 408},
      {Errc::kIdReused, 409},         {Errc::kNotPending, 409},
      {Errc::kCodeInUse, 409},        {Errc::kAlreadyExists, 409},
      {Errc::kErased, 410},           {Errc::kRevisionMismatch, 412},
      {Errc::kTooLarge, 413},         {Errc::kUriTooLong, 414},
      {Errc::kUnsupportedMedia, 415}, {Errc::kRevisionRequired, 428},
      {Errc::kRateLimited, 429},      {Errc::kHeaderTooLarge, 431},
      {Errc::kOverloaded, 503},       {Errc::kShuttingDown, 503},
      {Errc::kStoreUnknown, 503},     {Errc::kDiskFull, 507},
  };
  for (auto const& row : table) EXPECT_EQ(http_status(row.errc), row.status);
}

TEST(ResponseText, WritesTheDateOfTheStandard) {
  EXPECT_EQ(format_http_date(base::WallTime(784'111'777'000'000)), "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST(ResponseText, KnowsWhatCannotBeSent) {
  HttpResponse response;
  EXPECT_TRUE(is_sendable(response));
  response.headers = {{"X", "a\r\nSet-Cookie: b"}};
  EXPECT_FALSE(is_sendable(response));
  response.headers = {{"", "a"}};
  EXPECT_FALSE(is_sendable(response));
  response.headers.clear();
  response.status = 100;
  EXPECT_FALSE(is_sendable(response));
}

TEST(HeaderFields, FindWithoutCase) {
  HeaderFields fields;
  fields.add("X-One", "1");
  fields.add("Accept", "a");
  fields.add("accept", "b");
  EXPECT_EQ(fields.find("x-oNE"), "1");
  EXPECT_EQ(fields.find("x-on"), std::nullopt);
  EXPECT_EQ(fields.joined("ACCEPT"), "a, b");
}

}  // namespace
}  // namespace qrpay::gateway::http
