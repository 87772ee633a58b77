// How entries of the projections lie on disk (docs/formats/projections.md). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "ledger/rocks_index_run.h"

namespace qrpay::ledger {

/// Unsigned LEB128: 7 bits a byte, the lowest first.
void put_varint(std::string& out, std::uint64_t value);
/// Takes one off the front; nullopt when it is cut or longer than 64 bits.
[[nodiscard]] std::optional<std::uint64_t> take_varint(std::string_view& in);

[[nodiscard]] std::string encode_sequence(Sequence sequence);
[[nodiscard]] std::optional<Sequence> decode_sequence(std::string_view bytes);
[[nodiscard]] std::string encode_money(KnownMoney const& money);
[[nodiscard]] std::optional<KnownMoney> decode_money(std::string_view bytes);

/// The legs of a run as history keeps them.
struct HistoryLeg {
  Sequence sequence;
  std::int64_t amount = 0;  ///< positive = debit
  Layer layer = Layer::kPosted;
  bool release = false;  ///< the end of a hold: Leg::kRelease
  friend bool operator==(HistoryLeg const&, HistoryLeg const&) = default;
};
[[nodiscard]] inline HistoryLeg leg_of(TailPosting const& posting) {
  return {posting.sequence, posting.amount, posting.layer,
          posting.layer == Layer::kHeld && posting.leg == Leg::kRelease};
}

/// Adds one leg to the totals of its account, as Book does. False when a total would leave 0 to
/// 2^63 - 1.
[[nodiscard]] bool add_to_account(Account& account, HistoryLeg const& leg);
/// Undoes add_to_account(). Requires: the leg is in the totals.
void remove_from_account(Account& account, HistoryLeg const& leg);

/// At most so many accounts share one fat row: those whose ids differ in the last byte alone.
inline constexpr std::size_t kAccountPrefixBytes = 15;
/// A fat row: accounts by the last byte of their ids, ascending.
struct BucketAccount {
  std::uint8_t last_byte = 0;
  Account account;
  friend bool operator==(BucketAccount const&, BucketAccount const&) = default;
};
using Bucket = std::vector<BucketAccount>;
[[nodiscard]] std::string encode_bucket(Bucket const& bucket);
[[nodiscard]] std::optional<Bucket> decode_bucket(std::string_view bytes);

/// Legs of one account in one entry, at most: reading a balance decodes one entry.
inline constexpr std::size_t kHistoryLegsMax = 256;
/// Consecutive legs of one account, with its totals after the last one (limit left out).
struct HistoryEntry {
  Account after;
  std::vector<HistoryLeg> legs;
};
/// The account, then the sequence of the last leg. All legs of a record are in one entry, so an
/// entry may hold a record's legs more than kHistoryLegsMax.
[[nodiscard]] std::string history_key(AccountId const& account, Sequence last);
[[nodiscard]] std::string encode_history(HistoryEntry const& entry);
[[nodiscard]] std::optional<HistoryEntry> decode_history(std::string_view bytes, Sequence last);

struct ShopPayment {
  Sequence record;
  std::int32_t day = 0;
  friend bool operator==(ShopPayment const&, ShopPayment const&) = default;
};
inline constexpr std::size_t kPaymentsMax = 512;  ///< in one entry
[[nodiscard]] std::string payments_key(Sequence shop, Sequence last);
[[nodiscard]] std::string encode_payments(std::vector<ShopPayment> const& payments);
[[nodiscard]] std::optional<std::vector<ShopPayment>> decode_payments(std::string_view bytes,
                                                                      Sequence last);

}  // namespace qrpay::ledger
