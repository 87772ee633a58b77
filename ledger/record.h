// The canonical record: one decided command, as it is hashed, stored and proven.
//
// Final from the first release: field meanings here, byte layout in docs/formats/record.md, golden
// bytes in tests/ledger/record_codec_test.cc.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "base/containers.h"
#include "base/ids.h"
#include "base/money.h"
#include "base/world.h"
#include "ledger/kind.h"

namespace qrpay::ledger {

using base::Bytes16;
using base::Digest;
using base::Sequence;
using base::Vnd;
using base::WallTime;

/// 128 bits; for accounts of the chart: class (u32), zero (u32), sequence of the owner's record
/// (u64), big-endian. So a stranger can tell a sales account from a liability, and whose it is
/// only by the number of a record.
using AccountId = base::Id<struct AccountIdTag, Bytes16>;

/// Keyed pseudonyms (ledger/tags.h). All zero = absent.
using IdTag = base::Id<struct IdTagTag, Bytes16>;
using BodyTag = base::Id<struct BodyTagTag, Bytes16>;
using MoneyTag = base::Id<struct MoneyTagTag, Bytes16>;
using AccountTag = base::Id<struct AccountTagTag, Bytes16>;

/// First field of an AccountId. Numbers are on disk: never reused.
enum class AccountClass : std::uint32_t {
  kBankMirror = 1,         ///< asset: credits and debits seen on a merchant's bank account
  kSales = 2,              ///< income of a shop
  kOwedToPayers = 3,       ///< liability of a shop: paid above an order, or again
  kUnmatchedReceipts = 4,  ///< liability of a bank account: money nobody can explain yet
  kSuspense = 5,           ///< liability by bank: credits for accounts we do not know
  kMemoCash = 6,           ///< memorandum: cash a shop declares; never mixed with money
  kMemoContra = 7,         ///< its other side
  kGeneral = 8,            ///< opened by an operator, used by Transfer
  kBankClearing = 9,       ///< asset by bank: where unexplained money of a bank lies
};

[[nodiscard]] AccountId account_id(AccountClass account_class, Sequence owner);
[[nodiscard]] std::uint32_t account_class_number(AccountId const& account);
[[nodiscard]] Sequence account_owner(AccountId const& account);

struct AccountIdHash {
  using is_avalanching = void;
  std::size_t operator()(AccountId const& account) const {
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    std::memcpy(&high, account.value().data(), 8);
    std::memcpy(&low, account.value().data() + 8, 8);
    return base::IntegerHash{}(low ^ (high * 0x9e3779b97f4a7c15ULL));
  }
};

/// ISO 4217 numeric code.
using Currency = std::uint16_t;
inline constexpr Currency kVndCurrency = 704;

enum class Layer : std::uint8_t { kPosted = 1, kHeld = 2 };

/// Why this leg is there. Balances need none of it; CR-1 and order states do.
enum class Leg : std::uint8_t {
  kTransfer = 1,
  kReceipt = 2,     ///< the money side of a bank's credit or debit
  kSale = 3,
  kExcess = 4,      ///< above an order, or paid again: owed to the payer
  kUnmatched = 5,
  kSuspense = 6,
  kCashMemo = 7,
  kFee = 8,
  kPayout = 9,
  kSettlement = 10,
  kRefund = 11,
  kReversal = 12,
  kRelease = 13,  ///< on the held layer: the end of a hold, against the side it was held on
};

/// One leg. Positive = debit, negative = credit; never 0.
struct Posting {
  AccountId account;
  Vnd amount;
  Currency currency = kVndCurrency;
  Layer layer = Layer::kPosted;
  Leg leg = Leg::kTransfer;
  friend bool operator==(Posting const&, Posting const&) = default;
};

inline constexpr std::size_t kMoneyTagsMax = 4;   ///< FT number, trace, UETR, aggregator's id
inline constexpr std::size_t kPostingsMax = 64;   ///< a Tick or a sale needs far fewer
inline constexpr std::size_t kRecordBytesMax = 65'535;  ///< a C2SP entry bundle's limit
inline constexpr std::uint16_t kRulesVersion = 1;

struct Record {
  std::uint16_t rules_version = kRulesVersion;
  Kind kind{};
  std::uint16_t outcome = 0;  ///< engine/outcome.h numbers them
  Sequence sequence;
  WallTime log_time;
  Vnd amount;      ///< of the command, also where nothing is posted; 0 where it has none
  Sequence actor;  ///< sequence of the key that asked; 0 = the ledger itself
  std::uint32_t tag_generation = 0;
  IdTag id_tag;
  BodyTag body_tag;  ///< set while sealing
  base::SmallVector<MoneyTag, kMoneyTagsMax> money_tags;
  Digest commitment{};  ///< to the side record; set while sealing
  base::SmallVector<Posting, 4> postings;
  std::string body;  ///< TLV, ledger/tlv.h
  friend bool operator==(Record const&, Record const&) = default;
};

/// One part of the side record in the clear. Numbers ascend within a record.
struct Section {
  std::uint8_t number = 0;
  std::string text;
  friend bool operator==(Section const&, Section const&) = default;
};
using Sections = std::vector<Section>;

inline constexpr std::uint8_t kSectionCaller = 0;    ///< the caller's own ids, codes, names
inline constexpr std::uint8_t kSectionPayer = 1;     ///< payer and note
inline constexpr std::uint8_t kSectionOriginal = 2;  ///< the signed original
inline constexpr std::uint8_t kSectionsMax = 15;     ///< child 15 of a vault leaf keys the body tag
inline constexpr std::size_t kSideBytesMax = 16'384;

}  // namespace qrpay::ledger
