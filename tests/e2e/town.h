// A small world on a server: a bank, a merchant, a stall with an account and a till.
#pragma once

#include <string>

#include "base/world.h"
#include "tests/e2e/server.h"

namespace qrpay::e2e {

inline constexpr std::string_view kBin = "970436";
inline constexpr std::string_view kAccount = "1903000012345";
inline constexpr std::string_view kPrefix = "QNH";
inline constexpr std::string_view kCommune = "06838";  // Xã Bình Liêu

/// A credit notice of the town's bank.
struct Credit {
  std::string id;
  std::string reference;
  std::int64_t amount = 0;
  std::string memo = "chuyen tien";
  std::string account = std::string(kAccount);
  std::string bin = {};          ///< empty: the bank's only one
  std::string occurred_at = {};  ///< empty: when the town was made
};

/// What every test needs is registered at once: bank "vcb" with the key of that name, merchant
/// "hoa", shop "hoa-cho", account "hoa-1", till "till-1", auditor "auditor".
class Town {
  base::WallTime const now_;  ///< one time for all, so that a repeat has the same body

 public:
  explicit Town(Server const& server);

  /// The business day of all its credits; its shops open on it. "2026-11-24".
  [[nodiscard]] std::string day() const;

  Caller operators;
  Caller bank;
  Caller merchant;
  Caller till;
  Caller auditor;

  [[nodiscard]] std::string body(Credit const& credit) const;
  [[nodiscard]] Answer pay(Credit const& credit) { return pay(bank, credit); }
  [[nodiscard]] Answer pay(Caller& by, Credit const& credit) const {
    return by.post("/v1/bank/credits", body(credit));
  }
  /// Of shop "hoa-cho", by the till.
  [[nodiscard]] Answer put_order(std::string const& id, std::int64_t amount);

  // More of the same; each expects 201.
  void put(std::string const& path, std::string const& body);
  Caller add_bank(std::string const& id, std::string const& bin);
  Caller add_merchant(std::string const& id);
  void add_shop(std::string const& id, std::string const& merchant);
  struct Account {
    std::string id;
    std::string merchant;
    std::string number;
    std::string shop;
    bool orders_only = false;
  };
  void add_account(Account const& account);
  Caller add_terminal(std::string const& id, std::string const& shop);
  /// `scope` empty: operator or auditor.
  Caller add_key(std::string const& id, std::string_view role, std::string_view scope);

 private:
  Caller make_stall();
};

}  // namespace qrpay::e2e
