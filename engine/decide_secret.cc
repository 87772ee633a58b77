// Generations of secrets: the next one is announced, an old key file is retired.
#include "engine/decide_families.h"
#include "ledger/fields.h"
#include "ledger/tlv.h"

namespace qrpay::engine {

namespace field = ledger::field;
namespace side = ledger::side;
using base::Errc;
using base::fail;
using base::Result;
using ledger::TlvWriter;

namespace {

Result<void> check_next(PutSecret const& c, std::size_t generations) {
  if (c.generation != generations + 1 || c.generation > ledger::kGenerationsMax)
    return fail(Errc::kInvalidField, "/generation: the next is " + std::to_string(generations + 1) +
                                         ", of at most " + std::to_string(ledger::kGenerationsMax));
  if (c.check == base::Bytes16{}) return fail(Errc::kInvalidField, "/check: missing");
  return {};
}

Result<void> check_retired(PutSecret const& c, State const& state) {
  // Ids are remembered for ever, and a tag cannot be made again from a record that was erased.
  if (c.use == SecretUse::kTags)
    return fail(Errc::kInvalidField, "/retired: what was tagged under it must always be found");
  auto const& generations = state.secrets(c.use);
  if (c.generation == 0 || c.generation >= generations.size())
    return fail(Errc::kInvalidField, "/generation: not an older one");
  if (generations[c.generation - 1].retired)
    return fail(Errc::kAlreadyExists, "/generation: retired already");
  if (Sequence const key = state.live_key_of(c.generation); key != Sequence(0))
    return fail(Errc::kInvalidField,
                "/generation: key " + std::to_string(key.value()) + " of it is not revoked");
  return {};
}

}  // namespace

Result<Draft> decide_family(PutSecret const& c, Context const& context) {
  if (context.command().revision != 1)
    return fail(Errc::kNotSupported, "what was announced cannot be amended");
  if (c.use != SecretUse::kTags && c.use != SecretUse::kKeys)
    return fail(Errc::kInvalidField, "/use: tags or keys");
  std::size_t const generations = context.state.secrets(c.use).size();
  if (generations == 0) return fail(Errc::kForbidden, "the ledger has not begun");
  QRPAY_TRY_VOID(c.retired ? check_retired(c, context.state) : check_next(c, generations));
  Draft draft;
  draft.kind = ledger::Kind::kSecret;
  TlvWriter body(draft.body);
  if (!c.retired) body.bytes(field::kSecretCheck, c.check);
  body.u8(field::kSecretUse, static_cast<std::uint8_t>(c.use));
  body.u32(field::kSecretGeneration, c.generation);
  if (c.retired) body.u8(field::kSecretRetired, 1);
  if (!c.by.empty()) {
    std::string text;
    TlvWriter(text).text(side::kName, c.by);
    draft.sections.push_back({ledger::kSectionCaller, std::move(text)});
  }
  return draft;
}

}  // namespace qrpay::engine
