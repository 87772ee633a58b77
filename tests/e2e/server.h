// A ledger on disk, the real server for it, and callers with keys.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/crypto.h"
#include "cli/process.h"
#include "gateway/http/client.h"
#include "gateway/json/json.h"

namespace qrpay::e2e {

/// QRPAY_LONG=1: the long forms of the tests. QRPAY_SEED=n: another seed than 1. Both are taken out
/// of the environment, since qrpay refuses a QRPAY_ name that is no setting.
struct TestRun {
  bool is_long = false;
  std::uint64_t seed = 1;
};
[[nodiscard]] TestRun const& test_run();

/// Removed with all it holds at the end.
class ScratchDirectory {
 public:
  ScratchDirectory();
  ~ScratchDirectory();
  ScratchDirectory(ScratchDirectory const&) = delete;
  ScratchDirectory& operator=(ScratchDirectory const&) = delete;
  [[nodiscard]] std::string const& path() const { return path_; }

 private:
  std::string path_;
};

/// `qrpay <arguments>` to its end; the output is standard output and standard error together;
/// `input_file` becomes its standard input.
[[nodiscard]] cli::Finished run_qrpay(std::vector<std::string> const& arguments,
                                      std::vector<std::string> const& environment = {},
                                      std::string const& input_file = "/dev/null");

/// Made by `qrpay init`, served by `qrpay serve` on a free port.
class Server {
 public:
  /// A new ledger, started.
  Server();
  /// Ends it with SIGTERM when it still runs.
  ~Server();

  /// `limits` are commands of a shell that runs before it and becomes it.
  void start(std::string const& limits = {});
  /// From the next start on it reads this TOML text.
  void configure(std::string const& toml);
  /// A start that must fail: its exit code and words.
  [[nodiscard]] cli::Finished start_refused();
  /// Waits until it ends by itself; its exit code.
  int wait();
  /// SIGTERM; its exit code.
  int stop();
  /// SIGKILL, and waits for the end.
  void kill();

  [[nodiscard]] std::string const& url() const { return url_; }
  [[nodiscard]] gateway::http::Endpoint endpoint() const;
  /// Of the data directory, which lies in directory().
  [[nodiscard]] std::string data() const { return scratch_.path() + "/data"; }
  [[nodiscard]] std::string const& directory() const { return scratch_.path(); }
  [[nodiscard]] std::string const& operator_token() const { return operator_token_; }
  [[nodiscard]] std::string const& log_vkey() const { return log_vkey_; }

 private:
  ScratchDirectory scratch_;
  [[nodiscard]] std::vector<std::string> serve_arguments() const;
  std::optional<cli::Child> child_;
  std::string config_file_;
  std::string url_;
  std::string operator_token_;
  std::string log_vkey_;
};

/// An answer; status 0 when none came.
struct Answer {
  int status = 0;
  std::string text;
  std::map<std::string, std::string> headers;  ///< names in lower case
  gateway::json::Value json;                   ///< null when the text is no JSON

  [[nodiscard]] bool replayed() const { return headers.contains("idempotent-replayed"); }
  [[nodiscard]] std::string header(std::string_view lower_case_name) const;
};

/// A member anywhere in a value, by "a.b.c"; "" and -1 when it is absent or of another type.
[[nodiscard]] std::string text_at(gateway::json::Value const& value, std::string_view path);
[[nodiscard]] std::int64_t number_at(gateway::json::Value const& value, std::string_view path);
[[nodiscard]] gateway::json::Value::Array array_at(gateway::json::Value const& value,
                                                   std::string_view path);

struct Request {
  std::string method = "GET";
  std::string target;
  std::string body = {};
  std::vector<gateway::http::Header> headers = {};
};

/// Somebody with a key, or without one, and a connection. Copies have their own connection; one
/// thread each. Follows its server over restarts.
class Caller {
 public:
  static Caller nobody(Server const& server) { return Caller(server); }
  static Caller bearer(Server const& server, std::string token);
  /// Signs each request. `secret` is the hexadecimal text that the server showed.
  static Caller signing(Server const& server, std::string key_id, std::string_view secret);
  Caller(Caller const& other);
  Caller& operator=(Caller const&) = delete;

  [[nodiscard]] Answer ask(Request const& request);
  [[nodiscard]] Answer get(std::string const& target) { return ask({"GET", target}); }
  [[nodiscard]] Answer put(std::string const& target, std::string const& body) {
    return ask({"PUT", target, body});
  }
  [[nodiscard]] Answer post(std::string const& target, std::string const& body) {
    return ask({"POST", target, body});
  }
  /// The headers that say who asks.
  [[nodiscard]] std::vector<gateway::http::Header> credentials(Request const& request) const;
  [[nodiscard]] Server const& server() const { return *server_; }

 private:
  explicit Caller(Server const& server) : server_(&server) {}

  Server const* server_;
  std::string token_;
  std::string key_id_;
  std::optional<base::HmacSha256> hmac_;
  std::string connected_to_;
  std::optional<gateway::http::Client> client_;
};

/// Signature headers of a request as a bank makes them, at `timestamp` (unix seconds).
[[nodiscard]] std::vector<gateway::http::Header> signature_headers(std::string const& key_id,
                                                                   base::HmacSha256 const& key,
                                                                   Request const& request,
                                                                   std::int64_t timestamp);
[[nodiscard]] std::int64_t unix_now();

/// {"a":"x","n":1}
using Texts = std::initializer_list<std::pair<std::string_view, std::string_view>>;
using Numbers = std::initializer_list<std::pair<std::string_view, std::int64_t>>;
[[nodiscard]] std::string object(Texts texts, Numbers numbers = {});

}  // namespace qrpay::e2e
