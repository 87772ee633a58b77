#include "gateway/api/ledger_accounts.h"

#include <optional>
#include <utility>

#include "engine/authority.h"
#include "gateway/api/entries.h"

namespace qrpay::gateway::api {

using base::fail;
using engine::State;
using ledger::AccountClass;
using ledger::AccountId;
using ledger::Kind;
using ledger::Leg;

namespace {

struct Wanted {
  ledger::LiveTags<ledger::IdTag> tags;  ///< zero: by account
  AccountId account;
};

Result<Wanted> read_wanted(Services& services, Call const& call, NamedBy named_by) {
  if (named_by == NamedBy::kLedgerAccount) {
    auto const account = parse_ledger_account(call.param("account"));
    if (!account) return fail(Errc::kInvalidField, "account in the path: 32 hexadecimal digits");
    return Wanted{{}, *account};
  }
  QRPAY_TRY(std::string const id, read_id(call));
  return Wanted{services.tagger.id_tag(
                    {.tenant = Sequence(0), .kind = Kind::kOpenAccount, .id = id, .revision = 1}),
                {}};
}

Result<AccountId> find_account(State const& state, Wanted const& wanted) {
  if (wanted.tags.newest == ledger::IdTag{}) return wanted.account;
  Sequence const record = state.find(wanted.tags);
  if (record == Sequence(0)) return fail(Errc::kNotFound, "no account with this id");
  bool const is_bank_account = state.bank_account(record) != nullptr;
  return ledger::account_id(is_bank_account ? AccountClass::kBankMirror : AccountClass::kGeneral,
                            record);
}

}  // namespace

std::string_view account_class_name(AccountId const& account) {
  switch (static_cast<AccountClass>(ledger::account_class_number(account))) {
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
  return "";
}

std::string_view leg_name(Leg leg) {
  switch (leg) {
    case Leg::kTransfer: return "transfer";
    case Leg::kReceipt: return "receipt";
    case Leg::kSale: return "sale";
    case Leg::kExcess: return "excess";
    case Leg::kUnmatched: return "unmatched";
    case Leg::kSuspense: return "suspense";
    case Leg::kCashMemo: return "cash_memo";
    case Leg::kFee: return "fee";
    case Leg::kPayout: return "payout";
    case Leg::kSettlement: return "settlement";
    case Leg::kRefund: return "refund";
    case Leg::kReversal: return "reversal";
    case Leg::kRelease: return "release";
  }
  return "";
}

void write_ledger_account(json::Writer& out, AccountId const& account) {
  out.member("ledger_account", base::to_hex(account.value()));
  std::string_view const name = account_class_name(account);
  Sequence const owner = ledger::account_owner(account);
  bool const charted =
      !name.empty() &&
      account == ledger::account_id(
                     static_cast<AccountClass>(ledger::account_class_number(account)), owner);
  if (!charted) return;
  out.member("class", name);
  out.member("owner", owner.value());
}

void with_account(Services& services, Call const& call, NamedBy named_by,
                  std::function<void(SeenAccount const&)> then) {
  auto const wanted = read_wanted(services, call, named_by);
  if (!wanted) return call.refuse(wanted.error());
  Sequence const actor = call.principal().key;
  ask<SeenAccount>(
      services, call,
      [wanted = *wanted, actor](State const& state) -> Result<SeenAccount> {
        QRPAY_TRY(engine::Key const* key, engine::find_key(state, actor));
        QRPAY_TRY(AccountId const account, find_account(state, wanted));
        QRPAY_TRY_VOID(engine::require_readable_account(state, *key, account, "account"));
        return SeenAccount{account, state.book().find(account), state.last()};
      },
      [&services, call, then = std::move(then)](Result<SeenAccount> seen) {
        if (!seen) return call.refuse(seen.error());
        auto const queued = services.worker.run([then, seen = *seen] { then(seen); });
        if (!queued) call.refuse(queued.error());
      });
}

Result<ledger::RocksIndex const*> projections_of(Services& services) {
  auto const* const projector = services.engine.projector();
  if (projector == nullptr) return fail(Errc::kNotSupported, "no projections");
  return &projector->projections();
}

Result<Format> read_format(Call const& call) {
  auto const text = call.query("format");
  if (!text || *text == "json") return Format::kJson;
  if (*text == "csv") return Format::kCsv;
  return fail(Errc::kInvalidField, "format in the query: json or csv");
}

}  // namespace qrpay::gateway::api
