// Checkpoints for everybody; proofs for auditors and for the shop whose record it is.
#include <charconv>

#include "engine/authority.h"
#include "gateway/api/qr_picture.h"
#include "gateway/api/routes.h"
#include "ledger/compact_receipt.h"
#include "ledger/fields.h"
#include "ledger/receipt.h"
#include "ledger/tlv.h"

namespace qrpay::gateway::api {

namespace field = ledger::field;
using base::fail;
using engine::State;
using ledger::TlvReader;

namespace {

constexpr std::string_view kPlainText = "text/plain; charset=utf-8";

void send_note(Call const& call, std::string note) {
  HttpResponse response;
  response.content_type = kPlainText;
  response.headers.push_back({"Cache-Control", "no-cache"});
  response.body = std::move(note);
  call.answer(std::move(response));
}

void get_freshest(Services& services, Call const& call) {
  auto note = services.signer.newest();
  if (note.size == 0) {
    auto now = services.signer.sign_now();
    if (!now) return call.refuse(now.error());
    note = std::move(*now);
  }
  send_note(call, std::move(note.note));
}

// What the tools of others read: the newest that witnesses have cosigned, where there are any. With
// a quorum nothing less is shown, so that a monitor can ask for it in its own policy.
void get_checkpoint(Services& services, Call const& call) {
  auto cosigned = services.keeper.published();
  if (cosigned.size != 0) return send_note(call, std::move(cosigned.note));
  if (services.keeper.quorum() > 0) {
    http::ProblemExtras later;
    later.status = 503;
    return call.refuse({Errc::kWitnessRefused, "no checkpoint has its quorum yet"}, later);
  }
  get_freshest(services, call);
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

enum class Form { kText, kCompact, kQr };

/// What was asked for: `?form=text|compact|qr&cosigned=true`.
struct Wish {
  Form form = Form::kText;
  bool cosigned = false;
};

Result<Wish> read_wish(Call const& call) {
  Wish wish;
  std::string_view const form = call.query("form").value_or("text");
  if (form == "compact")
    wish.form = Form::kCompact;
  else if (form == "qr")
    wish.form = Form::kQr;
  else if (form != "text")
    return fail(Errc::kInvalidField, "form: text, compact or qr");
  std::string_view const cosigned = call.query("cosigned").value_or("false");
  if (cosigned != "true" && cosigned != "false")
    return fail(Errc::kInvalidField, "cosigned: true or false");
  wish.cosigned = cosigned == "true";
  return wish;
}

/// The checkpoint that the receipt leads to. A compact one has the shortest path at the record's
/// own size; a text takes cosignatures along where they cover the record.
Result<std::string> choose_checkpoint(Services& services, Sequence sequence, Wish const& wish) {
  auto cosigned = services.keeper.published();
  bool const covers = cosigned.size >= sequence.value();
  if (wish.cosigned && !covers)
    return fail(Errc::kWitnessRefused, "no cosigned checkpoint covers this record yet");
  if (covers && (wish.cosigned || wish.form == Form::kText)) return std::move(cosigned.note);
  if (wish.form != Form::kText) {
    QRPAY_TRY(auto covered, services.signer.sign_covered(sequence.value()));
    return std::move(covered.note);
  }
  auto newest = services.signer.newest();
  if (newest.size >= sequence.value()) return std::move(newest.note);
  QRPAY_TRY(auto now, services.signer.sign_now());
  return std::move(now.note);
}

Result<HttpResponse> make_answer(Services& services, Sequence sequence, Wish const& wish) {
  QRPAY_TRY(std::string const note, choose_checkpoint(services, sequence, wish));
  ledger::VaultCursor cursor(services.vault);
  cursor.hide(sequence, services.records.erased(sequence));
  HttpResponse response;
  response.headers.push_back({"Cache-Control", "no-store"});
  response.content_type = kPlainText;
  if (wish.form == Form::kText) {
    QRPAY_TRY(response.body, ledger::make_receipt(services.log, cursor, sequence, note));
    return response;
  }
  QRPAY_TRY(response.body, ledger::make_compact_receipt(services.log, cursor, sequence, note,
                                                        services.keeper.keys()));
  response.content_type = "application/octet-stream";
  if (wish.form == Form::kCompact) return response;
  QRPAY_TRY(response.body, draw_code(ledger::compact_receipt_text(response.body),
                                     {.level = qr::draw::Level::kL, .compact = true}));
  response.content_type = content_type_of(PictureFormat::kPng);
  return response;
}

void send_receipt(Services& services, Call const& call, Sequence sequence, Wish const& wish) {
  auto made = make_answer(services, sequence, wish);
  if (!made) return call.refuse(made.error());
  call.answer(std::move(*made));
}

void get_proof(Services& services, Call const& call) {
  std::string const text = call.param("sequence");
  std::uint64_t number = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number == 0)
    return call.refuse({Errc::kInvalidField, "sequence in the path: a number from 1"});
  auto const wish = read_wish(call);
  if (!wish) return call.refuse(wish.error());
  Sequence const sequence(number);
  Sequence const actor = call.principal().key;
  auto const queued = services.worker.run([&services, call, sequence, actor, wish = *wish] {
    auto const stored = services.log.read(sequence);
    if (!stored) return call.refuse(stored.error());
    ask<bool>(
        services, call,
        [actor, record = stored->record](State const& state) -> Result<bool> {
          QRPAY_TRY_VOID(check_reader(state, actor, record));
          return true;
        },
        [&services, call, sequence, wish](Result<bool> allowed) {
          if (!allowed) return call.refuse(allowed.error());
          auto const again = services.worker.run(
              [&services, call, sequence, wish] { send_receipt(services, call, sequence, wish); });
          if (!again) call.refuse(again.error());
        });
  });
  if (!queued) call.refuse(queued.error());
}

}  // namespace

void add_ledger_routes(Services& services, http::Router& router) {
  using http::Method;
  router.add(Method::kGet, "/v1/ledger/checkpoint", open_to_all(services, get_freshest));
  router.add(Method::kGet, "/checkpoint", open_to_all(services, get_checkpoint));  // tlog-tiles
  router.add(Method::kGet, "/v1/ledger/proof/{sequence}", authenticated(services, get_proof));
}

}  // namespace qrpay::gateway::api
