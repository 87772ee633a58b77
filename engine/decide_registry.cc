// Banks, merchants, shops, terminals, accounts, keys: what the operator registers.
#include <algorithm>

#include "engine/decide_families.h"
#include "engine/order_code.h"
#include "ledger/fields.h"
#include "ledger/tlv.h"

namespace qrpay::engine {

namespace field = ledger::field;
namespace side = ledger::side;
using base::Errc;
using base::fail;
using base::Result;
using ledger::Kind;
using ledger::TlvWriter;

namespace {

Result<void> require_first_revision(Command const& command) {
  if (command.revision != 1)
    return fail(Errc::kNotSupported, "this resource cannot be amended in this release");
  return {};
}

/// What the thing belongs to, by the caller's id of it.
struct Reference {
  std::uint16_t tag = side::kScopeId;
  std::string_view id = {};
};

Draft registration(Kind kind, std::string const& id, std::string const& name,
                   Reference const& reference = {}) {
  Draft draft;
  draft.kind = kind;
  std::string text;
  TlvWriter section(text);
  section.text(side::kId, id);
  section.text_if(side::kName, name);
  section.text_if(reference.tag, reference.id);
  draft.sections.push_back({ledger::kSectionCaller, std::move(text)});
  return draft;
}

}  // namespace

Result<Draft> decide_family(Genesis const& c, Context const& context) {
  if (context.state.last() != Sequence(0)) return fail(Errc::kForbidden, "the ledger has begun");
  Draft draft;
  draft.kind = Kind::kGenesis;
  TlvWriter body(draft.body);
  body.text(field::kOrigin, c.origin);
  body.text(field::kLogVkey, c.log_vkey);
  body.text(field::kChart, "direct/1");
  body.text(field::kZone, "+07:00");
  body.bytes(field::kVaultCheck, c.vault_check);
  body.bytes(field::kSecretCheck, c.secret_check);
  return draft;
}

Result<Draft> decide_family(RegisterBank const& c, Context const& context) {
  QRPAY_TRY_VOID(require_first_revision(context.command()));
  if (c.bins.empty() || c.bins.size() > kBinsMax) return fail(Errc::kInvalidField, "/bins: 1 to 8");
  std::string bins;
  for (auto bin = c.bins.begin(); bin != c.bins.end(); ++bin) {
    bool const digits = bin->find_first_not_of("0123456789") == std::string::npos;
    if (bin->size() != 6 || !digits) return fail(Errc::kInvalidField, "/bins: six digits each");
    bool const repeated = std::find(c.bins.begin(), bin, *bin) != bin;
    if (repeated || context.state.bank_by_bin(*bin) != Sequence(0))
      return fail(Errc::kAlreadyExists, "/bins: registered already");
    bins += *bin;
  }
  Draft draft = registration(Kind::kRegisterBank, context.command().id, c.name);
  TlvWriter(draft.body).text(field::kBins, bins);
  return draft;
}

Result<Draft> decide_family(RegisterMerchant const& c, Context const& context) {
  QRPAY_TRY_VOID(require_first_revision(context.command()));
  if (c.mode != Mode::kDirect)
    return fail(Errc::kNotSupported, "/mode: only direct in this release");
  Draft draft;
  draft.kind = Kind::kRegisterMerchant;
  TlvWriter(draft.body).u8(field::kMode, static_cast<std::uint8_t>(c.mode));
  std::string text;
  TlvWriter section(text);
  section.text(side::kId, context.command().id);
  section.text_if(side::kName, c.name);
  section.text_if(side::kTaxCode, c.tax_code);
  draft.sections.push_back({ledger::kSectionCaller, std::move(text)});
  return draft;
}

Result<Draft> decide_family(RegisterShop const& c, Context const& context) {
  QRPAY_TRY_VOID(require_first_revision(context.command()));
  Sequence const merchant = context.find(&Tags::merchant);
  if (context.state.merchant(merchant) == nullptr)
    return fail(Errc::kNotFound, "/merchant: not registered");
  if (c.opened_on < Day(0) || c.commune_valid_from < Day(0))
    return fail(Errc::kInvalidField, "/opened_on: before 1970");
  Draft draft = registration(Kind::kRegisterShop, context.command().id, c.name,
                             {side::kMerchantId, c.merchant});
  TlvWriter body(draft.body);
  body.u64(field::kMerchant, merchant.value());
  body.u64(field::kOwner, merchant.value());
  body.text(field::kCommune, c.commune);
  body.u32(field::kCommuneValidFrom, static_cast<std::uint32_t>(c.commune_valid_from.days()));
  if (c.position) {
    std::string position;
    base::ByteWriter out(position);
    out.u32(static_cast<std::uint32_t>(c.position->latitude));
    out.u32(static_cast<std::uint32_t>(c.position->longitude));
    body.text(field::kPosition, position);
  }
  body.text_if(field::kSector, c.sector);
  body.u32(field::kOpenedOn, static_cast<std::uint32_t>(c.opened_on.days()));
  return draft;
}

Result<Draft> decide_family(RegisterTerminal const& c, Context const& context) {
  QRPAY_TRY_VOID(require_first_revision(context.command()));
  Sequence const shop = context.find(&Tags::shop);
  if (context.state.shop(shop) == nullptr) return fail(Errc::kNotFound, "/shop: not registered");
  Draft draft =
      registration(Kind::kRegisterTerminal, context.command().id, c.name, {side::kShopId, c.shop});
  TlvWriter body(draft.body);
  body.u64(field::kShop, shop.value());
  if (c.training) body.u8(field::kTraining, 1);
  return draft;
}

Result<Draft> decide_family(OpenBankAccount const& c, Context const& context) {
  QRPAY_TRY_VOID(require_first_revision(context.command()));
  State const& state = context.state;
  Sequence const merchant = context.find(&Tags::merchant);
  if (state.merchant(merchant) == nullptr)
    return fail(Errc::kNotFound, "/merchant: not registered");
  Sequence const bank = state.bank_by_bin(c.bin);
  if (bank == Sequence(0)) return fail(Errc::kNotFound, "/bin: no bank has registered it");
  if (context.find(&Tags::number) != Sequence(0))
    return fail(Errc::kAlreadyExists, "/number: registered under another id");
  Sequence const shop = context.find(&Tags::shop);
  if (!c.static_shop.empty()) {
    Shop const* found = state.shop(shop);
    if (found == nullptr || found->merchant != merchant)
      return fail(Errc::kNotFound, "/static_shop: no shop of this merchant");
  }
  std::string_view const prefix = c.code_prefix.empty() ? kDefaultPrefix : c.code_prefix;
  if (!valid_prefix(prefix))
    return fail(Errc::kInvalidField, "/code_prefix: two or three letters, none that banks use");
  Draft draft;
  draft.kind = Kind::kOpenAccount;
  TlvWriter body(draft.body);
  body.u64(field::kBank, bank.value());
  body.u64(field::kOwner, merchant.value());
  body.bytes(field::kAccountTag, context.tags().number.value());
  body.u8(field::kAccountType, static_cast<std::uint8_t>(AccountType::kBank));
  body.u32(field::kCurrency, ledger::kVndCurrency);
  body.u64_if(field::kStaticShop, shop.value());
  body.text(field::kCodePrefix, prefix);
  if (c.orders_only) body.u8(field::kOrdersOnly, 1);
  body.text(field::kBins, c.bin);
  std::string text;
  TlvWriter section(text);
  section.text(side::kId, context.command().id);
  section.text(side::kBin, c.bin);
  section.text(side::kNumber, c.number);
  section.text_if(side::kHolder, c.holder);
  section.text(side::kMerchantId, c.merchant);
  section.text_if(side::kShopId, c.static_shop);
  draft.sections.push_back({ledger::kSectionCaller, std::move(text)});
  return draft;
}

Result<Draft> decide_family(OpenGeneralAccount const& c, Context const& context) {
  QRPAY_TRY_VOID(require_first_revision(context.command()));
  Draft draft = registration(Kind::kOpenAccount, context.command().id, c.name);
  TlvWriter body(draft.body);
  body.u8(field::kAccountType, static_cast<std::uint8_t>(AccountType::kGeneral));
  body.u32(field::kCurrency, ledger::kVndCurrency);
  body.u8(field::kLimit, static_cast<std::uint8_t>(c.limit));
  return draft;
}

namespace {

Result<Sequence> scope_of(PutKey const& c, Context const& context) {
  Sequence const scope = context.find(&Tags::scope);
  bool const needs_scope = c.role != Role::kOperator && c.role != Role::kAuditor;
  if (!needs_scope) {
    if (!c.scope.empty()) return fail(Errc::kInvalidField, "/scope: this role has none");
    return Sequence(0);
  }
  bool const exists = (c.role == Role::kMerchant && context.state.merchant(scope) != nullptr) ||
                      (c.role == Role::kTerminal && context.state.terminal(scope) != nullptr) ||
                      (c.role == Role::kBank && context.state.bank(scope) != nullptr);
  if (!exists) return fail(Errc::kNotFound, "/scope: not registered");
  return scope;
}

// A ledger without Genesis, which only tests have, has the first generation.
bool is_live(State const& state, std::uint32_t generation) {
  auto const& generations = state.secrets(SecretUse::kKeys);
  if (generations.empty()) return generation == 1;
  return generation > 0 && generation <= generations.size() && !generations[generation - 1].retired;
}

}  // namespace

Result<Draft> decide_family(PutKey const& c, Context const& context) {
  State const& state = context.state;
  Command const& command = context.command();
  // The first key of a ledger is made by `init`, before there is anyone to ask for it.
  if (context.key == nullptr && !state.keys().empty()) return fail(Errc::kUnauthenticated);
  QRPAY_TRY(Sequence const scope, scope_of(c, context));
  Draft draft = registration(Kind::kKey, command.id, {}, {side::kScopeId, c.scope});
  TlvWriter body(draft.body);
  if (command.revision == 1) {
    if (c.revoked) return fail(Errc::kInvalidField, "/revoked: a new key is not revoked");
    if (!is_live(state, c.generation))
      return fail(Errc::kInvalidField, "/generation: no live generation of the key file");
  } else {
    Sequence const first = context.first_revision();
    Key const* key = state.key(first);
    if (key == nullptr) return fail(Errc::kNotFound, "key: not registered");
    if (key->revision + 1 != command.revision)
      return fail(Errc::kRevisionMismatch, "revision is " + std::to_string(key->revision));
    if (key->role != c.role || key->scope != scope)
      return fail(Errc::kInvalidField, "/role: role and scope of a key never change");
    // Whoever learnt a revoked key must not see it live again.
    if (!c.revoked) return fail(Errc::kInvalidField, "/revoked: a key is only ever revoked");
    body.u32(field::kRevision, command.revision);
    body.u64(field::kAmends, first.value());
  }
  body.u8(field::kRole, static_cast<std::uint8_t>(c.role));
  body.u64_if(field::kScope, scope.value());
  if (command.revision == 1) {
    body.u32(field::kKeyGeneration, c.generation);
    body.bytes(field::kKeySalt, c.salt);
    if (c.token_hash != base::Digest{}) body.bytes(field::kTokenHash, c.token_hash);
  }
  if (c.revoked) body.u8(field::kRevoked, 1);
  return draft;
}

}  // namespace qrpay::engine
