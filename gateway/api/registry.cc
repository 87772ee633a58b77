// PUT and GET of banks, merchants, shops, terminals, accounts and keys: the operator's resources.
#include "base/time_text.h"

#include <iterator>
#include "engine/authority.h"
#include "gateway/api/routes.h"
#include "gateway/json/object_reader.h"
#include "ledger/fields.h"
#include "ledger/tlv.h"

namespace qrpay::gateway::api {

namespace field = ledger::field;
namespace side = ledger::side;
using base::fail;
using engine::kCallerIdMax;
using engine::kNameMax;
using json::ObjectReader;
using ledger::Kind;
using ledger::TlvReader;
using notify::side_text;

namespace {

bool is_digits(std::string_view text, std::size_t count) {
  return text.size() == count && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::string optional_id(ObjectReader& in, std::string_view name) {
  return in.optional_string(name, 1, kCallerIdMax).value_or("");
}

base::Day read_day(ObjectReader& in, std::string_view name) {
  auto const day = base::parse_day(in.string(name, 10, 10));
  if (!day) in.refuse(name, "a date like 2026-11-24");
  return day.value_or(base::Day());
}

std::string read_digits(ObjectReader& in, std::string_view name, std::size_t count) {
  std::string text = in.string(name, count, count);
  if (!is_digits(text, count)) in.refuse(name, std::to_string(count) + " digits");
  return text;
}

engine::Payload read_bank(ObjectReader& in) {
  engine::RegisterBank bank;
  bank.name = in.string("name", 1, kNameMax);
  bank.bins = in.strings("bins", engine::kBinsMax, 6);
  for (auto const& bin : bank.bins)
    if (!is_digits(bin, 6)) in.refuse("bins", "six digits each");
  return bank;
}

engine::Payload read_merchant(ObjectReader& in) {
  engine::RegisterMerchant merchant;
  merchant.name = in.string("name", 1, kNameMax);
  merchant.tax_code = in.optional_string("tax_code", 1, 20).value_or("");
  std::size_t const mode = in.optional_choice("mode", {"direct", "collect", "switch"}).value_or(0);
  merchant.mode = static_cast<engine::Mode>(mode + 1);
  return merchant;
}

engine::Payload read_shop(ObjectReader& in) {
  engine::RegisterShop shop;
  shop.merchant = in.string("merchant", 1, kCallerIdMax);
  shop.name = in.string("name", 1, kNameMax);
  shop.commune = read_digits(in, "commune", 5);
  shop.commune_valid_from = read_day(in, "commune_valid_from");
  if (auto position = in.optional_object("position")) {
    shop.position = engine::Position{
        static_cast<std::int32_t>(position->integer("latitude_e6", -90'000'000, 90'000'000)),
        static_cast<std::int32_t>(position->integer("longitude_e6", -180'000'000, 180'000'000))};
  }
  shop.sector = in.optional_string("sector", 1, 32).value_or("");
  shop.opened_on = read_day(in, "opened_on");
  return shop;
}

engine::Payload read_terminal(ObjectReader& in) {
  engine::RegisterTerminal terminal;
  terminal.shop = in.string("shop", 1, kCallerIdMax);
  terminal.name = in.optional_string("name", 1, kNameMax).value_or("");
  terminal.training = in.optional_boolean("training").value_or(false);
  return terminal;
}

bool is_account_number(std::string_view text) {
  return !text.empty() && text.size() <= engine::kAccountNumberMax &&
         text.find_first_not_of("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") ==
             std::string_view::npos;
}

engine::Payload read_account(ObjectReader& in) {
  if (in.optional_choice("type", {"bank", "general"}).value_or(0) == 1) {
    engine::OpenGeneralAccount account;
    account.name = in.optional_string("name", 1, kNameMax).value_or("");
    std::size_t const limit = in.optional_choice("limit", {"none", "floor", "ceiling"}).value_or(0);
    account.limit = static_cast<ledger::Limit>(limit);
    return account;
  }
  engine::OpenBankAccount account;
  account.merchant = in.string("merchant", 1, kCallerIdMax);
  account.bin = read_digits(in, "bin", 6);
  account.number = in.string("number", 1, engine::kAccountNumberMax);
  if (!is_account_number(account.number)) in.refuse("number", "letters and digits");
  account.holder = in.optional_string("holder", 1, kNameMax).value_or("");
  account.static_shop = optional_id(in, "static_shop");
  account.code_prefix = in.optional_string("code_prefix", 2, 3).value_or("");
  account.orders_only = in.optional_boolean("orders_only").value_or(false);
  return account;
}

constexpr std::string_view kRoles[] = {"operator", "merchant", "terminal", "bank", "auditor"};

engine::Payload read_key(ObjectReader& in) {
  engine::PutKey key;
  std::size_t const role =
      in.choice("role", {kRoles[0], kRoles[1], kRoles[2], kRoles[3], kRoles[4]});
  key.role = static_cast<Role>(role + 1);
  key.scope = optional_id(in, "scope");
  key.revoked = in.optional_boolean("revoked").value_or(false);
  return key;
}

// Salt and token are drawn for a new key; a repeat is answered from the record, so what is drawn
// for it is thrown away.
void draw_key(Services& services, std::string const& id, engine::PutKey& key) {
  services.entropy.fill(key.salt);
  key.generation = services.keys.generation();
  if (key.role == Role::kBank) return;
  auto const tag =
      services.tagger.id_tag({.tenant = Sequence(0), .kind = Kind::kKey, .id = id, .revision = 1})
          .newest;
  key.token_hash =
      base::sha256(base::as_bytes(services.keys.bearer_token({tag, key.salt, key.generation})));
}

void write_text(json::Writer& out, engine::Decided const& decided, std::string_view name,
                std::uint16_t tag) {
  std::string const text = side_text(decided, ledger::kSectionCaller, tag);
  if (!text.empty()) out.member(name, text);
}

void write_bins(json::Writer& out, std::string_view bins) {
  out.key("bins").begin_array();
  for (; bins.size() >= 6; bins.remove_prefix(6)) out.string(bins.substr(0, 6));
  out.end_array();
}

/// Whether a key's unused secret is part of the answer.
enum class Secrets { kShown, kHidden };

void write_key(Services& services, json::Writer& out, engine::Decided const& decided,
               Secrets secrets) {
  TlvReader const body(decided.record.body);
  auto const role = body.number_or(field::kRole, 1);
  out.member("role", std::string(kRoles[(role - 1) % std::size(kRoles)]));
  write_text(out, decided, "scope", side::kScopeId);
  out.member("revoked", body.number_or(field::kRevoked, 0) == 1);
  auto const origin = auth::KeyOrigin::of(decided.record);
  bool const hidden = secrets == Secrets::kHidden;
  if (!origin || hidden || services.keys.was_used(decided.record.sequence)) return;
  if (static_cast<Role>(role) == Role::kBank)
    out.member("secret", services.keys.signing_secret(*origin));
  else
    out.member("token", services.keys.bearer_token(*origin));
}

void write_account(json::Writer& out, engine::Decided const& decided) {
  TlvReader const body(decided.record.body);
  if (body.number_or(field::kAccountType, 1) != 1) {
    static constexpr std::string_view kLimits[] = {"none", "floor", "ceiling"};
    out.member("type", "general");
    write_text(out, decided, "name", side::kName);
    out.member("limit", std::string(kLimits[body.number_or(field::kLimit, 0) % 3]));
    auto const account =
        ledger::account_id(ledger::AccountClass::kGeneral, decided.record.sequence);
    out.member("ledger_account", base::to_hex(account.value()));
    return;
  }
  out.member("type", "bank");
  write_text(out, decided, "merchant", side::kMerchantId);
  write_text(out, decided, "bin", side::kBin);
  write_text(out, decided, "number", side::kNumber);
  write_text(out, decided, "holder", side::kHolder);
  write_text(out, decided, "static_shop", side::kShopId);
  out.member("code_prefix", body.text(field::kCodePrefix));
  out.member("orders_only", body.number_or(field::kOrdersOnly, 0) == 1);
}

void write_fields(Services& services, json::Writer& out, engine::Decided const& decided,
                  Secrets secrets) {
  TlvReader const body(decided.record.body);
  auto const day_of = [&](std::uint16_t tag) {
    return base::format_day(base::Day(static_cast<std::int32_t>(body.number_or(tag, 0))));
  };
  Kind const kind = decided.record.kind;
  if (kind == Kind::kOpenAccount) return write_account(out, decided);
  if (kind == Kind::kKey) return write_key(services, out, decided, secrets);
  write_text(out, decided, "name", side::kName);
  if (kind == Kind::kRegisterBank) {
    write_bins(out, body.text(field::kBins));
  } else if (kind == Kind::kRegisterMerchant) {
    write_text(out, decided, "tax_code", side::kTaxCode);
    out.member("mode", "direct");
  } else if (kind == Kind::kRegisterShop) {
    write_text(out, decided, "merchant", side::kMerchantId);
    out.member("commune", body.text(field::kCommune));
    out.member("commune_valid_from", day_of(field::kCommuneValidFrom));
    if (!body.text(field::kSector).empty()) out.member("sector", body.text(field::kSector));
    out.member("opened_on", day_of(field::kOpenedOn));
  } else {
    write_text(out, decided, "shop", side::kShopId);
    out.member("training", body.number_or(field::kTraining, 0) == 1);
  }
}

HttpResponse render(Services& services, engine::Decided const& decided, Secrets secrets) {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  write_text_or_null(out, "id", side_text(decided, ledger::kSectionCaller, side::kId));
  write_fields(services, out, decided, secrets);
  auto const revision =
      static_cast<std::uint32_t>(TlvReader(decided.record.body).number_or(field::kRevision, 1));
  out.member("revision", revision);
  out.member("sequence", decided.record.sequence.value());
  out.member("recorded_at", recorded_at(decided.record));
  out.end_object();
  HttpResponse response = http::json_response(std::move(text), revision == 1 ? 201 : 200);
  response.headers.push_back({"ETag", etag(revision)});
  if (decided.record.kind == Kind::kKey) response.headers.push_back({"Cache-Control", "no-store"});
  return response;
}

using ReadPayload = engine::Payload (*)(ObjectReader&);

void put(Services& services, Call const& call, ReadPayload read) {
  auto const id = read_id(call);
  if (!id) return call.refuse(id.error());
  auto const if_match = read_if_match(call.request());
  if (!if_match) return call.refuse(if_match.error());
  auto const body = read_body(call.request());
  if (!body) return call.refuse(body.error());
  ObjectReader in(*body);
  engine::Command command;
  command.payload = read(in);
  if (auto const finished = in.finish(); !finished) return call.refuse(finished.error());
  command.id = *id;
  command.actor = call.principal().key;
  command.tenant = Sequence(0);
  if (*if_match) command.revision = **if_match + 1;
  // Other roles are told so before anything else about the id.
  if (call.principal().role != Role::kOperator)
    return call.refuse({Errc::kForbidden, "this key's role may not do this"});
  if (auto* key = std::get_if<engine::PutKey>(&command.payload))
    if (command.revision == 1) draw_key(services, *id, *key);
  submit(services, call, std::move(command), [&services](engine::Decided const& decided) {
    return render(services, decided, Secrets::kShown);
  });
}

void get(Services& services, Call const& call, Kind kind) {
  auto const id = read_id(call);
  if (!id) return call.refuse(id.error());
  if (call.principal().role != Role::kOperator && call.principal().role != Role::kAuditor)
    return call.refuse({Errc::kForbidden, "this key's role may not do this"});
  auto const tag =
      services.tagger.id_tag({.tenant = Sequence(0), .kind = kind, .id = *id, .revision = 1});
  ask<Sequence>(
      services, call,
      [tag, kind, id = *id, &services](engine::State const& state) -> Result<Sequence> {
        Sequence const found = state.find(tag);
        if (found == Sequence(0)) return fail(Errc::kNotFound);
        engine::Key const* key = state.key(found);
        if (key == nullptr || key->revision == 1) return found;
        // A key that was revoked is shown as its last revision left it.
        return state.find(services.tagger.id_tag(
            {.tenant = Sequence(0), .kind = kind, .id = id, .revision = key->revision}));
      },
      [&services, call](Result<Sequence> found) {
        if (!found) return call.refuse(found.error());
        auto const decided = services.records.read(*found);
        if (!decided) return call.refuse(decided.error());
        // An auditor who could read a secret could act.
        bool const shows = call.principal().role == Role::kOperator;
        HttpResponse response =
            render(services, **decided, shows ? Secrets::kShown : Secrets::kHidden);
        response.status = 200;
        call.answer(std::move(response));
      });
}

}  // namespace

void add_registry_routes(Services& services, http::Router& router) {
  struct Resource {
    std::string_view path;
    Kind kind;
    ReadPayload read;
  };
  static constexpr Resource kResources[] = {
      {"/v1/banks/{id}", Kind::kRegisterBank, read_bank},
      {"/v1/merchants/{id}", Kind::kRegisterMerchant, read_merchant},
      {"/v1/shops/{id}", Kind::kRegisterShop, read_shop},
      {"/v1/terminals/{id}", Kind::kRegisterTerminal, read_terminal},
      {"/v1/accounts/{id}", Kind::kOpenAccount, read_account},
      {"/v1/keys/{id}", Kind::kKey, read_key},
  };
  for (auto const& resource : kResources) {
    router.add(http::Method::kPut, resource.path,
               authenticated(services, [read = resource.read](Services& s, Call const& call) {
                 put(s, call, read);
               }));
    router.add(http::Method::kGet, resource.path,
               authenticated(services, [kind = resource.kind](Services& s, Call const& call) {
                 get(s, call, kind);
               }));
  }
}

}  // namespace qrpay::gateway::api
