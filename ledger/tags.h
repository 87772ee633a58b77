// Keyed pseudonyms: dedupe that survives erasure and tells a stranger nothing.
//
// Each is HMAC-SHA-256 cut to 16 bytes, under a subkey of the dedupe secret made by HKDF with the
// kind of tag as label; inputs are length-prefixed (docs/formats/record.md). To holders of the
// secret the tags are pseudonyms of ids and account numbers, not anonymous.
//
// The secret has generations (docs/decisions/0014-generations-of-secrets.md): a leaked one is
// replaced, and what was tagged under it is found as before, for ever.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/crypto.h"
#include "ledger/generations.h"
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

/// The tags of one name: under the newest generation, and under each older one at hand, newest
/// first. New records carry the newest; a look-up tries them in this order.
template <class Tag>
struct LiveTags {
  Tag newest;
  std::vector<Tag> older = {};  ///< empty, and no allocation, while there is one generation
};

/// Of one generation. Threads: any; const and without shared state. Cost: two to five SHA-256
/// compressions a tag.
class GenerationTagger {
 public:
  explicit GenerationTagger(base::Secret const& dedupe_secret);

  [[nodiscard]] IdTag id_tag(CommandId const& id) const;
  [[nodiscard]] AccountTag account_tag(std::string_view bank, std::string_view account) const;
  [[nodiscard]] MoneyTag money_tag(MoneyReference const& reference) const;
  /// Finds an order by the random token of its public page.
  [[nodiscard]] IdTag page_tag(std::string_view token) const;
  /// Stands in the record that announces the generation, so that a ledger is never opened with
  /// another secret.
  [[nodiscard]] Bytes16 check_value() const { return check_value_; }

 private:
  base::HmacSha256 id_key_;
  base::HmacSha256 account_key_;
  base::HmacSha256 money_key_;
  base::HmacSha256 page_key_;
  Bytes16 check_value_;
};

/// Of all generations of a ledger's dedupe secret. Copies share the keys. Threads: any.
class Tagger {
 public:
  /// The first generation is the only one.
  explicit Tagger(base::Secret const& first) : Tagger(SecretGenerations(first)) {}
  explicit Tagger(SecretGenerations const& secrets);

  /// The same with `generation` as its newest: what was announced so far. Later ones at hand, which
  /// a rotation that was cut short leaves, are not used. Requires: 1 to kGenerationsMax.
  [[nodiscard]] Tagger up_to(std::uint32_t generation) const;

  [[nodiscard]] std::uint32_t newest() const { return newest_; }
  /// nullptr: not at hand.
  [[nodiscard]] GenerationTagger const* find(std::uint32_t generation) const {
    if (generation == 0 || generation > taggers_->size()) return nullptr;
    auto const& tagger = (*taggers_)[generation - 1];
    return tagger ? &*tagger : nullptr;
  }
  /// Is every generation up to the newest at hand? Without one of them an id may have been used
  /// that cannot be found: nothing may be decided, and "not found" may not be said.
  [[nodiscard]] bool complete() const;

  /// The newest is zero, which nothing is found under, where that generation is not at hand.
  [[nodiscard]] LiveTags<IdTag> id_tag(CommandId const& id) const;
  [[nodiscard]] LiveTags<AccountTag> account_tag(std::string_view bank,
                                                 std::string_view account) const;
  [[nodiscard]] LiveTags<IdTag> page_tag(std::string_view token) const;
  /// Of generation 1, for Genesis. Requires: it is at hand.
  [[nodiscard]] Bytes16 check_value() const;

 private:
  using Taggers = std::vector<std::optional<GenerationTagger>>;
  std::shared_ptr<Taggers const> taggers_;  ///< generation g at g - 1
  std::uint32_t newest_ = 1;
};

}  // namespace qrpay::ledger
