#include "engine/dry_run.h"

#include <algorithm>

#include "engine/authority.h"
#include "engine/decide.h"

namespace qrpay::engine {

using base::Errc;

DryRun dry_run(State const& state, Prepared const& prepared, WallTime now) {
  auto const refuse = [](base::Error const& error) {
    return DryRun{Sequence(0), 0, {Reply::Kind::kRefused, nullptr, error}};
  };
  auto const key = authorize(state, prepared);
  if (!key) return refuse(key.error());
  Sequence const known = find(state, prepared, &Tags::id);
  if (known != Sequence(0)) return {known, state.erased().mask(known), {}};
  Stamp const stamp{std::max(now, state.last_time()), Sequence(state.last().value() + 1)};
  auto draft = decide(state, prepared, stamp, *key);
  if (!draft) return refuse(draft.error());
  auto decided = std::make_shared<Decided>();
  decided->record.kind = draft->kind;
  decided->record.outcome = static_cast<std::uint16_t>(draft->outcome);
  decided->record.log_time = stamp.time;
  decided->record.amount = draft->amount;
  decided->record.actor = prepared.command.actor;
  decided->record.postings = std::move(draft->postings);
  decided->record.body = std::move(draft->body);
  decided->sections = std::move(draft->sections);
  return {Sequence(0), 0, {Reply::Kind::kDecided, std::move(decided), {}}};
}

Reply look_back(DryRun const& tried, std::string const& canonical, ledger::Log const& log,
                std::shared_ptr<ledger::Vault const> vault) {
  Sequence const known = tried.known;
  auto const stored = log.read(known);
  if (!stored) return {Reply::Kind::kRefused, nullptr, stored.error()};
  ledger::VaultCursor cursor(std::move(vault));
  auto const tag =
      tried.erased != 0 ? std::nullopt : cursor.find_body_tag(known, base::as_bytes(canonical));
  auto decided = open_sections(*stored, cursor, tried.erased);
  if (!tag) return {Reply::Kind::kReplayed, std::move(decided), {}, /*body_unverified=*/true};
  if (*tag == stored->record.body_tag) return {Reply::Kind::kReplayed, std::move(decided), {}};
  return {Reply::Kind::kIdReused,
          std::move(decided),
          {Errc::kIdReused, "first used by sequence " + std::to_string(known.value())}};
}

}  // namespace qrpay::engine
