#include "ledger/identity.h"

#include <algorithm>
#include <charconv>

#include "ledger/fields.h"
#include "ledger/kind.h"
#include "ledger/record_codec.h"
#include "ledger/tlv.h"

namespace qrpay::ledger {

using base::ByteReader;
using base::ByteWriter;
using base::Errc;
using base::fail;
using base::Result;

namespace {

constexpr std::size_t kKindAt = 4;      // of a canonical record
constexpr std::size_t kHeadBytes = 40;  // u64 size, 32-byte root

std::optional<TreeHead> head_at(TlvReader const& body, std::uint16_t tag) {
  std::string_view const bytes = body.text(tag);
  if (bytes.size() != kHeadBytes) return std::nullopt;
  ByteReader reader(base::as_bytes(bytes));
  TreeHead head;
  head.size = reader.u64();
  head.root = reader.array<32>();
  return head;
}

base::Unexpected<base::Error> bad(Record const& record, std::string_view what) {
  return fail(Errc::kJournalCorrupt,
              "sequence " + std::to_string(record.sequence.value()) + ": " + std::string(what));
}

// A key that signs checkpoints of `origin`.
bool is_log_key(std::string_view vkey, std::string_view origin) {
  auto const key = parse_vkey(vkey);
  return key && key->type == SignatureType::kEd25519 && key->name == origin;
}

void append_head(ByteWriter& out, TreeHead const& head) {
  out.u64(head.size);
  out.bytes(head.root);
}

}  // namespace

bool Identity::concerns(Kind kind) {
  return kind == Kind::kGenesis || kind == Kind::kLogKey || kind == Kind::kRestore;
}

void Identity::apply(Record const& record) {
  if (!concerns(record.kind)) return;
  if (record.kind != Kind::kGenesis && !check(record)) return;
  records_.push_back(record.sequence);
  TlvReader const body(record.body);
  if (record.kind != Kind::kLogKey) return begin(record);
  std::string_view const retired = body.text(field::kRetiredVkey);
  if (!retired.empty()) {
    for (auto& key : incarnations_.back().keys)
      if (key.vkey == retired) key.until = record.sequence.value();
    return;
  }
  incarnations_.back().keys.push_back(
      {std::string(body.text(field::kLogVkey)), body.number_or(field::kSignsFrom, 0), 0});
}

void Identity::begin(Record const& record) {
  TlvReader const body(record.body);
  Incarnation next;
  next.origin = body.text(field::kOrigin);
  next.begins = record.sequence;
  next.keys.push_back({std::string(body.text(field::kLogVkey)), record.sequence.value(), 0});
  next.former = head_at(body, field::kFormerHead).value_or(TreeHead{});
  next.restored = head_at(body, field::kRestoredHead).value_or(TreeHead{});
  incarnations_.push_back(std::move(next));
  if (auto const check = body.array<16>(field::kVaultCheck))
    vault_checks_.push_back({record.sequence, *check});
  if (auto const check = body.array<16>(field::kSecretCheck)) secret_check_ = *check;
}

Result<void> Identity::take(Block const& block) {
  QRPAY_TRY(BlockView const view, BlockView::open(base::as_bytes(block.bytes), block.first));
  for (std::uint32_t i = 0; i < view.count(); ++i) {
    base::ByteView const leaf = view.entry(i).leaf;
    if (leaf.size() < kKindAt + 2) continue;  // decoding it is for those who read it
    ByteReader reader(leaf.subspan(kKindAt));
    if (!concerns(static_cast<Kind>(reader.u16()))) continue;
    auto const record = decode_record(leaf);
    if (!record)
      return fail(Errc::kJournalCorrupt, "sequence " + std::to_string(block.first.value() + i) +
                                             ": " + record.error().detail);
    apply(*record);
  }
  return {};
}

Result<void> Identity::check(Record const& record) const {
  if (!concerns(record.kind)) return {};
  TlvReader const body(record.body);
  if (record.kind == Kind::kGenesis) {
    if (begun() || record.sequence != Sequence(1)) return bad(record, "a second Genesis");
    if (body.text(field::kOrigin).empty() || !parse_vkey(body.text(field::kLogVkey)))
      return bad(record, "not a Genesis with origin and log key");
    return {};
  }
  if (!begun()) return bad(record, "comes before Genesis");
  if (record.kind == Kind::kRestore) return check_restore(record);
  return body.text(field::kRetiredVkey).empty() ? check_new_key(record) : check_retired(record);
}

Result<void> Identity::check_new_key(Record const& record) const {
  TlvReader const body(record.body);
  std::string_view const vkey = body.text(field::kLogVkey);
  if (!is_log_key(vkey, origin())) return bad(record, "the log key is not of this origin");
  auto const& keys = now().keys;
  if (std::any_of(keys.begin(), keys.end(), [&](auto const& key) { return key.vkey == vkey; }))
    return bad(record, "a log key that signs or signed already");
  if (live_keys().size() >= kLogKeysLiveMax) return bad(record, "too many log keys sign");
  return check_note(record);
}

Result<void> Identity::check_retired(Record const& record) const {
  if (find_live(TlvReader(record.body).text(field::kRetiredVkey)) == nullptr)
    return bad(record, "a log key that does not sign");
  if (live_keys().size() < 2) return bad(record, "the only log key that signs");
  return {};
}

Result<void> Identity::check_restore(Record const& record) const {
  TlvReader const body(record.body);
  std::string_view const next = body.text(field::kOrigin);
  if (body.text(field::kFormerOrigin) != origin())
    return bad(record, "restores another origin than the one before");
  std::uint64_t const number = incarnation_number(next);
  if (number <= incarnation_number(origin()) || next != origin_with_number(origin(), number))
    return bad(record, "not a later incarnation of the origin before");
  if (!is_log_key(body.text(field::kLogVkey), next))
    return bad(record, "the log key is not of this origin");
  auto const restored = head_at(body, field::kRestoredHead);
  if (!restored || restored->size != record.sequence.value() - 1)
    return bad(record, "restores another size than that before it");
  if (!head_at(body, field::kFormerHead) || !body.array<16>(field::kVaultCheck))
    return bad(record, "a restore without the former head or a vault");
  return check_note(record);
}

// A key that signs now has vouched for the new one.
Result<void> Identity::check_note(Record const& record) const {
  TlvReader const body(record.body);
  if (body.number_or(field::kSignsFrom, 0) != record.sequence.value())
    return bad(record, "a log key signs from the record that names it");
  auto const opened = open_note(body.text(field::kKeyNote), live_keys());
  if (!opened ||
      opened->note.text != log_key_statement(body.text(field::kLogVkey), record.sequence.value()))
    return bad(record, "no key before it vouches for the log key");
  return {};
}

LogKeySpan const* Identity::find_live(std::string_view vkey) const {
  for (auto const& key : now().keys)
    if (key.vkey == vkey && key.until == 0) return &key;
  return nullptr;
}

std::vector<VerifierKey> Identity::live_keys() const {
  std::vector<VerifierKey> live;
  if (!begun()) return live;
  for (auto const& span : now().keys) {
    auto key = parse_vkey(span.vkey);
    if (key && span.until == 0) live.push_back(std::move(*key));
  }
  return live;
}

std::vector<VerifierKey> Identity::keys(std::string_view origin, std::uint64_t size) const {
  std::vector<VerifierKey> signing;
  for (auto const& incarnation : incarnations_) {
    if (incarnation.origin != origin) continue;
    for (auto const& span : incarnation.keys) {
      auto key = parse_vkey(span.vkey);
      if (key && (span.until == 0 || size < span.until)) signing.push_back(std::move(*key));
    }
  }
  return signing;
}

Result<Checkpoint> Identity::open(std::string_view note) const {
  QRPAY_TRY(Note const parsed, parse_note(note));
  QRPAY_TRY(Checkpoint const head, parse_checkpoint(parsed.text));
  auto const known = keys(head.origin, head.size);
  if (known.empty()) return fail(Errc::kWrongKey, head.origin + ": not a log of this ledger");
  auto opened = open_checkpoint(note, {.log_keys = known, .origin = head.origin});
  if (!opened) return fail(Errc::kWrongKey, to_string(opened.error()));
  return std::move(opened->checkpoint);
}

void Identity::append_to(std::string& bytes) const {
  ByteWriter out(bytes);
  for (auto const& incarnation : incarnations_) {
    out.text16(incarnation.origin);
    out.u64(incarnation.begins.value());
    append_head(out, incarnation.former);
    append_head(out, incarnation.restored);
    for (auto const& key : incarnation.keys) {
      out.text16(key.vkey);
      out.u64(key.from);
      out.u64(key.until);
    }
  }
  for (auto const& segment : vault_checks_) {
    out.u64(segment.from.value());
    out.bytes(segment.check);
  }
  if (secret_check_) out.bytes(*secret_check_);
  for (auto const sequence : records_) out.u64(sequence.value());
}

std::uint64_t incarnation_number(std::string_view origin) {
  std::size_t const slash = origin.rfind('/');
  std::string_view const digits =
      slash == std::string_view::npos ? std::string_view() : origin.substr(slash + 1);
  std::uint64_t number = 0;
  auto const [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  bool const whole = error == std::errc() && end == digits.data() + digits.size();
  return whole && number > 0 ? number : 1;
}

std::string origin_with_number(std::string_view origin, std::uint64_t number) {
  return std::string(origin.substr(0, origin.rfind('/'))) + "/" + std::to_string(number);
}

std::string log_key_statement(std::string_view vkey, std::uint64_t from) {
  return "qrpay log key\n" + std::string(vkey) + "\n" + std::to_string(from) + "\n";
}

Result<std::string> vouch_for(NoteSigner const& older, std::string_view vkey, std::uint64_t from) {
  NoteSigner const* signers[] = {&older};
  QRPAY_TRY(Note const note, sign_note(log_key_statement(vkey, from), signers));
  return format_note(note);
}

std::vector<VerifierKey> keys_vouched_for(VerifierKey const& anchor,
                                          std::span<Record const> records) {
  std::vector<VerifierKey> keys = {anchor};
  for (std::size_t known = 0; known != keys.size();) {
    known = keys.size();
    for (auto const& record : records) {
      TlvReader const body(record.body);
      auto key = parse_vkey(body.text(field::kLogVkey));
      if (!key || std::find(keys.begin(), keys.end(), *key) != keys.end()) continue;
      auto const opened = open_note(body.text(field::kKeyNote), keys);
      if (opened && opened->note.text ==
                        log_key_statement(body.text(field::kLogVkey), record.sequence.value()))
        keys.push_back(std::move(*key));
    }
  }
  return keys;
}

Result<std::vector<NoteSigner>> log_signers(Identity const& identity,
                                            std::span<base::Secret const> seeds) {
  std::vector<NoteSigner> signers;
  for (auto const& key : identity.live_keys()) {
    for (auto const& seed : seeds) {
      QRPAY_TRY(NoteSigner signer, NoteSigner::make(key.name, seed));
      if (signer.verifier_key() != key) continue;
      signers.push_back(std::move(signer));
      break;
    }
    if (signers.empty() || signers.back().verifier_key() != key)
      return fail(Errc::kWrongKey, "no log key file is that of " + format_vkey(key));
  }
  if (signers.empty()) return fail(Errc::kWrongKey, "the ledger names no log key");
  return signers;
}

std::string encode_head(TreeHead const& head) {
  std::string bytes;
  ByteWriter out(bytes);
  append_head(out, head);
  return bytes;
}

}  // namespace qrpay::ledger
