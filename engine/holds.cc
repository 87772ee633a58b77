#include "engine/holds.h"

#include <span>

#include "base/bytes.h"
#include "base/check.h"
#include "ledger/fields.h"
#include "ledger/tlv.h"

namespace qrpay::engine {

namespace field = ledger::field;
using ledger::Kind;
using ledger::Record;
using ledger::TlvReader;

namespace {

constexpr unsigned kHowShift = 62;

using Postings = std::span<ledger::Posting const>;

/// Two legs on the held layer: the debit says whom it will debit and how much.
void add_made(Postings postings, HoldId const& id, WallTime expires, MadeHold& out) {
  out.hold.id = id;
  out.hold.expires = expires;
  for (auto const& posting : postings) {
    if (posting.amount > Vnd(0)) {
      out.hold.debit = posting.account;
      out.hold.amount = posting.amount;
    } else {
      out.hold.credit = posting.account;
    }
  }
}

HoldId read_hold_id(base::ByteReader& in) {
  Sequence const record(in.u64());
  return {record, in.u8()};
}

}  // namespace

std::string_view hold_status_name(HoldStatus status) {
  switch (status) {
    case HoldStatus::kOpen: return "open";
    case HoldStatus::kPosted: return "posted";
    case HoldStatus::kVoided: return "voided";
    case HoldStatus::kExpired: return "expired";
  }
  return "unknown";
}

base::SmallVector<MadeHold, 1> holds_made_by(Record const& record) {
  base::SmallVector<MadeHold, 1> out;
  if (record.postings.empty()) return out;  // refused
  Postings const postings(record.postings.data(), record.postings.size());
  TlvReader const body(record.body);
  if (record.kind == Kind::kHold) {
    WallTime const expires(static_cast<std::int64_t>(body.number_or(field::kExpires, 0)));
    add_made(postings, {record.sequence, 0}, expires, out.emplace_back());
    out.back().tag = record.id_tag;
  } else if (record.kind == Kind::kBatch) {
    std::size_t at = 0;
    std::uint8_t place = 0;
    for (auto const& member : decode_members(body.text(field::kMembers))) {
      if (at + member.postings > postings.size()) break;
      if (member.kind == Kind::kHold) {
        add_made(postings.subspan(at, member.postings), {record.sequence, place}, member.expires,
                 out.emplace_back());
        out.back().tag = member.id;
      }
      at += member.postings;
      ++place;
    }
  }
  return out;
}

base::SmallVector<EndedHold, 1> holds_ended_by(Record const& record) {
  base::SmallVector<EndedHold, 1> out;
  if (record.postings.empty()) return out;
  TlvReader const body(record.body);
  bool const posts = record.kind == Kind::kPost;
  if (posts || record.kind == Kind::kVoidHold) {
    base::ByteReader in(base::as_bytes(body.text(field::kHold)));
    HoldId const id = read_hold_id(in);
    if (in.ok())
      out.push_back(
          {id, posts ? HoldStatus::kPosted : HoldStatus::kVoided, posts ? record.amount : Vnd(0)});
  } else if (record.kind == Kind::kTick) {
    base::ByteReader in(base::as_bytes(body.text(field::kExpiredHolds)));
    while (!in.at_end()) {
      HoldId const id = read_hold_id(in);
      if (!in.ok()) break;
      out.push_back({id, HoldStatus::kExpired, Vnd(0)});
    }
  } else if (record.kind == Kind::kBatch) {
    for (auto const& member : decode_members(body.text(field::kMembers))) {
      if (member.kind == Kind::kPost)
        out.push_back({member.hold, HoldStatus::kPosted, member.amount});
      else if (member.kind == Kind::kVoidHold)
        out.push_back({member.hold, HoldStatus::kVoided, Vnd(0)});
    }
  }
  return out;
}

void Holds::apply(Record const& record) {
  for (auto const& made : holds_made_by(record)) {
    restore(made);
    if (made.hold.id.place != 0) restore_place(made.tag, made.hold.id.place);
  }
  // After those it made: a batch may post its own.
  for (auto const& ended : holds_ended_by(record)) end(ended, record.sequence);
}

void Holds::restore(MadeHold const& made) {
  Hold const& hold = made.hold;
  open_.emplace(key(hold.id), hold);
  if (hold.expires != WallTime(0)) due_.emplace(hold.expires.microseconds(), hold.id);
}

void Holds::restore(HoldId const& id, End const& end) {
  std::uint64_t const how = static_cast<std::uint64_t>(end.how) << kHowShift;
  ended_[id.record.value() / kPageRecords].emplace(key(id), how | end.by.value());
}

void Holds::end(EndedHold const& ended, Sequence by) {
  auto const found = open_.find(key(ended.hold));
  QRPAY_CHECK(found != open_.end());
  Hold const hold = found->second;
  if (hold.expires != WallTime(0)) due_.erase({hold.expires.microseconds(), hold.id});
  open_.erase(found);
  restore(hold.id, {ended.how, by});
}

Hold const* Holds::open(HoldId const& id) const {
  auto const found = open_.find(key(id));
  return found == open_.end() ? nullptr : &found->second;
}

std::optional<Holds::End> Holds::ended(HoldId const& id) const {
  auto const page = ended_.find(id.record.value() / kPageRecords);
  if (page == ended_.end()) return std::nullopt;
  auto const found = page->second.find(key(id));
  if (found == page->second.end()) return std::nullopt;
  std::uint64_t const by = found->second & ((std::uint64_t{1} << kHowShift) - 1);
  return End{static_cast<HoldStatus>(found->second >> kHowShift), Sequence(by)};
}

std::uint8_t Holds::place_of(IdTag const& tag) const {
  auto const found = places_.find(tag);
  return found == places_.end() ? std::uint8_t{0} : found->second;
}

void Holds::digest_into(std::string& bytes) const {
  base::ByteWriter out(bytes);
  std::map<std::uint64_t, Hold> const open(open_.begin(), open_.end());
  for (auto const& [number, hold] : open) {
    out.u64(number);
    out.bytes(hold.debit.value());
    out.bytes(hold.credit.value());
    out.i64(hold.amount.dong());
    out.i64(hold.expires.microseconds());
  }
  for (auto const& [first, page] : ended_) {
    std::map<std::uint64_t, std::uint64_t> const ends(page.begin(), page.end());
    for (auto const& [number, end] : ends) {
      out.u64(number);
      out.u64(end);
    }
  }
  for (auto const& [time, id] : due_) {
    out.i64(time);
    out.u64(key(id));
  }
}

}  // namespace qrpay::engine
