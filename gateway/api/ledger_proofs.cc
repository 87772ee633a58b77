// Checkpoints for everybody; proofs for auditors and for the shop whose record it is.
#include <charconv>

#include "engine/authority.h"
#include "gateway/api/routes.h"
#include "ledger/fields.h"
#include "ledger/receipt.h"
#include "ledger/tlv.h"

namespace qrpay::gateway::api {

namespace field = ledger::field;
using base::fail;
using engine::State;
using ledger::TlvReader;

namespace {

void get_checkpoint(Services& services, Call const& call) {
  auto signed_note = services.signer.newest();
  if (signed_note.size == 0) {
    auto now = services.signer.sign_now();
    if (!now) return call.refuse(now.error());
    signed_note = std::move(*now);
  }
  HttpResponse response;
  response.content_type = "text/plain; charset=utf-8";
  response.headers.push_back({"Cache-Control", "no-cache"});
  response.body = std::move(signed_note.note);
  call.answer(std::move(response));
}

/// Whose record is it? Auditors and operators see all; merchants and terminals what names a shop
/// they may read, or their own orders; a bank what its own key wrote.
Result<void> check_reader(State const& state, Sequence actor, ledger::Record const& record) {
  QRPAY_TRY(engine::Key const* key, engine::find_key(state, actor));
  if (key->role == Role::kOperator || key->role == Role::kAuditor) return {};
  if (record.actor == actor) return {};
  TlvReader const body(record.body);
  Sequence const shop(body.number_or(field::kShop, 0));
  if (shop == Sequence(0)) return fail(Errc::kForbidden, "record: not this key's");
  return engine::require_readable_shop(state, *key, shop, "record");
}

void send_receipt(Services& services, Call const& call, Sequence sequence) {
  auto note = services.signer.newest();
  if (note.size < sequence.value()) {
    auto now = services.signer.sign_now();
    if (!now) return call.refuse(now.error());
    note = std::move(*now);
  }
  ledger::VaultCursor cursor(services.vault);
  auto receipt = ledger::make_receipt(services.log, cursor, sequence, note.note);
  if (!receipt) return call.refuse(receipt.error());
  HttpResponse response;
  response.content_type = "text/plain; charset=utf-8";
  response.headers.push_back({"Cache-Control", "no-store"});
  response.body = std::move(*receipt);
  call.answer(std::move(response));
}

void get_proof(Services& services, Call const& call) {
  std::string const text = call.param("sequence");
  std::uint64_t number = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number == 0)
    return call.refuse({Errc::kInvalidField, "sequence in the path: a number from 1"});
  Sequence const sequence(number);
  Sequence const actor = call.principal().key;
  auto const queued = services.worker.run([&services, call, sequence, actor] {
    auto const stored = services.log.read(sequence);
    if (!stored) return call.refuse(stored.error());
    ask<bool>(
        services, call,
        [actor, record = stored->record](State const& state) -> Result<bool> {
          QRPAY_TRY_VOID(check_reader(state, actor, record));
          return true;
        },
        [&services, call, sequence](Result<bool> allowed) {
          if (!allowed) return call.refuse(allowed.error());
          auto const again = services.worker.run(
              [&services, call, sequence] { send_receipt(services, call, sequence); });
          if (!again) call.refuse(again.error());
        });
  });
  if (!queued) call.refuse(queued.error());
}

}  // namespace

void add_ledger_routes(Services& services, http::Router& router) {
  using http::Method;
  router.add(Method::kGet, "/v1/ledger/checkpoint", open_to_all(services, get_checkpoint));
  router.add(Method::kGet, "/checkpoint", open_to_all(services, get_checkpoint));  // tlog-tiles
  router.add(Method::kGet, "/v1/ledger/proof/{sequence}", authenticated(services, get_proof));
}

}  // namespace qrpay::gateway::api
