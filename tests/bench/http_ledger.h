// A ledger served by a real `qrpay serve`, with one of everything that a payment needs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/crypto.h"
#include "cli/process.h"
#include "gateway/http/client.h"
#include "tests/bench/support.h"

namespace qrpay::bench {

class HttpLedger {
 public:
  /// A bank, a merchant with an account and a sticker, a shop, a till, and their keys.
  explicit HttpLedger(std::string dir);

  [[nodiscard]] std::uint16_t port() const { return endpoint_.port; }
  [[nodiscard]] gateway::http::Client client() const { return gateway::http::Client(endpoint_); }

  /// A signed credit notice: all bytes of its request. Threads: any.
  [[nodiscard]] std::string credit_request(std::string_view id, std::string_view memo,
                                           std::int64_t amount) const;
  /// The same for Client.
  [[nodiscard]] gateway::http::ClientRequest credit(std::string_view id, std::string_view memo,
                                                    std::int64_t amount) const;
  /// Puts an order by the till and returns its code.
  [[nodiscard]] std::string put_order(gateway::http::Client& client, std::string const& id,
                                      std::int64_t amount) const;
  [[nodiscard]] gateway::http::ClientRequest events() const;

  /// Processor time the server has taken so far.
  [[nodiscard]] double server_cpu_seconds() const;
  /// Ends the server and counts what is in the ledger, with `qrpay ledger verify`. Gives up unless
  /// it is sound.
  [[nodiscard]] std::uint64_t stop_and_count();
  /// Records made by the constructor.
  [[nodiscard]] std::uint64_t records_at_start() const { return records_; }
  [[nodiscard]] std::string journal() const { return dir_ + "/journal"; }

 private:
  struct Put {
    std::string path;
    std::string body;
  };
  std::string put(gateway::http::Client& client, Put const& what, std::string_view wanted);
  [[nodiscard]] std::string credit_body(std::string_view id, std::string_view memo,
                                        std::int64_t amount) const;

  std::string dir_;
  std::string operator_token_;
  std::string till_token_;
  std::optional<cli::Child> server_;
  gateway::http::Endpoint endpoint_;
  std::optional<base::HmacSha256> bank_key_;
  std::uint64_t records_ = 2;  // Genesis and the operator's key
};

}  // namespace qrpay::bench
