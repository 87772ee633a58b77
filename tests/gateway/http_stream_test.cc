// Streams, answers from other threads, TLS, and the end of a server.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "gateway/http/server.h"
#include "tests/gateway/http_client.h"

namespace qrpay::gateway::http {
namespace {

// Hands out what the test gives it, when it is given.
class ManualSource final : public ChunkSource {
 public:
  void next(std::function<void(std::optional<std::string>)> done) override {
    std::lock_guard lock(mutex_);
    done_ = std::move(done);
  }
  void cancel() override { cancelled_ = true; }

  void give(std::optional<std::string> piece) {
    std::function<void(std::optional<std::string>)> done;
    ASSERT_TRUE(eventually([&] {
      std::lock_guard lock(mutex_);
      done = std::exchange(done_, nullptr);
      return done != nullptr;
    }));
    done(std::move(piece));
  }
  [[nodiscard]] bool asked() {
    std::lock_guard lock(mutex_);
    return done_ != nullptr;
  }
  [[nodiscard]] bool cancelled() const { return cancelled_; }

 private:
  std::mutex mutex_;
  std::function<void(std::optional<std::string>)> done_;
  std::atomic<bool> cancelled_{false};
};

// Counts down inline.
class CountingSource final : public ChunkSource {
 public:
  CountingSource(std::size_t pieces, std::size_t piece_bytes)
      : left_(pieces), piece_bytes_(piece_bytes) {}
  void next(std::function<void(std::optional<std::string>)> done) override {
    ++asked_;
    if (left_ == 0) return done(std::nullopt);
    --left_;
    done(std::string(piece_bytes_, 'x'));
  }
  void cancel() override { ++cancels_; }
  [[nodiscard]] int cancels() const { return cancels_; }
  [[nodiscard]] std::size_t asked() const { return asked_; }

 private:
  std::size_t left_;
  std::size_t piece_bytes_;
  std::atomic<std::size_t> asked_{0};
  std::atomic<int> cancels_{0};
};

// Keeps the Responders for the test to answer.
struct Desk {
  std::mutex mutex;
  std::vector<Responder> waiting;

  [[nodiscard]] std::size_t count() {
    std::lock_guard lock(mutex);
    return waiting.size();
  }
  [[nodiscard]] Responder take() {
    std::lock_guard lock(mutex);
    auto responder = std::move(waiting.back());
    waiting.pop_back();
    return responder;
  }
};

class HttpStream : public testing::Test {
 protected:
  Router router() {
    Router all;
    all.add(Method::kGet, "/stream", [this](HttpRequest, Params, Responder respond) {
      HttpResponse response;
      response.content_type = "text/event-stream";
      response.source = source;
      respond(std::move(response));
    });
    all.add(Method::kGet, "/later", [this](HttpRequest, Params, Responder respond) {
      std::lock_guard lock(desk.mutex);
      desk.waiting.push_back(std::move(respond));
    });
    all.add(Method::kGet, "/dropped", [](HttpRequest, Params, Responder) {});
    all.add(Method::kGet, "/hello",
            [](HttpRequest, Params, Responder respond) { respond(json_response("{}")); });
    return all;
  }

  Desk desk;
  std::shared_ptr<ChunkSource> source;
  base::Clock& clock = base::system_clock();
  std::unique_ptr<Server> server = start_server(router(), clock);
};

TEST_F(HttpStream, SendsEachPieceWhenItComes) {
  auto const manual = std::make_shared<ManualSource>();
  source = manual;
  TestClient client(server->port());
  client.send(get("/stream"));
  manual->give("first\n\n");
  EXPECT_NE(client.read_until("first\n\n").find("Transfer-Encoding: chunked\r\n"),
            std::string::npos);
  manual->give("");
  manual->give("second\n\n");
  EXPECT_EQ(client.read_until("second\n\n\r\n"), "\r\n8\r\nsecond\n\n\r\n");
  manual->give(std::nullopt);
  EXPECT_EQ(client.read_until("0\r\n\r\n"), "0\r\n\r\n");
  EXPECT_TRUE(client.at_end());
  EXPECT_FALSE(manual->cancelled());
}

TEST_F(HttpStream, SendsALargeDownload) {
  auto const counting = std::make_shared<CountingSource>(1000, 10'000);
  source = counting;
  TestClient client(server->port());
  auto const reply = client.ask(get("/stream"));
  EXPECT_EQ(reply.body.size(), 10'000'000U);
  EXPECT_EQ(counting->cancels(), 0);
}

TEST_F(HttpStream, SendsPlainBytesToHttp10) {
  source = std::make_shared<CountingSource>(2, 5);
  TestClient client(server->port());
  auto const reply = client.ask("GET /stream HTTP/1.0\r\n\r\n");
  EXPECT_EQ(reply.header("Transfer-Encoding"), "");
  EXPECT_EQ(reply.body, "xxxxxxxxxx");
}

TEST_F(HttpStream, CancelsForHead) {
  auto const counting = std::make_shared<CountingSource>(2, 5);
  source = counting;
  TestClient client(server->port());
  EXPECT_EQ(client.ask("HEAD /stream HTTP/1.1\r\nHost: t\r\n\r\n", /*head_only=*/true).status, 200);
  EXPECT_TRUE(client.at_end());
  EXPECT_EQ(counting->cancels(), 1);
  EXPECT_EQ(counting->asked(), 0U);
}

TEST_F(HttpStream, NoticesAClientThatLeaves) {
  auto const manual = std::make_shared<ManualSource>();
  source = manual;
  TestClient client(server->port());
  client.send(get("/stream"));
  manual->give("first");
  EXPECT_TRUE(client.read_until("first").ends_with("first"));
  ASSERT_TRUE(eventually([&] { return manual->asked(); }));
  client.close();
  EXPECT_TRUE(eventually([&] { return manual->cancelled(); }));
  EXPECT_TRUE(eventually([&] { return server->connections() == 0; }));
  manual->give("too late");  // does nothing
}

TEST_F(HttpStream, ResumesFromTheEventTheClientNames) {
  // The server has no part in it but to bring Last-Event-ID: the source starts where that says.
  Router all;
  all.add(Method::kGet, "/events", [](HttpRequest request, Params, Responder respond) {
    auto const last = std::stoul(std::string(request.headers.find("last-event-id").value_or("0")));
    HttpResponse response;
    response.source = std::make_shared<CountingSource>(10 - last, 1);
    respond(std::move(response));
  });
  auto const events = start_server(std::move(all), clock);
  EXPECT_EQ(TestClient(events->port()).ask(get("/events")).body.size(), 10U);
  EXPECT_EQ(TestClient(events->port()).ask(get("/events", "Last-Event-ID: 7\r\n")).body.size(), 3U);
}

TEST_F(HttpStream, DropsAReaderThatStandsStill) {
  ManualClock manual_clock;
  auto const slow = start_server(router(), manual_clock);
  auto const endless = std::make_shared<CountingSource>(std::size_t(-1), 100'000);
  source = endless;
  TestClient client(slow->port());
  client.send(get("/stream"));
  EXPECT_TRUE(eventually([&] { return endless->cancels() == 1; },
                         [&] { manual_clock.advance(base::kSecond); }));
  EXPECT_LT(endless->asked(), 1000U) << "no more is asked for than the socket takes";
}

TEST_F(HttpStream, TakesAnAnswerFromAnotherThread) {
  TestClient client(server->port());
  client.send(get("/later") + get("/hello"));
  ASSERT_TRUE(eventually([&] { return desk.count() == 1; }));
  EXPECT_FALSE(client.readable(50)) << "answers keep the order of the requests";
  std::thread([this] { desk.take()(json_response("\"late\"")); }).join();
  EXPECT_EQ(client.read().body, "\"late\"");
  EXPECT_EQ(client.read().body, "{}");
}

TEST_F(HttpStream, TakesManyAnswersFromManyThreads) {
  std::vector<TestClient> clients;
  for (int i = 0; i < 50; ++i) clients.emplace_back(server->port());
  for (int round = 0; round < 20; ++round) {
    for (auto& client : clients) client.send(get("/later"));
    std::vector<std::thread> threads;
    std::atomic<int> answered{0};
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        EXPECT_TRUE(eventually([&] {
          std::unique_lock lock(desk.mutex);
          if (!desk.waiting.empty()) {
            auto responder = std::move(desk.waiting.back());
            desk.waiting.pop_back();
            lock.unlock();
            responder(json_response("1"));
            ++answered;
          }
          return answered >= 50;
        }));
      });
    }
    for (auto& thread : threads) thread.join();
    for (auto& client : clients) ASSERT_EQ(client.read().body, "1");
  }
}

TEST_F(HttpStream, AnswersForAHandlerThatDoesNot) {
  TestClient client(server->port());
  auto const reply = client.ask(get("/dropped"));
  EXPECT_EQ(reply.status, 500);
  EXPECT_EQ(reply.header("Content-Type"), "application/problem+json");
  EXPECT_EQ(client.ask(get("/hello")).status, 200);
}

TEST_F(HttpStream, SurvivesAClientThatLeavesBeforeTheAnswer) {
  TestClient client(server->port());
  client.send(get("/later"));
  ASSERT_TRUE(eventually([&] { return desk.count() == 1; }));
  client.close();
  desk.take()(json_response("{}"));
  EXPECT_TRUE(eventually([&] { return server->connections() == 0; }));
}

TEST_F(HttpStream, StopLetsARunningRequestFinish) {
  TestClient idle(server->port());
  EXPECT_EQ(idle.ask(get("/hello")).status, 200);
  TestClient busy(server->port());
  busy.send(get("/later"));
  ASSERT_TRUE(eventually([&] { return desk.count() == 1; }));
  auto stopping = std::async(std::launch::async, [&] { server->stop(20'000); });
  EXPECT_TRUE(idle.at_end());
  desk.take()(json_response("\"finished\""));
  auto const reply = busy.read();
  EXPECT_EQ(reply.body, "\"finished\"");
  EXPECT_EQ(reply.header("Connection"), "close");
  busy.close();
  stopping.get();
}

TEST_F(HttpStream, StopEndsStreams) {
  auto const manual = std::make_shared<ManualSource>();
  source = manual;
  TestClient client(server->port());
  client.send(get("/stream"));
  manual->give("first");
  EXPECT_TRUE(client.read_until("first\r\n").ends_with("first\r\n"));
  server->stop(20'000);
  EXPECT_TRUE(client.at_end());
  EXPECT_TRUE(manual->cancelled());
}

TEST_F(HttpStream, StopDropsWhatDoesNotFinish) {
  TestClient client(server->port());
  client.send(get("/later"));
  ASSERT_TRUE(eventually([&] { return desk.count() == 1; }));
  auto late = desk.take();
  server->stop(0);
  EXPECT_TRUE(client.at_end());
  server.reset();
  late(json_response("{}"));  // into the void
}

TEST_F(HttpStream, StopsWhileRequestsPourIn) {
  std::atomic<bool> ready{false};
  std::thread load([&] {
    for (int i = 0; i < 10'000; ++i) {
      TestClient client(server->port());
      if (client.ask(get("/hello")).status != 200) return;
      ready = true;
    }
  });
  ASSERT_TRUE(eventually([&] { return ready.load(); }));
  server->stop(20'000);
  EXPECT_EQ(server->connections(), 0U);
  load.join();
}

// A throw-away certificate, and openssl's own client on the other side.
class HttpTls : public testing::Test {
 protected:
  HttpTls() {
    std::string name = (std::filesystem::temp_directory_path() / "qrpay-tls-XXXXXX").string();
    directory = ::mkdtemp(name.data());
    EXPECT_EQ(std::system(("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 "
                           "-nodes -days 2 -subj /CN=localhost -addext "
                           "subjectAltName=IP:127.0.0.1 -keyout " +
                           directory + "/key.pem -out " + directory + "/cert.pem 2>/dev/null")
                              .c_str()),
              0);
    Router router;
    router.add(Method::kPost, "/echo", [](HttpRequest request, Params, Responder respond) {
      EXPECT_TRUE(request.over_tls);
      respond(json_response(std::move(request.body)));
    });
    router.add(Method::kGet, "/stream", [](HttpRequest, Params, Responder respond) {
      HttpResponse response;
      response.source = std::make_shared<CountingSource>(300, 10'000);
      respond(std::move(response));
    });
    ServerOptions options;
    options.tls = TlsFiles{directory + "/cert.pem", directory + "/key.pem"};
    options.limits.sweep_interval_ms = 5;
    auto started = Server::start(options, std::move(router), base::system_clock());
    EXPECT_TRUE(started);
    server = std::move(*started);
  }
  ~HttpTls() override { std::filesystem::remove_all(directory); }

  std::string talk(std::string const& request, std::string const& version) {
    std::ofstream(directory + "/request") << request;
    auto* pipe = ::popen(
        ("openssl s_client -quiet -verify_quiet -verify_return_error " + version + " -CAfile " +
         directory + "/cert.pem -connect 127.0.0.1:" + std::to_string(server->port()) + " < " +
         directory + "/request 2>/dev/null")
            .c_str(),
        "r");
    std::string all;
    std::array<char, 65536> scratch;
    while (auto const n = std::fread(scratch.data(), 1, scratch.size(), pipe)) {
      all.append(scratch.data(), n);
    }
    ::pclose(pipe);
    return all;
  }

  std::string directory;
  std::unique_ptr<Server> server;
};

TEST_F(HttpTls, AnswersOverTls13And12) {
  auto const first = post("/echo", "secret");
  auto const last =
      "POST /echo HTTP/1.1\r\nHost: t\r\nConnection: close\r\nContent-Length: 20000"
      "\r\n\r\n" +
      std::string(20'000, 'y');
  for (auto const* version : {"-tls1_3", "-tls1_2"}) {
    auto const all = talk(first + last, version);
    EXPECT_NE(all.find("\r\n\r\nsecret"), std::string::npos) << version;
    EXPECT_NE(all.find("\r\n\r\n" + std::string(20'000, 'y')), std::string::npos) << version;
  }
}

TEST_F(HttpTls, RefusesTls11) { EXPECT_EQ(talk(get("/stream"), "-tls1_1"), ""); }

TEST_F(HttpTls, StreamsOverTls) {
  auto const all = talk(get("/stream"), "-tls1_3");
  EXPECT_GT(all.size(), 3'000'000U);
  EXPECT_TRUE(all.ends_with("\r\n0\r\n\r\n"));
}

TEST_F(HttpTls, SurvivesPlainText) {
  TestClient client(server->port());
  client.send(get("/stream"));
  EXPECT_FALSE(client.read_until("never").starts_with("HTTP/"));
  EXPECT_TRUE(eventually([&] { return server->connections() == 0; }));
}

}  // namespace
}  // namespace qrpay::gateway::http
