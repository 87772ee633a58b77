#include "ledger/record_fold.h"

#include "ledger/fields.h"
#include "ledger/tlv.h"

namespace qrpay::ledger {

using base::Errc;
using base::fail;
using base::Result;

namespace {

base::Unexpected<base::Error> bad(Record const& record, std::string_view what) {
  return fail(Errc::kJournalCorrupt,
              "sequence " + std::to_string(record.sequence.value()) + ": " + std::string(what));
}

std::string_view words_of(BookRefusal refusal) {
  switch (refusal) {
    case BookRefusal::kUnbalanced: return "postings do not sum to zero";
    case BookRefusal::kCurrency: return "a currency that is not settled";
    case BookRefusal::kFloor: return "an account below its floor";
    case BookRefusal::kCeiling: return "an account above its ceiling";
    case BookRefusal::kOverflow: return "a total over 63 bits";
    case BookRefusal::kClosed: return "an account that was closed";
    case BookRefusal::kReleased: return "more released than is held";
  }
  return "postings";
}

}  // namespace

// Limits are fields of general accounts, which come into being when they are opened.
Result<void> RecordFold::open_account(Record const& record) {
  auto const limit = TlvReader(record.body).number(field::kLimit);
  if (!limit) return {};
  AccountId const account = account_id(AccountClass::kGeneral, record.sequence);
  if (*limit > static_cast<std::uint64_t>(Limit::kCeiling) || book_.contains(account))
    return bad(record, "an account with an unknown limit, or opened already");
  book_.open(account, static_cast<Limit>(*limit));
  return {};
}

Result<void> RecordFold::close_account(Record const& record) {
  TlvReader const body(record.body);
  auto const sides = body.number(field::kClosedSides);
  if (!sides) return {};  // refused
  AccountId const account =
      account_id(AccountClass::kGeneral, Sequence(body.number_or(field::kGeneralAccount, 0)));
  if (*sides == 0 || *sides > static_cast<std::uint64_t>(Sides::kBoth) || !book_.contains(account))
    return bad(record, "closes sides or an account that are not there");
  book_.close(account, static_cast<Sides>(*sides));
  return {};
}

Result<void> RecordFold::add(Record const& record) {
  if (record.sequence != Sequence(last_.value() + 1))
    return bad(record, "comes after " + std::to_string(last_.value()));
  if (record.log_time < last_time_) return bad(record, "log time goes back");
  if (!identity_.begun() && record.kind != Kind::kGenesis)
    return bad(record, "not a Genesis with origin and log key");
  if (Identity::concerns(record.kind)) {
    QRPAY_TRY_VOID(identity_.check(record));
    identity_.apply(record);
  }
  last_ = record.sequence;
  last_time_ = record.log_time;
  if (record.kind == Kind::kOpenAccount) QRPAY_TRY_VOID(open_account(record));
  if (auto const refusal = book_.check(record.postings)) return bad(record, words_of(*refusal));
  book_.apply(record.postings);
  if (record.kind == Kind::kCloseAccount) return close_account(record);
  return {};
}

}  // namespace qrpay::ledger
