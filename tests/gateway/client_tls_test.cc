// The client over TLS, against our own server with a throw-away authority.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <cstdlib>
#include <filesystem>

#include "gateway/http/client.h"
#include "tests/gateway/http_client.h"

namespace qrpay::gateway::http {
namespace {

using base::Errc;

class ClientTls : public testing::Test {
 protected:
  ClientTls() {
    std::string name = (std::filesystem::temp_directory_path() / "qrpay-tls-XXXXXX").string();
    directory_ = ::mkdtemp(name.data());
    make_certificate("good", "IP:127.0.0.1,DNS:localhost");
    make_certificate("elsewhere", "DNS:elsewhere.example");
  }
  ~ClientTls() override { std::filesystem::remove_all(directory_); }

  void make_certificate(std::string const& name, std::string const& names) const {
    EXPECT_EQ(std::system(("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 "
                           "-nodes -days 2 -subj /CN=test -addext subjectAltName=" +
                           names + " -keyout " + path(name + ".key") + " -out " +
                           path(name + ".pem") + " 2>/dev/null")
                              .c_str()),
              0);
  }
  std::string path(std::string const& name) const { return directory_ + "/" + name; }

  std::unique_ptr<Server> serve(std::string const& certificate) const {
    Router router;
    router.add(Method::kPost, "/echo", [](HttpRequest request, Params, Responder respond) {
      EXPECT_TRUE(request.over_tls);
      respond(json_response(std::move(request.body)));
    });
    ServerOptions options;
    options.tls = TlsFiles{path(certificate + ".pem"), path(certificate + ".key")};
    options.limits.sweep_interval_ms = 5;
    auto started = Server::start(options, std::move(router), base::system_clock());
    EXPECT_TRUE(started) << to_string(started.error());
    return std::move(*started);
  }
  base::Result<ClientResponse> ask(Server const& server, std::string const& ca,
                                   std::string const& host = "127.0.0.1") const {
    ClientOptions options;
    options.timeout_ms = 20'000;
    if (!ca.empty()) options.ca_file = path(ca);
    Client client({host, server.port(), /*tls=*/true}, options);
    ClientRequest const request{"POST", "/echo", {}, std::string(50'000, 'x')};
    auto first = client.send(request);
    if (!first) return first;
    return client.send(request);  // over the connection that is there
  }

  std::string directory_;
};

TEST_F(ClientTls, TalksToAServerOfTheAuthorityItBelieves) {
  auto const server = serve("good");
  for (std::string const host : {"127.0.0.1", "localhost"}) {
    auto const answer = ask(*server, "good.pem", host);
    ASSERT_TRUE(answer) << host << to_string(answer.error());
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->body.size(), 50'000U);
  }
}

TEST_F(ClientTls, RefusesAnotherAuthorityAndAnotherName) {
  auto const good = serve("good");
  EXPECT_EQ(ask(*good, "elsewhere.pem").error().errc, Errc::kSignatureInvalid);
  EXPECT_EQ(ask(*good, "").error().errc, Errc::kSignatureInvalid) << "the system's authorities";
  EXPECT_EQ(ask(*good, "nonexistent.pem").error().errc, Errc::kConfigInvalid);
  auto const elsewhere = serve("elsewhere");
  EXPECT_EQ(ask(*elsewhere, "elsewhere.pem").error().errc, Errc::kSignatureInvalid);
}

TEST_F(ClientTls, EndsWhenTheOtherSideSpeaksNoTls) {
  auto const plain = start_server(Router(), base::system_clock());
  auto const answer = ask(*plain, "good.pem");
  ASSERT_FALSE(answer);
  EXPECT_NE(answer.error().errc, Errc::kSignatureInvalid);
}

TEST(BaseUrls, AreReadWithTheirDefaults) {
  struct Case {
    std::string url;
    std::string host;
    unsigned port;
    bool tls;
    std::string prefix;
  };
  for (Case const& one :
       {Case{"http://a.b", "a.b", 80, false, ""}, Case{"https://a.b/", "a.b", 443, true, ""},
        Case{"https://a.b:8443/x/y/", "a.b", 8443, true, "/x/y"},
        Case{"http://[::1]:80/x", "::1", 80, false, "/x"}}) {
    auto const read = parse_base_url(one.url);
    ASSERT_TRUE(read) << one.url;
    EXPECT_EQ(read->endpoint.host, one.host);
    EXPECT_EQ(read->endpoint.port, one.port);
    EXPECT_EQ(read->endpoint.tls, one.tls);
    EXPECT_EQ(read->prefix, one.prefix);
  }
  for (char const* url :
       {"", "a.b", "ftp://a.b", "http://", "http:///x", "http://a:0", "http://a:65536",
        "http://a:x", "http://u@a", "http://a/?q", "http://a#f", "http://a b", "http://a/\n"})
    EXPECT_FALSE(parse_base_url(url)) << url;
  EXPECT_TRUE(parse_endpoint("https://127.0.0.1:8443"));
  EXPECT_FALSE(parse_endpoint("http://127.0.0.1"));
  EXPECT_FALSE(parse_endpoint("http://127.0.0.1:80/x"));
}

}  // namespace
}  // namespace qrpay::gateway::http
