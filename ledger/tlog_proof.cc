#include "ledger/tlog_proof.h"

#include <optional>
#include <utility>

#include "base/check.h"
#include "base/crypto.h"
#include "ledger/lines.h"

namespace qrpay::ledger {
namespace {

constexpr std::string_view kHeader = "c2sp.org/tlog-proof@v1";
constexpr std::string_view kExtraPrefix = "extra ";
constexpr std::string_view kIndexPrefix = "index ";

base::Unexpected<base::Error> malformed(char const* why) {
  return base::fail(base::Errc::kNoteMalformed, why);
}

base::Result<std::string> parse_extra(std::string_view line) {
  auto extra = base::from_base64(line.substr(kExtraPrefix.size()));
  // No extra data means no line, so an empty one is not canonical.
  if (!extra || extra->empty()) return malformed("proof extra");
  if (extra->size() > kProofExtraBytesMax) return malformed("proof extra over 32 KiB");
  return std::move(*extra);
}

base::Result<base::Digest> parse_hash_line(std::string_view line) {
  auto const bytes = base::from_base64(line);
  auto const hash = bytes ? parse_hash(base::as_bytes(*bytes)) : std::nullopt;
  if (!hash) return malformed("proof hash");
  return *hash;
}

}  // namespace

bool is_tlog_proof(std::string_view text) { return LineReader(text).next() == kHeader; }

std::string format_tlog_proof(TlogProof const& proof) {
  QRPAY_CHECK(proof.hashes.size() <= kProofHashesMax);
  QRPAY_CHECK(proof.extra.size() <= kProofExtraBytesMax);
  std::string text(kHeader);
  text += '\n';
  if (!proof.extra.empty()) {
    text += kExtraPrefix;
    text += base::to_base64(base::as_bytes(proof.extra)) + '\n';
  }
  text += kIndexPrefix;
  text += std::to_string(proof.index) + '\n';
  for (base::Digest const& hash : proof.hashes) text += base::to_base64(hash) + '\n';
  text += '\n';
  return text + proof.checkpoint;
}

base::Result<TlogProof> parse_tlog_proof(std::string_view text) {
  if (text.size() > kProofBytesMax) return malformed("proof over 128 KiB");
  LineReader lines(text);
  if (lines.next() != kHeader) return malformed("proof header");
  TlogProof proof;
  auto line = lines.next();
  if (line && line->starts_with(kExtraPrefix)) {
    QRPAY_TRY(proof.extra, parse_extra(*line));
    line = lines.next();
  }
  if (!line || !line->starts_with(kIndexPrefix)) return malformed("proof index");
  auto const index = parse_decimal(line->substr(kIndexPrefix.size()));
  if (!index) return malformed("proof index");
  proof.index = *index;
  for (line = lines.next(); line && !line->empty(); line = lines.next()) {
    if (proof.hashes.size() == kProofHashesMax) return malformed("proof over 64 hashes");
    QRPAY_TRY(base::Digest const hash, parse_hash_line(*line));
    proof.hashes.push_back(hash);
  }
  if (!line) return malformed("proof without an empty line");
  proof.checkpoint = lines.rest();
  QRPAY_TRY([[maybe_unused]] Note const note, parse_note(proof.checkpoint));
  return proof;
}

base::Result<ProvenEntry> verify_tlog_proof(base::ByteView entry, std::string_view text,
                                            LogPolicy const& policy) {
  QRPAY_TRY(TlogProof proof, parse_tlog_proof(text));
  QRPAY_TRY(OpenedCheckpoint opened, open_checkpoint(proof.checkpoint, policy));
  InclusionClaim const claim{proof.index, opened.checkpoint.size, leaf_hash(entry),
                             opened.checkpoint.root};
  QRPAY_TRY_VOID(verify_inclusion(claim, proof.hashes));
  return ProvenEntry{proof.index, std::move(opened), std::move(proof.extra)};
}

}  // namespace qrpay::ledger
