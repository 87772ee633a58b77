// What "same body" compares, a second time: every field of the caller's, by name.
#include <sstream>

#include "base/bytes.h"

#include "tests/sim/model.h"

namespace qrpay::sim {
namespace {

/// "name=length:value;", so that no value can pretend to be two.
class Body {
 public:
  Body& add(std::string_view name, std::string_view value) {
    out_ << name << '=' << value.size() << ':' << value << ';';
    return *this;
  }
  Body& add(std::string_view name, std::int64_t value) { return add(name, std::to_string(value)); }
  [[nodiscard]] std::string text() const { return out_.str(); }

 private:
  std::ostringstream out_;
};

void write(Body& body, engine::Genesis const& c) { body.add("origin", c.origin); }
void write(Body& body, engine::RegisterBank const& c) {
  body.add("name", c.name);
  for (auto const& bin : c.bins) body.add("bin", bin);
}
void write(Body& body, engine::RegisterMerchant const& c) {
  body.add("name", c.name).add("tax", c.tax_code).add("mode", static_cast<int>(c.mode));
}
void write(Body& body, engine::RegisterShop const& c) {
  body.add("merchant", c.merchant).add("name", c.name).add("commune", c.commune);
  body.add("valid_from", c.commune_valid_from.days()).add("sector", c.sector);
  body.add("opened_on", c.opened_on.days());
  if (c.position) body.add("lat", c.position->latitude).add("lon", c.position->longitude);
}
void write(Body& body, engine::RegisterTerminal const& c) {
  body.add("shop", c.shop).add("name", c.name).add("training", c.training ? 1 : 0);
}
void write(Body& body, engine::OpenBankAccount const& c) {
  body.add("merchant", c.merchant).add("bin", c.bin).add("number", c.number);
  body.add("holder", c.holder).add("static_shop", c.static_shop).add("prefix", c.code_prefix);
  body.add("orders_only", c.orders_only ? 1 : 0);
}
void write(Body& body, engine::OpenGeneralAccount const& c) {
  body.add("general", c.name).add("limit", static_cast<int>(c.limit));
}
void write(Body& body, engine::PutKey const& c) {
  body.add("role", static_cast<int>(c.role)).add("scope", c.scope);
  body.add("revoked", c.revoked ? 1 : 0);
}
void write(Body& body, engine::PutOrder const& c) {
  body.add("shop", c.shop).add("terminal", c.terminal).add("account", c.account);
  body.add("amount", c.amount.dong()).add("lifetime", c.lifetime).add("code", c.code);
}
void write(Body& /*body*/, engine::CancelOrder const& /*c*/) {}
void write(Body& body, engine::BankCredit const& c) {
  body.add("ref", c.bank_ref).add("uetr", c.uetr).add("trace", c.trace);
  body.add("bin", c.bin).add("account", c.account).add("amount", c.amount.dong());
  body.add("memo", c.memo).add("occurred_at", c.occurred_at.microseconds());
  body.add("payer", c.payer.name).add("payer_account", c.payer.account);
  body.add("payer_bin", c.payer.bin).add("rail", static_cast<int>(c.rail));
}
void write(Body& body, engine::DeclareCash const& c) {
  body.add("shop", c.shop).add("terminal", c.terminal).add("day", c.day.days());
  body.add("amount", c.amount.dong()).add("withdrawn", c.withdrawn ? 1 : 0);
  if (c.count) body.add("count", *c.count);
  body.add("evidence", c.evidence).add("rev", c.declared_rev);
}
void write_time(Body& body, std::optional<base::WallTime> const& at) {
  if (at) body.add("occurred_at", at->microseconds());
}
void write(Body& body, engine::Transfer const& c) {
  body.add("debit", base::as_text(c.debit.value())).add("credit", base::as_text(c.credit.value()));
  body.add("amount", c.amount.dong()).add("currency", c.currency);
  for (auto const& leg : c.legs)
    body.add("leg", base::as_text(leg.account.value())).add("of", leg.amount.dong());
  write_time(body, c.occurred_at);
}
void write(Body& body, engine::PutHold const& c) {
  body.add("debit", base::as_text(c.debit.value())).add("credit", base::as_text(c.credit.value()));
  body.add("amount", c.amount.dong()).add("lifetime", c.lifetime).add("currency", c.currency);
  write_time(body, c.occurred_at);
}
void write(Body& body, engine::PostHold const& c) {
  body.add("post", c.hold);
  if (c.amount) body.add("amount", c.amount->dong());
  write_time(body, c.occurred_at);
}
void write(Body& body, engine::VoidHold const& c) {
  body.add("void", c.hold);
  write_time(body, c.occurred_at);
}
void write(Body& body, engine::PutBatch const& c) {
  for (auto const& member : c.members) {
    body.add("member", static_cast<std::int64_t>(member.what.index())).add("id", member.id);
    std::visit([&](auto const& what) { write(body, what); }, member.what);
  }
  write_time(body, c.occurred_at);
}
void write(Body& body, engine::CloseAccount const& c) {
  body.add("account", base::as_text(c.account.value()));
  body.add("sides", static_cast<int>(c.sides)).add("with_balance", c.with_balance ? 1 : 0);
}
void write(Body& body, engine::PutSecret const& c) {
  body.add("use", static_cast<int>(c.use)).add("generation", c.generation);
  body.add("check", base::as_text(c.check)).add("retired", c.retired ? 1 : 0);
}
void write(Body& body, engine::Erase const& c) { body.add("erase", c.request); }
void write(Body& body, engine::LogKey const& c) {
  body.add("vkey", c.vkey).add("retired", c.retired ? 1 : 0);
}
void write(Body& body, engine::Restore const& c) {
  body.add("origin", c.origin).add("vkey", c.log_vkey).add("cause", static_cast<int>(c.cause));
}
void write(Body& body, engine::Tick const& c) {
  body.add("due", c.due.microseconds()).add("counter", static_cast<std::int64_t>(c.counter));
}

}  // namespace

std::string body_of(engine::Command const& command) {
  Body body;
  std::visit([&](auto const& payload) { write(body, payload); }, command.payload);
  return body.text();
}

}  // namespace qrpay::sim
