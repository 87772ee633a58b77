// Keyed pseudonyms: dedupe that survives erasure and tells a stranger nothing.
//
// Each is HMAC-SHA-256 cut to 16 bytes, under a subkey of the dedupe secret made by HKDF with the
// kind of tag as label; inputs are length-prefixed (docs/formats/record.md). To holders of the
// secret the tags are pseudonyms of ids and account numbers, not anonymous.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/crypto.h"
#include "ledger/record.h"

namespace qrpay::ledger {

/// The caller's id of a command. Revision 1 creates; revision n + 1 amends revision n.
struct CommandId {
  Sequence tenant;  ///< the merchant's or bank's first record; 0 = the operator's own ids
  Kind kind{};
  std::string_view id;  ///< 1-64 characters
  std::uint32_t revision = 1;
};

/// Which way money went on the settled account.
enum class Direction : std::uint8_t { kCredit = 1, kDebit = 2, kReversal = 3 };

/// What names one movement of money at a bank.
struct MoneyReference {
  std::string_view scheme;   ///< "bank_ref", "uetr", "trace"
  std::string_view bank;     ///< six-digit identifier of the credited account's bank
  std::string_view account;  ///< after virtual accounts are resolved
  Direction direction = Direction::kCredit;
  std::string_view reference;
  std::string_view scope;  ///< of a bank that recycles references; "" = for ever
};

/// Threads: any; const and without shared state. Cost: two to five SHA-256 compressions a tag.
class Tagger {
 public:
  explicit Tagger(base::Secret const& dedupe_secret);

  [[nodiscard]] IdTag id_tag(CommandId const& id) const;
  [[nodiscard]] AccountTag account_tag(std::string_view bank, std::string_view account) const;
  [[nodiscard]] MoneyTag money_tag(MoneyReference const& reference) const;
  /// Finds an order by the random token of its public page.
  [[nodiscard]] IdTag page_tag(std::string_view token) const;
  /// Stands in Genesis, so that a ledger is never opened with another secret.
  [[nodiscard]] Bytes16 check_value() const;

 private:
  base::HmacSha256 id_key_;
  base::HmacSha256 account_key_;
  base::HmacSha256 money_key_;
  base::HmacSha256 page_key_;
  Bytes16 check_value_;
};

/// Generation of the only dedupe secret so far.
inline constexpr std::uint32_t kTagGeneration = 1;

}  // namespace qrpay::ledger
