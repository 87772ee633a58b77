#include "ledger/rocks_index_codec.h"

#include <limits>

namespace qrpay::ledger {

namespace {

/// With the sequence's step in one varint: how a leg counts.
constexpr std::uint64_t kCreditBit = 1;
constexpr std::uint64_t kHeldBit = 2;
constexpr std::uint64_t kReleaseBit = 4;
constexpr unsigned kLegBits = 3;
/// A byte of an account: its limit below, its closed sides above.
constexpr unsigned kLimitMask = 15;
constexpr unsigned kClosedShift = 4;
constexpr auto kInt64Max = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());

std::uint64_t magnitude_of(std::int64_t amount) {
  auto const bits = static_cast<std::uint64_t>(amount);
  return amount < 0 ? std::uint64_t{0} - bits : bits;
}

// The total that a leg changes. A release takes from the side that was held, the other one.
std::int64_t& total_of(Account& account, HistoryLeg const& leg) {
  bool const debit = (leg.amount > 0) != leg.release;
  if (leg.layer == Layer::kHeld) return debit ? account.held_debit : account.held_credit;
  return debit ? account.posted_debit : account.posted_credit;
}

void put_totals(std::string& out, Account const& account) {
  put_varint(out, static_cast<std::uint64_t>(account.posted_debit));
  put_varint(out, static_cast<std::uint64_t>(account.posted_credit));
  put_varint(out, static_cast<std::uint64_t>(account.held_debit));
  put_varint(out, static_cast<std::uint64_t>(account.held_credit));
}

bool take_total(std::string_view& in, std::int64_t& total) {
  auto const value = take_varint(in);
  if (!value || *value > kInt64Max) return false;
  total = static_cast<std::int64_t>(*value);
  return true;
}

bool take_totals(std::string_view& in, Account& account) {
  return take_total(in, account.posted_debit) && take_total(in, account.posted_credit) &&
         take_total(in, account.held_debit) && take_total(in, account.held_credit);
}

std::string key_of(std::string_view begin, Sequence last) {
  std::string key(begin);
  base::ByteWriter(key).u64(last.value());
  return key;
}

std::optional<std::uint8_t> take_byte(std::string_view& in) {
  if (in.empty()) return std::nullopt;
  auto const byte = static_cast<std::uint8_t>(in.front());
  in.remove_prefix(1);
  return byte;
}

}  // namespace

void put_varint(std::string& out, std::uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<char>(value));
}

std::optional<std::uint64_t> take_varint(std::string_view& in) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    auto const byte = take_byte(in);
    if (!byte) return std::nullopt;
    std::uint64_t const bits = *byte & 0x7f;
    if (shift == 63 && bits > 1) return std::nullopt;
    value |= bits << shift;
    if ((*byte & 0x80) == 0) return value;
  }
  return std::nullopt;
}

std::string encode_sequence(Sequence sequence) {
  std::string out;
  put_varint(out, sequence.value());
  return out;
}

std::optional<Sequence> decode_sequence(std::string_view bytes) {
  auto const value = take_varint(bytes);
  if (!value || !bytes.empty()) return std::nullopt;
  return Sequence(*value);
}

std::string encode_money(KnownMoney const& money) {
  std::string out;
  put_varint(out, money.sequence.value());
  put_varint(out, static_cast<std::uint64_t>(money.amount.dong()));
  put_varint(out, static_cast<std::uint64_t>(money.occurred_at.microseconds()));
  return out;
}

std::optional<KnownMoney> decode_money(std::string_view bytes) {
  auto const sequence = take_varint(bytes);
  auto const amount = take_varint(bytes);
  auto const time = take_varint(bytes);
  if (!sequence || !amount || !time || !bytes.empty()) return std::nullopt;
  return KnownMoney{Sequence(*sequence), Vnd(static_cast<std::int64_t>(*amount)),
                    WallTime(static_cast<std::int64_t>(*time))};
}

bool add_to_account(Account& account, HistoryLeg const& leg) {
  std::uint64_t const magnitude = magnitude_of(leg.amount);
  if (magnitude > kInt64Max) return false;
  auto const change = static_cast<std::int64_t>(magnitude);
  std::int64_t& total = total_of(account, leg);
  if (leg.release && total < change) return false;
  return leg.release ? !__builtin_sub_overflow(total, change, &total)
                     : !__builtin_add_overflow(total, change, &total);
}

void remove_from_account(Account& account, HistoryLeg const& leg) {
  auto const change = static_cast<std::int64_t>(magnitude_of(leg.amount));
  total_of(account, leg) -= leg.release ? -change : change;
}

std::string encode_bucket(Bucket const& bucket) {
  std::string out;
  out.reserve(bucket.size() * 24);
  for (auto const& [last_byte, account] : bucket) {
    out.push_back(static_cast<char>(last_byte));
    out.push_back(static_cast<char>(static_cast<unsigned>(account.limit) |
                                    static_cast<unsigned>(account.closed) << kClosedShift));
    put_totals(out, account);
  }
  return out;
}

std::optional<Bucket> decode_bucket(std::string_view bytes) {
  Bucket bucket;
  bucket.reserve(256);
  while (!bytes.empty()) {
    auto const last_byte = take_byte(bytes);
    auto const terms = take_byte(bytes);
    BucketAccount one;
    if (!last_byte || !terms || !take_totals(bytes, one.account)) return std::nullopt;
    if (!bucket.empty() && bucket.back().last_byte >= *last_byte) return std::nullopt;
    one.last_byte = *last_byte;
    one.account.limit = static_cast<Limit>(*terms & kLimitMask);
    one.account.closed = static_cast<Sides>(*terms >> kClosedShift);
    bucket.push_back(one);
  }
  return bucket;
}

std::string history_key(AccountId const& account, Sequence last) {
  return key_of(base::as_text(account.value()), last);
}

std::string encode_history(HistoryEntry const& entry) {
  std::string out;
  out.reserve(24 + entry.legs.size() * 8);
  put_totals(out, entry.after);
  std::uint64_t const last = entry.legs.back().sequence.value();
  std::uint64_t at = entry.legs.front().sequence.value();
  put_varint(out, last - at);
  for (auto const& leg : entry.legs) {
    std::uint64_t const step = leg.sequence.value() - at;
    at = leg.sequence.value();
    put_varint(out, step << kLegBits | (leg.release ? kReleaseBit : 0) |
                        (leg.layer == Layer::kHeld ? kHeldBit : 0) |
                        (leg.amount < 0 ? kCreditBit : 0));
    put_varint(out, magnitude_of(leg.amount));
  }
  return out;
}

std::optional<HistoryEntry> decode_history(std::string_view bytes, Sequence last) {
  HistoryEntry entry;
  if (!take_totals(bytes, entry.after)) return std::nullopt;
  auto const span = take_varint(bytes);
  if (!span || *span >= last.value()) return std::nullopt;
  std::uint64_t at = last.value() - *span;
  while (!bytes.empty()) {
    auto const step = take_varint(bytes);
    auto const magnitude = take_varint(bytes);
    if (!step || !magnitude || *magnitude > kInt64Max) return std::nullopt;
    at += *step >> kLegBits;
    auto const amount = static_cast<std::int64_t>(*magnitude);
    entry.legs.push_back({Sequence(at), (*step & kCreditBit) != 0 ? -amount : amount,
                          (*step & kHeldBit) != 0 ? Layer::kHeld : Layer::kPosted,
                          (*step & kReleaseBit) != 0});
  }
  if (entry.legs.empty() || at != last.value()) return std::nullopt;
  return entry;
}

std::string payments_key(Sequence shop, Sequence last) {
  std::string begin;
  base::ByteWriter(begin).u64(shop.value());
  return key_of(begin, last);
}

std::string encode_payments(std::vector<ShopPayment> const& payments) {
  std::string out;
  std::uint64_t at = payments.front().record.value();
  put_varint(out, payments.back().record.value() - at);
  for (auto const& payment : payments) {
    put_varint(out, payment.record.value() - at);
    at = payment.record.value();
    put_varint(out, static_cast<std::uint32_t>(payment.day));
  }
  return out;
}

std::optional<std::vector<ShopPayment>> decode_payments(std::string_view bytes, Sequence last) {
  std::vector<ShopPayment> payments;
  auto const span = take_varint(bytes);
  if (!span || *span >= last.value()) return std::nullopt;
  std::uint64_t at = last.value() - *span;
  while (!bytes.empty()) {
    auto const step = take_varint(bytes);
    auto const day = take_varint(bytes);
    if (!step || !day || *day > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
    at += *step;
    payments.push_back({Sequence(at), static_cast<std::int32_t>(*day)});
  }
  if (payments.empty() || at != last.value()) return std::nullopt;
  return payments;
}

}  // namespace qrpay::ledger
