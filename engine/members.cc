#include "engine/members.h"

#include "base/bytes.h"

namespace qrpay::engine {

using ledger::Kind;

namespace {

bool ends_hold(Kind kind) { return kind == Kind::kPost || kind == Kind::kVoidHold; }

}  // namespace

std::string encode_members(std::vector<Member> const& members) {
  std::string bytes;
  base::ByteWriter out(bytes);
  for (auto const& member : members) {
    std::string one;
    base::ByteWriter writer(one);
    writer.i64(member.amount.dong());
    writer.u8(member.postings);
    if (member.kind == Kind::kHold) {
      writer.bytes(member.id.value());
      writer.i64(member.expires.microseconds());
    } else if (ends_hold(member.kind)) {
      writer.u64(member.hold.record.value());
      writer.u8(member.hold.place);
    }
    out.u16(static_cast<std::uint16_t>(member.kind));
    out.text16(one);
  }
  return bytes;
}

std::vector<Member> decode_members(std::string_view bytes) {
  std::vector<Member> members;
  base::ByteReader in(base::as_bytes(bytes));
  while (!in.at_end()) {
    Member member;
    member.kind = static_cast<Kind>(in.u16());
    base::ByteReader one(base::as_bytes(in.text16()));
    member.amount = Vnd(one.i64());
    member.postings = one.u8();
    if (member.kind == Kind::kHold) {
      member.id = IdTag(one.array<16>());
      member.expires = WallTime(one.i64());
    } else if (ends_hold(member.kind)) {
      member.hold.record = Sequence(one.u64());
      member.hold.place = one.u8();
    }
    if (!in.ok() || !one.ok()) break;
    members.push_back(member);
  }
  return members;
}

}  // namespace qrpay::engine
