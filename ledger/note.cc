#include "ledger/note.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "base/bytes.h"
#include "base/check.h"
#include "base/text.h"
#include "ledger/lines.h"

namespace qrpay::ledger {
namespace {

constexpr std::string_view kSignaturePrefix = "\u2014 ";
constexpr std::size_t kKeyIdBytes = 4;
constexpr std::size_t kKeyIdDigits = 8;

// Every character of Unicode's White_Space above U+0020, as UTF-8; those below are control
// characters, refused before. In well-formed UTF-8 a byte search finds whole characters only.
constexpr std::string_view kUnicodeSpaces[] = {
    " ",      "\u0085", "\u00a0", "\u1680", "\u2000", "\u2001", "\u2002",
    "\u2003", "\u2004", "\u2005", "\u2006", "\u2007", "\u2008", "\u2009",
    "\u200a", "\u2028", "\u2029", "\u202f", "\u205f", "\u3000"};

base::Unexpected<base::Error> malformed(char const* why) {
  return base::fail(base::Errc::kNoteMalformed, why);
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20; }

bool is_key_name(std::string_view name) {
  auto const has = [&](std::string_view part) { return name.find(part) != std::string_view::npos; };
  return !name.empty() && name.size() <= kKeyNameBytesMax && base::is_utf8(name) && !has("+") &&
         std::none_of(name.begin(), name.end(), is_control) &&
         std::none_of(std::begin(kUnicodeSpaces), std::end(kUnicodeSpaces), has);
}

std::uint32_t compute_key_id(VerifierKey const& key) {
  std::string preimage = key.name;
  base::ByteWriter writer(preimage);
  writer.u8('\n');
  writer.u8(static_cast<std::uint8_t>(key.type));
  writer.bytes(key.public_key);
  base::Digest const digest = base::sha256(base::as_bytes(preimage));
  return base::ByteReader(digest).u32();
}

std::optional<SignatureType> parse_signature_type(std::uint8_t byte) {
  switch (byte) {
    case static_cast<std::uint8_t>(SignatureType::kEd25519): return SignatureType::kEd25519;
    case static_cast<std::uint8_t>(SignatureType::kCosignature): return SignatureType::kCosignature;
  }
  return std::nullopt;
}

base::Result<NoteSignature> parse_signature_line(std::string_view line) {
  if (!line.starts_with(kSignaturePrefix)) return malformed("signature line");
  line.remove_prefix(kSignaturePrefix.size());
  std::size_t const space = line.find(' ');
  if (space == std::string_view::npos) return malformed("signature line");
  std::string_view const name = line.substr(0, space);
  if (!is_key_name(name)) return malformed("key name");
  auto const bytes = base::from_base64(line.substr(space + 1));
  if (!bytes || bytes->size() <= kKeyIdBytes) return malformed("signature");
  std::uint32_t const key_id = base::ByteReader(base::as_bytes(*bytes)).u32();
  return NoteSignature{std::string(name), key_id, bytes->substr(kKeyIdBytes)};
}

// Rules for the whole, text and signatures alike.
base::Result<void> check_characters(std::string_view bytes) {
  if (bytes.size() > kNoteBytesMax) return malformed("over 64 KiB");
  std::size_t line_bytes = 0;
  for (char const c : bytes) {
    line_bytes = c == '\n' ? 0 : line_bytes + 1;
    if (line_bytes > kNoteLineBytesMax) return malformed("line over 8 KiB");
    if (c != '\n' && is_control(c)) return malformed("control character");
  }
  if (!base::is_utf8(bytes)) return malformed("not UTF-8");
  return {};
}

}  // namespace

base::Result<VerifierKey> make_verifier_key(std::string name, SignatureType type,
                                            base::Ed25519PublicKey const& key) {
  if (!is_key_name(name)) return malformed("key name");
  VerifierKey verifier{std::move(name), 0, type, key};
  verifier.key_id = compute_key_id(verifier);
  return verifier;
}

std::string format_vkey(VerifierKey const& key) {
  std::string id;
  base::ByteWriter(id).u32(key.key_id);
  std::string material;
  base::ByteWriter writer(material);
  writer.u8(static_cast<std::uint8_t>(key.type));
  writer.bytes(key.public_key);
  return key.name + '+' + base::to_hex(base::as_bytes(id)) + '+' +
         base::to_base64(base::as_bytes(material));
}

base::Result<VerifierKey> parse_vkey(std::string_view vkey) {
  // The base64 part may hold plus signs, the name and the id may not: split at the first two.
  if (vkey.size() > kNoteLineBytesMax) return malformed("vkey too long");
  std::size_t const name_end = vkey.find('+');
  if (name_end == std::string_view::npos) return malformed("vkey without id");
  std::size_t const id_end = vkey.find('+', name_end + 1);
  if (id_end == std::string_view::npos) return malformed("vkey without key");
  std::string_view const id = vkey.substr(name_end + 1, id_end - name_end - 1);
  auto const material = base::from_base64(vkey.substr(id_end + 1));
  if (id.size() != kKeyIdDigits || !material || material->empty()) return malformed("vkey");

  base::ByteReader reader(base::as_bytes(*material));
  auto const type = parse_signature_type(reader.u8());
  if (!type) return base::fail(base::Errc::kKeyUnsupported, "vkey type");
  auto const public_key = reader.array<std::tuple_size_v<base::Ed25519PublicKey>>();
  if (!reader.ok() || !reader.at_end()) return malformed("vkey length");
  QRPAY_TRY(VerifierKey key,
            make_verifier_key(std::string(vkey.substr(0, name_end)), *type, public_key));
  // Also refuses an id in upper case, which no writer makes.
  if (format_vkey(key) != vkey) return malformed("vkey id is not this key's");
  return key;
}

std::string format_note(Note const& note) {
  std::string bytes = note.text;
  bytes += '\n';
  for (NoteSignature const& line : note.signatures) {
    std::string material;
    base::ByteWriter writer(material);
    writer.u32(line.key_id);
    writer.text(line.signature);
    bytes += kSignaturePrefix;
    bytes += line.name + ' ' + base::to_base64(base::as_bytes(material)) + '\n';
  }
  return bytes;
}

base::Result<Note> parse_note(std::string_view bytes) {
  QRPAY_TRY_VOID(check_characters(bytes));
  // The text may hold empty lines: the last one in the note separates.
  std::size_t const split = bytes.rfind("\n\n");
  if (split == std::string_view::npos) return malformed("no empty line");
  Note note;
  note.text = bytes.substr(0, split + 1);
  LineReader lines(bytes.substr(split + 2));
  while (auto const line = lines.next()) {
    if (note.signatures.size() == kNoteSignaturesMax) return malformed("over 100 signatures");
    QRPAY_TRY(NoteSignature signature, parse_signature_line(*line));
    note.signatures.push_back(std::move(signature));
  }
  if (!lines.rest().empty()) return malformed("last newline missing");
  if (note.signatures.empty()) return malformed("no signature");
  return note;
}

bool is_signed_as(NoteSignature const& signature, VerifierKey const& key) {
  return signature.key_id == key.key_id && signature.name == key.name;
}

base::Result<OpenedNote> open_note(std::string_view bytes, std::span<VerifierKey const> known) {
  QRPAY_TRY(Note note, parse_note(bytes));
  OpenedNote opened{std::move(note), {}};
  base::ByteView const text = base::as_bytes(opened.note.text);
  for (NoteSignature const& line : opened.note.signatures) {
    auto const key = std::find_if(known.begin(), known.end(), [&](VerifierKey const& candidate) {
      return candidate.type == SignatureType::kEd25519 && is_signed_as(line, candidate);
    });
    if (key == known.end()) continue;
    if (!base::ed25519_verify(key->public_key, text, base::as_bytes(line.signature))) {
      return base::fail(base::Errc::kSignatureInvalid, line.name);
    }
    auto& keys = opened.verified_by;
    if (std::find(keys.begin(), keys.end(), *key) == keys.end()) keys.push_back(*key);
  }
  if (opened.verified_by.empty()) return base::fail(base::Errc::kNoteUnverified);
  return opened;
}

NoteSigner::NoteSigner(base::Ed25519Signer signer, VerifierKey key)
    : signer_(std::move(signer)), key_(std::move(key)) {}

base::Result<NoteSigner> NoteSigner::make(std::string name, base::Secret const& seed) {
  base::Ed25519Signer signer(seed);
  QRPAY_TRY(VerifierKey key, make_verifier_key(std::move(name), SignatureType::kEd25519,
                                               signer.public_key()));
  return NoteSigner(std::move(signer), std::move(key));
}

NoteSignature NoteSigner::sign(std::string_view text) const {
  base::Ed25519Signature const signature = signer_.sign(base::as_bytes(text));
  return {key_.name, key_.key_id, std::string(base::as_text(signature))};
}

base::Result<Note> sign_note(std::string_view text, std::span<NoteSigner const* const> signers) {
  if (text.empty() || text.back() != '\n') return malformed("text without a final newline");
  if (signers.size() > kNoteSignaturesMax) return malformed("over 100 signatures");
  Note note{std::string(text), {}};
  for (NoteSigner const* signer : signers) note.signatures.push_back(signer->sign(text));
  // Never hand out a note that a reader would refuse.
  QRPAY_TRY(Note const read, parse_note(format_note(note)));
  QRPAY_CHECK(read == note);
  return note;
}

}  // namespace qrpay::ledger
