#include "gateway/http/server.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "gateway/http/response_text.h"
#include "tests/gateway/http_client.h"

namespace qrpay::gateway::http {
namespace {

Router echo_router() {
  Router router;
  router.add(Method::kGet, "/hello", [](HttpRequest, Params, Responder respond) {
    respond(json_response(R"({"hello":"world"})"));
  });
  router.add(Method::kGet, "/items/{id}",
             [](HttpRequest request, Params params, Responder respond) {
               respond(json_response(std::string(params.get("id")) + " " + request.target.raw +
                                     " " + request.peer));
             });
  router.add(Method::kPost, "/echo",
             [](HttpRequest request, Params, Responder respond) {
               respond(json_response(std::move(request.body)));
             },
             {.body_bytes_max = 1000});
  router.add(Method::kGet, "/big", [](HttpRequest, Params, Responder respond) {
    respond(json_response(std::string(3'000'000, 'x')));
  });
  router.add(Method::kGet, "/busy", [](HttpRequest, Params, Responder respond) {
    HttpResponse response;
    response.status = 503;
    respond(std::move(response));
  });
  router.add(Method::kGet, "/split", [](HttpRequest request, Params, Responder respond) {
    auto response = json_response("{}");
    response.headers.push_back({"X-Echo", std::string(request.target.query[0].value) + "\r\nX: y"});
    respond(std::move(response));
  });
  return router;
}

class HttpServer : public testing::Test {
 protected:
  void restart(ServerLimits limits = {}) { server = start_server(echo_router(), clock, limits); }
  TestClient client() const { return TestClient(server->port()); }
  Reply ask(std::string_view bytes) const { return client().ask(bytes); }

  // The clock goes on in steps until the server reacts: a test cannot see when it read a byte.
  void advance_until_readable(TestClient& connection) {
    EXPECT_TRUE(eventually([&] { return connection.readable(20); },
                           [&] { clock.advance(11 * base::kSecond); }));
  }

  ManualClock clock;
  std::unique_ptr<Server> server = start_server(echo_router(), clock);
};

TEST_F(HttpServer, AnswersWithTheFieldsEveryAnswerHas) {
  auto connection = client();
  auto const reply = connection.ask(get("/hello"));
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, R"({"hello":"world"})");
  EXPECT_EQ(reply.header("Content-Type"), "application/json");
  EXPECT_EQ(reply.header("Content-Length"), "17");
  EXPECT_EQ(reply.header("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(reply.header("Date"), format_http_date(clock.wall()));
  EXPECT_EQ(reply.header("Connection"), "");
  EXPECT_EQ(connection.ask(get("/hello")).status, 200) << "the connection stays open";
}

TEST_F(HttpServer, GivesTheHandlerParamsTargetAndPeer) {
  EXPECT_EQ(ask(get("/items/a%20b?x=1")).body, "a b /items/a%20b?x=1 127.0.0.1");
}

TEST_F(HttpServer, AnswersPipelinedRequestsInOrder) {
  std::string all;
  for (int i = 0; i < 200; ++i) {
    all += i % 2 == 0 ? get("/items/" + std::to_string(i)) : post("/echo", std::to_string(i));
  }
  auto connection = client();
  connection.send(all);
  for (int i = 0; i < 200; ++i) {
    auto const reply = connection.read();
    ASSERT_EQ(reply.status, 200);
    ASSERT_EQ(reply.body.substr(0, reply.body.find(' ')), std::to_string(i));
  }
}

TEST_F(HttpServer, ReadsARequestThatComesByteByByte) {
  auto connection = client();
  for (char c : post("/echo", "0123456789")) connection.send(std::string_view(&c, 1));
  EXPECT_EQ(connection.read().body, "0123456789");
}

TEST_F(HttpServer, SendsALargeBodyWhole) {
  auto connection = client();
  EXPECT_EQ(connection.ask(get("/big")).body.size(), 3'000'000U);
  EXPECT_EQ(connection.ask(get("/hello")).status, 200);
}

TEST_F(HttpServer, RefusesALongBodyBeforeItIsSent) {
  auto connection = client();
  auto const reply =
      connection.ask("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 1000000\r\n\r\n");
  EXPECT_EQ(reply.status, 413);
  EXPECT_EQ(reply.header("Content-Type"), "application/problem+json");
  EXPECT_EQ(reply.header("Connection"), "close");
  EXPECT_TRUE(connection.at_end());
}

TEST_F(HttpServer, DeliversTheRefusalWhileTheClientStillSends) {
  auto connection = client();
  EXPECT_EQ(connection.ask(post("/echo", std::string(500'000, 'x'))).status, 413);
}

TEST_F(HttpServer, BoundsChunkedBodiesAsTheyAreRead) {
  std::string const head = "POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n";
  auto const chunk = "1f4\r\n" + std::string(500, 'x') + "\r\n";
  EXPECT_EQ(ask(head + chunk + chunk + "0\r\n\r\n").body, std::string(1000, 'x'));
  EXPECT_EQ(ask(head + chunk + chunk + "1\r\n").status, 413);
  EXPECT_EQ(ask(head + "7fffffff\r\n").status, 413);
}

// Found by the fuzzer: four bytes of a last chunk without a fifth ended the process in an assert of
// the library.
TEST_F(HttpServer, ReadsALastChunkHoweverItIsCut) {
  std::string const head = "POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (std::string const& body : {std::string("0\r\n\r\n"), std::string("0\r\nT: v\r\n\r\n"),
                                  std::string("2\r\nhi\r\n0\r\n\r\n")}) {
    for (std::size_t cut = 1; cut < body.size(); ++cut) {
      auto connection = client();
      connection.send(head);
      for (std::size_t at = 0; at < body.size(); at += cut) {
        connection.send(body.substr(at, cut));
        // The server reads each piece by itself: it has nothing to say yet.
        if (at + cut < body.size()) {
          EXPECT_FALSE(connection.readable(2));
        }
      }
      EXPECT_EQ(connection.read().status, 200) << body << " in pieces of " << cut;
    }
  }
}

TEST_F(HttpServer, BoundsChunkExtensionsAndIgnoresTrailers) {
  std::string const head = "POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(ask(head + "1;" + std::string(40'000, 'x')).status, 431);
  auto connection = client();
  EXPECT_EQ(connection.ask(head + "2;a=b\r\nhi\r\n0\r\nHost: other\r\n\r\n").body, "hi");
  EXPECT_EQ(connection.ask(get("/hello")).status, 200);
}

TEST_F(HttpServer, RefusesALargeHeader) {
  EXPECT_EQ(ask(get("/hello", "X: " + std::string(17'000, 'x') + "\r\n")).status, 431);
  std::string many;
  for (int i = 0; i < 101; ++i) many += "X: y\r\n";
  EXPECT_EQ(ask(get("/hello", many)).status, 431);
  EXPECT_EQ(ask(get("/hello", "X: " + std::string(15'000, 'x') + "\r\n")).status, 200);
}

TEST_F(HttpServer, RefusesALongTarget) {
  EXPECT_EQ(ask(get("/hello?q=" + std::string(2'100, 'x'))).status, 414);
  EXPECT_EQ(ask("GET /" + std::string(30'000, 'x')).status, 414) << "before the line ends";
  EXPECT_EQ(ask(get("/items/" + std::string(257, 'x'))).status, 414) << "one segment";
}

TEST_F(HttpServer, GivesUpOnASlowHeader) {
  auto connection = client();
  connection.send("GET /hello HTTP/1.1\r\nHo");
  advance_until_readable(connection);
  EXPECT_EQ(connection.read().status, 408);
  EXPECT_TRUE(connection.at_end());
}

TEST_F(HttpServer, GivesUpOnASlowBody) {
  auto connection = client();
  connection.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\n12345");
  advance_until_readable(connection);
  EXPECT_EQ(connection.read().status, 408);
  EXPECT_TRUE(connection.at_end());
}

TEST_F(HttpServer, ClosesIdleConnectionsWithoutAWord) {
  auto silent = client();
  advance_until_readable(silent);
  EXPECT_TRUE(silent.at_end());

  auto used = client();
  EXPECT_EQ(used.ask(get("/hello")).status, 200);
  clock.advance(60 * base::kSecond);
  EXPECT_EQ(used.ask(get("/hello")).status, 200) << "75 s are allowed between requests";
  advance_until_readable(used);
  EXPECT_TRUE(used.at_end());
}

TEST_F(HttpServer, AnswersHeadWithTheLengthAndNoBody) {
  auto connection = client();
  auto const reply = connection.ask("HEAD /hello HTTP/1.1\r\nHost: t\r\n\r\n", /*head_only=*/true);
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.header("Content-Length"), "17");
  EXPECT_EQ(connection.ask(get("/hello")).body, R"({"hello":"world"})");
}

TEST_F(HttpServer, NamesTheAllowedMethods) {
  auto const reply = ask("DELETE /hello HTTP/1.1\r\nHost: t\r\n\r\n");
  EXPECT_EQ(reply.status, 405);
  EXPECT_EQ(reply.header("Allow"), "GET, HEAD, OPTIONS");
  auto const options = ask("OPTIONS /echo HTTP/1.1\r\nHost: t\r\n\r\n");
  EXPECT_EQ(options.status, 204);
  EXPECT_EQ(options.header("Allow"), "POST, OPTIONS");
  EXPECT_EQ(options.header("Content-Length"), "");
}

TEST_F(HttpServer, KeepsTheConnectionAfterA404) {
  auto connection = client();
  auto const reply = connection.ask(post("/nothing", "{}"));
  EXPECT_EQ(reply.status, 404);
  EXPECT_NE(reply.body.find("\"type\":\"/problems/not_found\""), std::string::npos) << reply.body;
  EXPECT_EQ(connection.ask(get("/hello")).status, 200);
}

struct Bad {
  char const* name;
  std::string bytes;
  int status;
};

TEST_F(HttpServer, RefusesWhatTwoReadersCouldReadDifferently) {
  std::vector<Bad> const table = {
      {"no version", "GET /hello\r\n\r\n", 400},
      {"garbage", "\x16\x03\x01\x02\r\n\r\n", 400},
      {"bare LF", "GET /hello HTTP/1.1\nHost: t\n\n\r\n\r\n", 505},
      {"space before colon", "GET /hello HTTP/1.1\r\nHost : t\r\n\r\n", 400},
      {"no host", "GET /hello HTTP/1.1\r\n\r\n", 400},
      {"two hosts", get("/hello", "Host: u\r\n"), 400},
      {"two keys", get("/hello", "Authorization: a\r\nauthorization: b\r\n"), 400},
      {"two lengths",
       "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 1\r\n"
       "Content-Length: 2\r\n\r\nab",
       400},
      {"negative length", "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: -1\r\n\r\n", 400},
      {"length and chunked",
       "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n"
       "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       400},
      {"chunked and length",
       "POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n"
       "Content-Length: 5\r\n\r\n0\r\n\r\n",
       400},
      {"gzip coding",
       "POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"
       "0\r\n\r\n",
       501},
      {"identity coding", "POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: identity\r\n\r\n",
       501},
      {"chunked in 1.0", "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"bad chunk size",
       "POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n"
       "zz\r\n",
       400},
      {"HTTP/2.0", "GET /hello HTTP/2.0\r\nHost: t\r\n\r\n", 505},
      {"connect", "CONNECT test:443 HTTP/1.1\r\nHost: t\r\n\r\n", 400},
      {"fragment", get("/hello#x"), 400},
      {"dot segment", get("/items/../hello"), 400},
      {"escaped dots", get("/items/%2e%2e/hello"), 400},
      {"escaped slash", get("/items/a%2fb"), 400},
      {"bad escape", get("/items/%zz"), 400},
      {"not UTF-8", get("/items/%ff"), 400},
      {"NUL", get("/items/a%00b"), 400},
      {"parameter twice", get("/hello?a=1&a=2"), 400},
  };
  for (auto const& bad : table) {
    auto const reply = ask(bad.bytes);
    EXPECT_EQ(reply.status, bad.status) << bad.name;
    EXPECT_EQ(reply.header("Content-Type"), "application/problem+json") << bad.name;
  }
}

TEST_F(HttpServer, SpeaksHttp10) {
  auto connection = client();
  auto const kept = connection.ask("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(kept.status, 200);
  EXPECT_EQ(kept.header("Connection"), "keep-alive");
  EXPECT_EQ(connection.ask("GET /hello HTTP/1.0\r\n\r\n").header("Connection"), "close");
  EXPECT_TRUE(connection.at_end());
}

TEST_F(HttpServer, ClosesWhenAsked) {
  auto connection = client();
  EXPECT_EQ(connection.ask(get("/hello", "Connection: close\r\n")).status, 200);
  EXPECT_TRUE(connection.at_end());
}

TEST_F(HttpServer, SkipsAnEmptyLineBeforeARequest) {
  EXPECT_EQ(ask("\r\n" + get("/hello")).status, 200);
}

TEST_F(HttpServer, HonoursExpectContinue) {
  auto connection = client();
  connection.send(
      "POST /echo HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
  EXPECT_EQ(connection.read().status, 100);
  EXPECT_EQ(connection.ask("body").body, "body");

  auto const too_long =
      ask("POST /echo HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 4000\r\n\r\n");
  EXPECT_EQ(too_long.status, 413) << "and not 100 first";
  auto const nowhere =
      ask("POST /nothing HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
  EXPECT_EQ(nowhere.status, 404);
  EXPECT_EQ(ask(get("/hello", "Expect: tea\r\n")).status, 417);
}

TEST_F(HttpServer, AddsRetryAfterToA503) {
  EXPECT_EQ(ask(get("/busy")).header("Retry-After"), "1");
}

TEST_F(HttpServer, NeverSendsAHeaderWithALineBreak) {
  auto const reply = ask(get("/split?v=1"));
  EXPECT_EQ(reply.status, 500);
  EXPECT_EQ(reply.header("X"), "");
}

TEST_F(HttpServer, RefusesConnectionsOverTheLimit) {
  ServerLimits limits;
  limits.connections_max = 3;
  restart(limits);
  std::vector<TestClient> open;
  for (int i = 0; i < 3; ++i) {
    open.push_back(client());
    ASSERT_EQ(open.back().ask(get("/hello")).status, 200);
  }
  auto extra = client();
  auto const reply = extra.read();
  EXPECT_EQ(reply.status, 503);
  EXPECT_EQ(reply.header("Retry-After"), "1");
  EXPECT_TRUE(extra.at_end());
  open.clear();
  ASSERT_TRUE(eventually([&] { return server->connections() == 0; }));
  EXPECT_EQ(ask(get("/hello")).status, 200);
}

TEST_F(HttpServer, Serves200ConnectionsAtOnce) {
  std::vector<TestClient> open;
  for (int i = 0; i < 200; ++i) open.push_back(client());
  for (int round = 0; round < 3; ++round) {
    for (auto& connection : open) connection.send(post("/echo", "{\"round\":1}"));
    for (auto& connection : open) ASSERT_EQ(connection.read().body, "{\"round\":1}");
  }
  EXPECT_EQ(server->connections(), 200U);
}

TEST(HttpServerStart, NamesWhatIsWrong) {
  ManualClock clock;
  auto const first = start_server(Router(), clock);
  ServerOptions options;
  options.port = first->port();
  auto const taken = Server::start(options, Router(), clock);
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().errc, base::Errc::kAddressInUse);
  options = {};
  options.address = "no-address";
  EXPECT_EQ(Server::start(options, Router(), clock).error().errc, base::Errc::kConfigInvalid);
  options = {};
  options.threads = 0;
  EXPECT_EQ(Server::start(options, Router(), clock).error().errc, base::Errc::kConfigInvalid);
  options = {};
  options.tls = TlsFiles{"/nonexistent.pem", "/nonexistent.pem"};
  EXPECT_EQ(Server::start(options, Router(), clock).error().errc, base::Errc::kConfigInvalid);
}

}  // namespace
}  // namespace qrpay::gateway::http
