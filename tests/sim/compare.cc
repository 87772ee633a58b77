// A record of the engine beside what the model says of it.
#include <algorithm>
#include <sstream>

#include "base/bytes.h"
#include "ledger/fields.h"
#include "ledger/tlv.h"
#include "tests/sim/simulation.h"

namespace qrpay::sim {

using ledger::AccountClass;

namespace {

std::string_view class_name(AccountClass account_class) {
  switch (account_class) {
    case AccountClass::kBankMirror: return "bank_mirror";
    case AccountClass::kSales: return "sales";
    case AccountClass::kOwedToPayers: return "owed_to_payers";
    case AccountClass::kUnmatchedReceipts: return "unmatched_receipts";
    case AccountClass::kSuspense: return "suspense";
    case AccountClass::kMemoCash: return "memo_cash";
    case AccountClass::kMemoContra: return "memo_contra";
    case AccountClass::kGeneral: return "general";
    case AccountClass::kBankClearing: return "bank_clearing";
  }
  return "unknown";
}

std::string text(std::vector<ModelPosting> const& postings) {
  std::ostringstream out;
  for (auto const& one : postings)
    out << ' ' << one.account << ' ' << one.amount << " leg " << static_cast<int>(one.leg)
        << " layer " << static_cast<int>(one.layer);
  return out.str();
}

std::vector<std::uint64_t> sequences(std::string_view bytes) {
  base::ByteReader reader(base::as_bytes(bytes));
  std::vector<std::uint64_t> all;
  while (reader.remaining() >= 8) all.push_back(reader.u64());
  return all;
}

ModelHoldId hold_id(base::ByteReader& in) {
  std::uint64_t const record = in.u64();
  return {record, in.u8()};
}

std::vector<ModelHoldId> hold_ids(std::string_view bytes) {
  base::ByteReader in(base::as_bytes(bytes));
  std::vector<ModelHoldId> all;
  while (in.remaining() >= 9) all.push_back(hold_id(in));
  return all;
}

/// Read by hand, from docs/formats/record.md.
std::vector<ModelMember> members(std::string_view bytes) {
  base::ByteReader in(base::as_bytes(bytes));
  std::vector<ModelMember> all;
  while (in.remaining() >= 4) {
    ModelMember member;
    member.kind = static_cast<ledger::Kind>(in.u16());
    base::ByteReader one(base::as_bytes(in.text16()));
    member.amount = one.i64();
    member.postings = one.u8();
    if (member.kind == ledger::Kind::kHold) {
      static_cast<void>(one.bytes(16));
      member.expires = one.i64();
    } else if (member.kind != ledger::Kind::kTransfer) {
      member.ended = hold_id(one);
    }
    if (!one.ok() || !one.at_end()) break;
    all.push_back(member);
  }
  return all;
}

std::string compare_ledger(ledger::Record const& record, ModelRecord const& expected) {
  namespace field = ledger::field;
  ledger::TlvReader const body(record.body);
  if (hold_ids(body.text(field::kExpiredHolds)) != expected.expired_holds)
    return "other holds expired; ";
  std::vector<ModelHoldId> const ended = hold_ids(body.text(field::kHold));
  if (ended != (expected.ended ? std::vector{*expected.ended} : std::vector<ModelHoldId>()))
    return "another hold was ended; ";
  bool const is_hold = record.kind == ledger::Kind::kHold;
  if (is_hold && body.number_or(field::kExpires, 0) != static_cast<std::uint64_t>(expected.expires))
    return "the hold expires at another time; ";
  if (members(body.text(field::kMembers)) != expected.members) return "members differ; ";
  auto const refused = body.number(field::kRefused);
  if (refused.has_value() != expected.refused.has_value() ||
      (refused && *refused != *expected.refused))
    return "another member was refused; ";
  auto const effective = body.number(field::kEffectiveTime);
  if (effective.has_value() != expected.effective_time.has_value() ||
      (effective && static_cast<std::int64_t>(*effective) != *expected.effective_time))
    return "another effective time; ";
  auto const erased = ledger::decode_targets(body.text(field::kEraseTargets));
  if (!erased || *erased != expected.erased) return "other sections are erased; ";
  if (expected.parts > 0 && body.number_or(field::kEraseParts, 1) != expected.parts)
    return "another number of parts; ";
  ModelClosing const closing{body.number_or(field::kGeneralAccount, 0),
                             (body.number_or(field::kClosedSides, 0) & 1) != 0,
                             (body.number_or(field::kClosedSides, 0) & 2) != 0};
  return closing == expected.closing.value_or(ModelClosing{}) ? "" : "another closing; ";
}

std::string compare_facts(ledger::TlvReader const& body, CreditFacts const& expected) {
  namespace field = ledger::field;
  CreditFacts const facts{
      .shop = body.number_or(field::kShop, 0),
      .terminal = body.number_or(field::kTerminal, 0),
      .account = body.number_or(field::kBankAccount, 0),
      .time_of_sale = static_cast<std::int64_t>(body.number_or(field::kTimeOfSale, 0)),
      .time_flagged = body.number_or(field::kTimeFlagged, 0) == 1,
      .exclusions = static_cast<std::uint32_t>(body.number_or(field::kExclusions, 0)),
      .no_reference = body.number_or(field::kNoReference, 0) == 1};
  if (facts == expected) return "";
  return "shop, terminal, account, time of sale, exclusions or reference mark differ; ";
}

std::string compare_body(ledger::Record const& record, ModelRecord const& expected) {
  namespace field = ledger::field;
  ledger::TlvReader const body(record.body);
  if (!ledger::check_tlv(record.body)) return "the body is not TLV";
  if (body.number_or(field::kOriginal, 0) != expected.original)
    return "original " + std::to_string(body.number_or(field::kOriginal, 0)) + ", expected " +
           std::to_string(expected.original);
  if (sequences(body.text(field::kExpired)) != expected.expired) return "other orders expired";
  if (sequences(body.text(field::kRetired)) != expected.retired) return "other codes retired";
  if (expected.credit) {
    auto const difference = compare_facts(body, *expected.credit);
    if (!difference.empty()) return difference;
  }
  std::string const allocations(body.text(field::kAllocations));
  std::string const states(body.text(field::kOrderStates));
  if (!expected.order) return allocations.empty() && states.empty() ? "" : "an order was touched";
  std::string wanted;
  base::ByteWriter writer(wanted);
  writer.u64(expected.order->order);
  writer.i64(expected.amount);
  if (allocations != wanted) return "allocations differ";
  std::string const after = {static_cast<char>(expected.order->status),
                             static_cast<char>(expected.order->flags)};
  return states == after ? "" : "order states differ";
}

}  // namespace

std::string account_text(ledger::AccountId const& account) {
  auto const account_class = static_cast<AccountClass>(ledger::account_class_number(account));
  return std::string(class_name(account_class)) + "/" +
         std::to_string(ledger::account_owner(account).value());
}

std::string leaf_of(ledger::Record const& record) {
  std::string leaf;
  ledger::encode_record(record, leaf);
  return leaf;
}

std::string compare(engine::Decided const& decided, ModelRecord const& expected) {
  ledger::Record const& record = decided.record;
  std::ostringstream out;
  if (record.sequence.value() != expected.sequence)
    out << "sequence " << record.sequence.value() << ", expected " << expected.sequence << "; ";
  if (record.kind != expected.kind)
    out << "kind " << ledger::kind_name(record.kind) << ", expected "
        << ledger::kind_name(expected.kind) << "; ";
  auto const outcome = static_cast<engine::Outcome>(record.outcome);
  if (outcome != expected.outcome)
    out << "outcome " << engine::outcome_name(outcome) << ", expected "
        << engine::outcome_name(expected.outcome) << "; ";
  if (record.amount.dong() != expected.amount)
    out << "amount " << record.amount.dong() << ", expected " << expected.amount << "; ";
  if (record.log_time.microseconds() != expected.time) out << "another log time; ";
  if (record.actor.value() != expected.actor) out << "another actor; ";
  if (record.tag_generation != expected.tag_generation)
    out << "tags of generation " << record.tag_generation << ", expected "
        << expected.tag_generation << "; ";
  std::vector<ModelPosting> postings;
  for (auto const& one : record.postings)
    postings.push_back({account_text(one.account), one.amount.dong(), one.leg, one.layer});
  std::sort(postings.begin(), postings.end());
  if (postings != expected.postings)
    out << "postings" << text(postings) << ", expected" << text(expected.postings) << "; ";
  out << compare_body(record, expected) << compare_ledger(record, expected);
  return out.str();
}

base::Digest naive_root(std::vector<std::string> const& leaves) {
  if (leaves.empty()) return base::sha256({});
  if (leaves.size() == 1) return base::sha256(base::as_bytes(std::string(1, '\0') + leaves[0]));
  std::size_t split = 1;
  while (split * 2 < leaves.size()) split *= 2;
  auto const middle = leaves.begin() + static_cast<std::ptrdiff_t>(split);
  auto const left = naive_root({leaves.begin(), middle});
  auto const right = naive_root({middle, leaves.end()});
  std::string node(1, '\1');
  node.append(base::as_text(left)).append(base::as_text(right));
  return base::sha256(base::as_bytes(node));
}

}  // namespace qrpay::sim
