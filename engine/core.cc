#include "engine/core.h"

#include <algorithm>

#include "engine/authority.h"
#include "ledger/fields.h"
#include "ledger/tlv.h"

namespace qrpay::engine {

namespace field = ledger::field;
namespace side = ledger::side;
using base::Errc;
using base::Result;
using ledger::Kind;

namespace {

/// Sealed before they are encoded: two clock reads tell the two apart, and what lies between them
/// stays in the cache.
constexpr std::size_t kSealedTogether = 256;

}  // namespace

std::vector<ledger::Log::Sealed> seal(Batch& batch, ledger::VaultCursor& cursor,
                                      base::Clock* clock) {
  std::vector<ledger::Log::Sealed> out(batch.entries.size());
  std::vector<ledger::SideRecord> sides(std::min(kSealedTogether, out.size()));
  for (std::size_t begin = 0; begin < out.size(); begin += kSealedTogether) {
    std::size_t const end = std::min(out.size(), begin + kSealedTogether);
    for (std::size_t i = begin; i < end; ++i) {
      Decided& decided = *batch.entries[i].decided;
      ledger::Record& record = decided.record;
      record.body_tag =
          cursor.body_tag(record.sequence, base::as_bytes(batch.entries[i].canonical));
      auto sealed = cursor.seal(record.sequence, decided.sections);
      record.commitment = sealed.commitment;
      sides[i - begin] = std::move(sealed.side);
    }
    if (clock != nullptr) batch.laps.lap(Stage::kSeal, clock->ticks());
    for (std::size_t i = begin; i < end; ++i) {
      out[i].leaf.reserve(ledger::kRecordHeaderBytes + 128);
      ledger::encode_record(batch.entries[i].decided->record, out[i].leaf);
      ledger::encode_side(sides[i - begin], out[i].side);
    }
    if (clock != nullptr) batch.laps.lap(Stage::kEncode, clock->ticks());
  }
  return out;
}

std::shared_ptr<Decided const> open_sections(ledger::StoredRecord const& stored,
                                             ledger::VaultCursor& cursor,
                                             ledger::SectionMask erased) {
  auto decided = std::make_shared<Decided>();
  decided->record = stored.record;
  for (auto const& section : stored.side) {
    if (((erased >> section.number) & 1) != 0) continue;
    auto text = cursor.open(stored.record.sequence, section);
    if (text) decided->sections.push_back({section.number, std::move(*text)});
  }
  return decided;
}

void apply_stored(State& state, ledger::StoredRecord const& stored, ledger::VaultCursor& cursor) {
  std::string shop_code;
  if (stored.record.kind == Kind::kPutOrder &&
      ledger::TlvReader(stored.record.body).number_or(field::kHasShopCode, 0) == 1 &&
      !stored.side.empty()) {
    auto const text = cursor.open(stored.record.sequence, stored.side.front());
    if (text) shop_code = ledger::TlvReader(*text).text(side::kCode);
  }
  state.apply(stored.record, shop_code);
}

Result<State> replay_state(ledger::Log& log, std::shared_ptr<ledger::Vault const> vault,
                           Observer const& also) {
  State state;
  ledger::VaultCursor cursor(std::move(vault));
  QRPAY_TRY_VOID(log.replay([&](ledger::StoredRecord const& stored) -> Result<void> {
    apply_stored(state, stored, cursor);
    if (also) return also(stored.record);
    return {};
  }));
  return state;
}

namespace {

// What is still in memory in the clear, as it is to be shown.
std::shared_ptr<Decided const> without(std::shared_ptr<Decided const> const& decided,
                                       ledger::SectionMask erased) {
  auto left = std::make_shared<Decided>();
  left->record = decided->record;
  for (auto const& section : decided->sections)
    if (((erased >> section.number) & 1) == 0) left->sections.push_back(section);
  return left;
}

}  // namespace

void Batch::Release::operator()() const {
  if (!reply) return query_end();
  if (hidden == 0) return reply(value);
  Reply shown = value;
  shown.decided = without(value.decided, hidden);
  reply(shown);
}

Core::Core(State state, ledger::Log const& log, std::shared_ptr<ledger::Vault const> vault,
           ledger::Tagger const& tagger)
    : state_(std::move(state)),
      log_(log),
      cursor_(std::move(vault)),
      secrets_(tagger),
      tagger_(tagger.up_to(state_.tag_generation())),
      open_(std::make_shared<Batch>()) {}

void Core::release(ReplyCallback&& reply, Reply&& value, ledger::SectionMask hidden) {
  if (!reply) return;
  open_->releases.push_back({std::move(reply), std::move(value), nullptr, hidden});
}

// Once a look-up has failed, what the state says may be wrong. Nothing is decided by it, and a
// query that saw it is dropped, which its caller's responder tells as an error.
bool Core::refuse_if_broken(ReplyCallback& reply) {
  if (!state_.index().failed()) return false;
  release(std::move(reply),
          {Reply::Kind::kRefused, nullptr, {Errc::kStoreRead, "the projections are damaged"}});
  return true;
}

void Core::process(Query const& query) {
  if (state_.index().failed()) return;
  auto end = query(state_);
  if (!state_.index().failed()) open_->releases.push_back({nullptr, {}, std::move(end), 0});
}

void Core::look_ahead(std::vector<IdTag> tags) {
  ahead_tags_ = std::move(tags);
  next_ahead_ = 0;
  if (!ahead_tags_.empty()) state_.index().look_ahead(ahead_tags_, ahead_found_);
}

std::vector<std::shared_ptr<ledger::Run>> Core::settle_runs() {
  ahead_tags_.clear();  // what was found holds only while the runs of that time are kept
  return state_.settle_runs();
}

// In the order of look_ahead(), but for those that were refused before; anything else is looked up
// by itself.
Sequence Core::find_known(IdTag const& tag) {
  while (next_ahead_ < ahead_tags_.size() && ahead_tags_[next_ahead_] != tag) ++next_ahead_;
  if (next_ahead_ >= ahead_tags_.size()) return state_.find(tag);
  auto const& found = ahead_found_[next_ahead_++];
  if (tag == IdTag{}) return Sequence(0);
  return state_.index().find_id_ahead(tag, found).value_or(Sequence(0));
}

Sequence Core::find_known(Prepared const& prepared) {
  Sequence found = find_known(prepared.tags.id);
  for (auto older = prepared.older.begin(); found == Sequence(0) && older != prepared.older.end();
       ++older)
    found = find_known(older->id);
  return found;
}

void Core::process(Prepared&& prepared, WallTime now, ReplyCallback reply) {
  WallTime const time = std::max(now, state_.last_time());
  // A generation was announced between its preparation and now: what it carries is a fact of the
  // state, not of when a thread came to prepare it.
  if (prepared.generation != tagger_.newest())
    prepared = prepare(std::move(prepared.command), tagger_);
  // A repeat too: a key may have been revoked since, and ids are shared by all keys of a tenant.
  auto const key = authorize(state_, prepared);
  if (!key) {
    release(std::move(reply), {Reply::Kind::kRefused, nullptr, key.error()});
    return;
  }
  Sequence const known = find_known(prepared);
  if (refuse_if_broken(reply)) return;
  if (known != Sequence(0)) {
    answer_known(std::move(prepared), known, time, std::move(reply));
    return;
  }
  Stamp const stamp{time, Sequence(state_.last().value() + 1)};
  auto draft = decide(state_, prepared, stamp, *key);
  if (refuse_if_broken(reply)) return;
  if (!draft) {
    release(std::move(reply), {Reply::Kind::kRefused, nullptr, std::move(draft).error()});
    return;
  }
  IdTag const id_tag = prepared.tags.id;
  auto decided = add_record(std::move(*draft), std::move(prepared), id_tag, time);
  release(std::move(reply), {Reply::Kind::kDecided, std::move(decided), {}});
}

std::shared_ptr<Decided const> Core::add_record(Draft&& draft, Prepared&& prepared,
                                                IdTag const& id_tag, WallTime time) {
  auto decided = std::make_shared<Decided>();
  ledger::Record& record = decided->record;
  record.kind = draft.kind;
  record.outcome = static_cast<std::uint16_t>(draft.outcome);
  record.sequence = Sequence(state_.last().value() + 1);
  record.log_time = time;
  record.amount = draft.amount;
  record.actor = prepared.command.actor;
  record.tag_generation = tagger_.newest();
  record.id_tag = id_tag;
  record.money_tags = std::move(draft.money_tags);
  record.postings = std::move(draft.postings);
  record.body = std::move(draft.body);
  decided->sections = std::move(draft.sections);
  std::string_view shop_code;
  if (auto const* order = std::get_if<PutOrder>(&prepared.command.payload)) shop_code = order->code;
  state_.apply(record, shop_code);
  if (record.kind == Kind::kSecret) tagger_ = secrets_.up_to(state_.tag_generation());
  open_->entries.push_back({decided, std::move(prepared.canonical)});
  return decided;
}

Result<Core::Seen> Core::look_back(Sequence first, std::string const& canonical) {
  auto const in_batch = [&](Batch const& batch) -> Batch::Entry const* {
    if (batch.entries.empty()) return nullptr;
    std::uint64_t const begin = batch.entries.front().decided->record.sequence.value();
    if (first.value() < begin || first.value() >= begin + batch.entries.size()) return nullptr;
    return &batch.entries[first.value() - begin];
  };
  ledger::SectionMask const erased = state_.erased().mask(first);
  auto const in_memory = [&](Batch::Entry const& entry) {
    bool const same = erased == 0 && entry.canonical == canonical;
    return Seen{entry.decided, same, erased != 0, erased};
  };
  // Not yet known to be durable: the canonical bytes are still here.
  if (auto const* entry = in_batch(*open_)) return in_memory(*entry);
  for (auto const& batch : in_flight_)
    if (auto const* entry = in_batch(*batch)) return in_memory(*entry);
  QRPAY_TRY(ledger::StoredRecord const stored, log_.read(first));
  // Answers follow the bit; a vault that has lost the key without it cannot tell either.
  auto const tag =
      erased != 0 ? std::nullopt : cursor_.find_body_tag(first, base::as_bytes(canonical));
  return Seen{open_sections(stored, cursor_, erased), tag == stored.record.body_tag, !tag};
}

void Core::answer_known(Prepared&& prepared, Sequence first, WallTime now, ReplyCallback reply) {
  auto const refuse = [&](base::Error const& error) {
    release(std::move(reply), {Reply::Kind::kRefused, nullptr, error});
  };
  auto seen = look_back(first, prepared.canonical);
  if (!seen) return refuse(seen.error());
  if (seen->same_body || seen->unverified)
    return release(std::move(reply),
                   {Reply::Kind::kReplayed, std::move(seen->decided), {}, seen->unverified},
                   seen->hidden);
  Reply conflict{Reply::Kind::kIdReused,
                 seen->decided,
                 {Errc::kIdReused, "first used by sequence " + std::to_string(first.value())}};
  // A bank whose ids start anew each day must not hide money: each other body leaves one record.
  if (std::holds_alternative<BankCredit>(prepared.command.payload)) {
    for (std::uint32_t n = 1; n <= kIdReusesMax; ++n) {
      auto const tags = tagger_.id_tag({.tenant = prepared.command.tenant,
                                        .kind = Kind::kIdReuse,
                                        .id = prepared.command.id,
                                        .revision = n});
      Sequence const before = state_.find(tags);
      if (refuse_if_broken(reply)) return;
      if (before == Sequence(0)) {
        add_record(decide_id_reuse(prepared, first), std::move(prepared), tags.newest, now);
        break;
      }
      auto earlier = look_back(before, prepared.canonical);
      if (!earlier) return refuse(earlier.error());
      if (earlier->same_body) break;  // one that was erased hides no other
    }
  }
  release(std::move(reply), std::move(conflict));
}

void Core::tick(WallTime now) {
  WallTime const time = std::max(now, state_.last_time());
  while (state_.next_due() && *state_.next_due() <= time && !state_.index().failed())
    process(prepare(make_tick(state_, time), tagger_), time, nullptr);
}

std::shared_ptr<Batch> Core::take_batch() {
  auto batch = std::exchange(open_, std::make_shared<Batch>());
  if (!batch->entries.empty()) in_flight_.push_back(batch);
  return batch;
}

void Core::settle(Sequence durable) {
  while (!in_flight_.empty() &&
         in_flight_.front()->entries.back().decided->record.sequence <= durable)
    in_flight_.pop_front();
}

}  // namespace qrpay::engine
