// Log keys and new incarnations: what changes who the ledger is. ledger/identity.h has the rules; a
// command that breaks one is refused with its words and leaves no record.
#include "engine/decide_families.h"
#include "ledger/fields.h"
#include "ledger/tlv.h"

namespace qrpay::engine {

namespace field = ledger::field;
using base::Errc;
using base::fail;
using base::Result;
using ledger::Kind;
using ledger::TlvWriter;

namespace {

Result<Draft> checked(Draft draft, Context const& context) {
  if (context.command().revision != 1) return fail(Errc::kInvalidField, "/revision");
  ledger::Record record;
  record.kind = draft.kind;
  record.sequence = context.stamp.sequence;
  record.body = draft.body;
  auto const fits = context.state.identity().check(record);
  if (!fits) return fail(Errc::kInvalidField, fits.error().detail);
  return draft;
}

}  // namespace

Result<Draft> decide_family(LogKey const& c, Context const& context) {
  Draft draft;
  draft.kind = Kind::kLogKey;
  TlvWriter body(draft.body);
  if (c.retired) {
    body.text(field::kRetiredVkey, c.vkey);
  } else {
    body.text(field::kLogVkey, c.vkey);
    body.u64(field::kSignsFrom, context.stamp.sequence.value());
    body.text_if(field::kKeyNote, c.note);
  }
  return checked(std::move(draft), context);
}

Result<Draft> decide_family(Restore const& c, Context const& context) {
  Draft draft;
  draft.kind = Kind::kRestore;
  TlvWriter body(draft.body);
  body.text(field::kOrigin, c.origin);
  body.text(field::kLogVkey, c.log_vkey);
  body.bytes(field::kVaultCheck, c.vault_check);
  body.text(field::kFormerOrigin,
            context.state.identity().begun() ? context.state.identity().origin() : std::string());
  body.u64(field::kSignsFrom, context.stamp.sequence.value());
  body.u8(field::kCause, static_cast<std::uint8_t>(c.cause));
  body.text_if(field::kKeyNote, c.note);
  body.text(field::kFormerHead, ledger::encode_head(c.former));
  body.text(field::kRestoredHead, ledger::encode_head(c.restored));
  return checked(std::move(draft), context);
}

}  // namespace qrpay::engine
