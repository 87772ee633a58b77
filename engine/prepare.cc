#include "engine/prepare.h"

#include <iterator>

#include "base/bytes.h"

namespace qrpay::engine {

using base::ByteWriter;
using ledger::Kind;

namespace {

// Each kind's fields in a fixed order, length-prefixed. A change here makes old ids answer 409 to
// their own repeats, so it needs a new rules version and the old encoder kept.
struct Canonical {
  ByteWriter out;
  std::string scratch = {};

  // Nine bytes, so that they are no amount.
  void time_if(std::optional<WallTime> const& time) {
    if (!time) return;
    out.u8(1);
    out.i64(time->microseconds());
  }

  void operator()(Genesis const& c) {
    out.text16(c.origin);
    out.text16(c.log_vkey);
  }
  void operator()(RegisterBank const& c) {
    out.text16(c.name);
    for (auto const& bin : c.bins) out.text16(bin);
  }
  void operator()(RegisterMerchant const& c) {
    out.text16(c.name);
    out.text16(c.tax_code);
    out.u8(static_cast<std::uint8_t>(c.mode));
  }
  void operator()(RegisterShop const& c) {
    out.text16(c.merchant);
    out.text16(c.name);
    out.text16(c.commune);
    out.i64(c.commune_valid_from.days());
    out.u8(c.position ? 1 : 0);
    if (c.position) {
      out.i64(c.position->latitude);
      out.i64(c.position->longitude);
    }
    out.text16(c.sector);
    out.i64(c.opened_on.days());
  }
  void operator()(RegisterTerminal const& c) {
    out.text16(c.shop);
    out.text16(c.name);
    out.u8(c.training ? 1 : 0);
  }
  void operator()(OpenBankAccount const& c) {
    out.u8(static_cast<std::uint8_t>(AccountType::kBank));
    out.text16(c.merchant);
    out.text16(c.bin);
    out.text16(c.number);
    out.text16(c.holder);
    out.text16(c.static_shop);
    out.text16(c.code_prefix);
    out.u8(c.orders_only ? 1 : 0);
  }
  void operator()(OpenGeneralAccount const& c) {
    out.u8(static_cast<std::uint8_t>(AccountType::kGeneral));
    out.text16(c.name);
    out.u8(static_cast<std::uint8_t>(c.limit));
  }
  void operator()(PutKey const& c) {
    out.u8(static_cast<std::uint8_t>(c.role));
    out.text16(c.scope);
    out.u8(c.revoked ? 1 : 0);
  }
  void operator()(PutOrder const& c) {
    out.text16(c.shop);
    out.text16(c.terminal);
    out.text16(c.account);
    out.i64(c.amount.dong());
    out.i64(c.lifetime);
    out.text16(c.code);
  }
  void operator()(CancelOrder const& /*c*/) {}
  void operator()(BankCredit const& c) {
    out.text16(c.bank_ref);
    out.text16(c.uetr);
    out.text16(c.trace);
    out.text16(c.bin);
    out.text16(c.account);
    out.i64(c.amount.dong());
    out.text16(c.memo);
    out.i64(c.occurred_at.microseconds());
    out.text16(c.payer.name);
    out.text16(c.payer.account);
    out.text16(c.payer.bin);
    out.u8(static_cast<std::uint8_t>(c.rail));
  }
  void operator()(DeclareCash const& c) {
    out.text16(c.shop);
    out.text16(c.terminal);
    out.i64(c.day.days());
    out.i64(c.amount.dong());
    out.u8(c.withdrawn ? 1 : 0);
    out.u8(c.count ? 1 : 0);
    out.u32(c.count.value_or(0));
    out.u8(c.evidence);
    out.u32(c.declared_rev);
  }
  void operator()(Transfer const& c) {
    out.bytes(c.debit.value());
    out.bytes(c.credit.value());
    out.i64(c.amount.dong());
    bool const plain = c.legs.empty() && !c.occurred_at && c.currency == ledger::kVndCurrency;
    if (plain) return;  // as the first release wrote it
    out.u16(c.currency);
    out.u16(static_cast<std::uint16_t>(c.legs.size()));
    for (auto const& leg : c.legs) {
      out.bytes(leg.account.value());
      out.i64(leg.amount.dong());
    }
    if (c.occurred_at) out.i64(c.occurred_at->microseconds());
  }
  void operator()(PutHold const& c) {
    out.bytes(c.debit.value());
    out.bytes(c.credit.value());
    out.i64(c.amount.dong());
    out.u16(c.currency);
    out.i64(c.lifetime);
    time_if(c.occurred_at);
  }
  void operator()(PostHold const& c) {
    out.text16(c.hold);
    if (c.amount) out.i64(c.amount->dong());
    time_if(c.occurred_at);
  }
  void operator()(VoidHold const& c) {
    out.text16(c.hold);
    time_if(c.occurred_at);
  }
  void operator()(PutBatch const& c) {
    for (auto const& member : c.members) {
      Canonical one{ByteWriter(scratch)};
      scratch.clear();
      std::visit([&](auto const& what) { one(what); }, member.what);
      out.u16(static_cast<std::uint16_t>(kind_of(member)));
      out.text16(member.id);
      out.text16(scratch);
    }
    if (!c.occurred_at) return;
    out.u16(0);  // no member's kind
    time_if(c.occurred_at);
  }
  void operator()(CloseAccount const& c) {
    out.bytes(c.account.value());
    out.u8(static_cast<std::uint8_t>(c.sides));
    out.u8(c.with_balance ? 1 : 0);
  }
  void operator()(PutSecret const& c) {
    out.u8(static_cast<std::uint8_t>(c.use));
    out.u32(c.generation);
    out.bytes(c.check);
    out.u8(c.retired ? 1 : 0);
  }
  void operator()(Erase const& c) { out.text(c.request); }
  void operator()(LogKey const& c) {
    out.text16(c.vkey);
    out.u8(c.retired ? 1 : 0);
  }
  void operator()(Restore const& c) {
    out.text16(c.origin);
    out.text16(c.log_vkey);
    out.u8(static_cast<std::uint8_t>(c.cause));
  }
  void operator()(Tick const& c) {
    out.i64(c.due.microseconds());
    out.u64(c.counter);
  }
};

Kind scope_kind(Role role) {
  switch (role) {
    case Role::kMerchant: return Kind::kRegisterMerchant;
    case Role::kTerminal: return Kind::kRegisterTerminal;
    case Role::kBank: return Kind::kRegisterBank;
    case Role::kOperator: break;
    case Role::kAuditor: break;
  }
  return Kind::kGenesis;  // no scope: never looked up
}

// What the operator registered under `id`; zero for an empty id.
IdTag registered(ledger::GenerationTagger const& tagger, Kind kind, std::string_view id) {
  if (id.empty()) return IdTag{};
  return tagger.id_tag({.tenant = Sequence(0), .kind = kind, .id = id, .revision = 1});
}

struct References {
  ledger::GenerationTagger const& tagger;
  Command const& command;
  Tags& tags;

  [[nodiscard]] IdTag hold_tag(std::string_view id) const {
    return tagger.id_tag({.tenant = command.tenant, .kind = Kind::kHold, .id = id, .revision = 1});
  }
  template <class T>
  void operator()(T const& /*nothing to refer to*/) {}
  void operator()(RegisterShop const& c) {
    tags.merchant = registered(tagger, Kind::kRegisterMerchant, c.merchant);
  }
  void operator()(RegisterTerminal const& c) {
    tags.shop = registered(tagger, Kind::kRegisterShop, c.shop);
  }
  void operator()(OpenBankAccount const& c) {
    tags.merchant = registered(tagger, Kind::kRegisterMerchant, c.merchant);
    tags.shop = registered(tagger, Kind::kRegisterShop, c.static_shop);
    tags.number = tagger.account_tag(c.bin, c.number);
  }
  void operator()(PutKey const& c) { tags.scope = registered(tagger, scope_kind(c.role), c.scope); }
  void operator()(PutOrder const& c) {
    tags.shop = registered(tagger, Kind::kRegisterShop, c.shop);
    tags.terminal = registered(tagger, Kind::kRegisterTerminal, c.terminal);
    tags.account = registered(tagger, Kind::kOpenAccount, c.account);
    if (!c.page_token.empty()) tags.page = tagger.page_tag(c.page_token);
  }
  void operator()(CancelOrder const& /*c*/) {
    tags.first = tagger.id_tag(
        {.tenant = command.tenant, .kind = Kind::kPutOrder, .id = command.id, .revision = 1});
  }
  void operator()(BankCredit const& c) {
    tags.number = tagger.account_tag(c.bin, c.account);
    if (!c.payer.account.empty() && !c.payer.bin.empty())
      tags.payer = tagger.account_tag(c.payer.bin, c.payer.account);
    auto const add = [&](std::string_view scheme, std::string_view reference) {
      if (reference.empty()) return;
      tags.money.push_back(tagger.money_tag({.scheme = scheme,
                                             .bank = c.bin,
                                             .account = c.account,
                                             .direction = ledger::Direction::kCredit,
                                             .reference = reference,
                                             .scope = {}}));
    };
    add("bank_ref", c.bank_ref);
    add("uetr", c.uetr);
    add("trace", c.trace);
  }
  void operator()(PostHold const& c) { tags.hold = hold_tag(c.hold); }
  void operator()(VoidHold const& c) { tags.hold = hold_tag(c.hold); }
  void operator()(PutBatch const& c) {
    tags.members.reserve(c.members.size());
    for (auto const& member : c.members) {
      std::string_view id = member.id;
      if (auto const* post = std::get_if<PostHold>(&member.what)) id = post->hold;
      if (auto const* end = std::get_if<VoidHold>(&member.what)) id = end->hold;
      tags.members.push_back(id.empty() ? IdTag{} : hold_tag(id));
    }
  }
  void operator()(DeclareCash const& c) {
    tags.shop = registered(tagger, Kind::kRegisterShop, c.shop);
    tags.terminal = registered(tagger, Kind::kRegisterTerminal, c.terminal);
  }
};

}  // namespace

Kind kind_of(Payload const& payload) {
  static constexpr Kind kKinds[] = {
      Kind::kGenesis,          Kind::kRegisterBank, Kind::kRegisterMerchant, Kind::kRegisterShop,
      Kind::kRegisterTerminal, Kind::kOpenAccount,  Kind::kOpenAccount,      Kind::kKey,
      Kind::kPutOrder,         Kind::kCancelOrder,  Kind::kBankCredit,       Kind::kDeclareCash,
      Kind::kTransfer,         Kind::kTick,         Kind::kHold,             Kind::kPost,
      Kind::kVoidHold,         Kind::kBatch,        Kind::kCloseAccount,     Kind::kSecret,
      Kind::kErase,            Kind::kLogKey,       Kind::kRestore};
  static_assert(std::size(kKinds) == std::variant_size_v<Payload>);
  return kKinds[payload.index()];
}

Kind kind_of(BatchMember const& member) {
  static constexpr Kind kKinds[] = {Kind::kTransfer, Kind::kHold, Kind::kPost, Kind::kVoidHold};
  static_assert(std::size(kKinds) == std::variant_size_v<decltype(member.what)>);
  return kKinds[member.what.index()];
}

namespace {

void add_tags(Command const& command, ledger::GenerationTagger const& tagger, Tags& tags) {
  ledger::CommandId id{.tenant = command.tenant,
                       .kind = kind_of(command.payload),
                       .id = command.id,
                       .revision = command.revision};
  tags.id = tagger.id_tag(id);
  if (command.revision > 1) {
    id.revision = 1;
    tags.first = tagger.id_tag(id);
  }
  std::visit(References{tagger, command, tags}, command.payload);
}

}  // namespace

Prepared prepare(Command command, ledger::Tagger const& tagger) {
  Prepared prepared;
  prepared.generation = tagger.newest();
  if (auto const* const newest = tagger.find(tagger.newest()))
    add_tags(command, *newest, prepared.tags);
  for (std::uint32_t generation = tagger.newest(); --generation > 0;)
    if (auto const* const older = tagger.find(generation))
      add_tags(command, *older, prepared.older.emplace_back());
  std::visit(Canonical{ByteWriter(prepared.canonical)}, command.payload);
  prepared.command = std::move(command);
  return prepared;
}

}  // namespace qrpay::engine
