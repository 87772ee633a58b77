// Texts of C2SP from strangers: notes, vkeys, checkpoints, proofs, tile paths, entry bundles.
// Property: what a parser accepts, the formatter writes back byte for byte.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "ledger/checkpoint.h"
#include "ledger/note.h"
#include "ledger/tiles.h"
#include "ledger/tlog_proof.h"

namespace qrpay::ledger {
namespace {

void try_texts(std::string_view text) {
  if (auto const note = parse_note(text)) {
    QRPAY_CHECK(note->signatures.size() <= kNoteSignaturesMax);
    QRPAY_CHECK(format_note(*note) == text);
    if (auto const checkpoint = parse_checkpoint(note->text)) {
      QRPAY_CHECK(format_checkpoint(*checkpoint) == note->text);
    }
  }
  if (auto const checkpoint = parse_checkpoint(text)) {
    QRPAY_CHECK(format_checkpoint(*checkpoint) == text);
  }
  if (auto const proof = parse_tlog_proof(text)) {
    QRPAY_CHECK(proof->hashes.size() <= kProofHashesMax);
    QRPAY_CHECK(format_tlog_proof(*proof) == text);
  }
  if (auto const key = parse_vkey(text)) QRPAY_CHECK(format_vkey(*key) == text);
  if (auto const tile = parse_tile_path(text)) QRPAY_CHECK(format_tile_path(*tile) == text);
  if (auto const bundle = parse_entries_path(text)) {
    QRPAY_CHECK(format_entries_path(*bundle) == text);
  }
}

void try_bundle(base::ByteView bytes) {
  auto const entries = parse_entry_bundle(bytes);
  if (!entries) return;
  auto const written = entry_bundle_bytes(*entries);
  QRPAY_CHECK(written && *written == base::as_text(bytes));
}

// Verification runs as well, under a key that seeds of the corpus are signed with: it must neither
// crash nor accept an entry that no log holds.
void try_verification(std::string_view text) {
  static std::vector<VerifierKey> const keys = {
      parse_vkey("example.com/log/testdata+33d7b496+"
                 "AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx")
          .value()};
  if (auto const opened = open_checkpoint(text, {.log_keys = keys})) {
    QRPAY_CHECK(opened->verified_by == keys);
  }
  std::string_view const forged = "an entry that is in no log";
  QRPAY_CHECK(!verify_tlog_proof(base::as_bytes(forged), text, {.log_keys = keys}));
}

}  // namespace
}  // namespace qrpay::ledger

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  qrpay::base::ByteView const bytes(data, size);
  std::string_view const text = qrpay::base::as_text(bytes);
  qrpay::ledger::try_texts(text);
  qrpay::ledger::try_bundle(bytes);
  qrpay::ledger::try_verification(text);
  return 0;
}
