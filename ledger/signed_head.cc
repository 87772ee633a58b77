#include "ledger/signed_head.h"

#include "base/files.h"
#include "ledger/fields.h"
#include "ledger/log.h"
#include "ledger/tlv.h"

namespace qrpay::ledger {

using base::Errc;
using base::fail;
using base::Result;

Result<Head> read_high_water(DataPaths const& paths) {
  if (!base::file_exists(paths.high_water()))
    return fail(Errc::kNotFound, "no checkpoint is signed yet: " + paths.high_water());
  Head head;
  QRPAY_TRY(head.note, base::read_file(paths.high_water(), kNoteBytesMax));
  QRPAY_TRY(Note const note, parse_note(head.note));
  QRPAY_TRY(head.checkpoint, parse_checkpoint(note.text));
  if (head.checkpoint.size == 0) return fail(Errc::kNotFound, "no record is signed yet");
  return head;
}

Result<VerifierKey> log_key_of(Record const& genesis) {
  auto key = parse_vkey(TlvReader(genesis.body).text(field::kLogVkey));
  if (genesis.kind != Kind::kGenesis || !key)
    return fail(Errc::kJournalCorrupt, "sequence 1: not a Genesis with a log key");
  return key;
}

Result<Checkpoint> open_signed(std::string const& note, VerifierKey const& key,
                               std::string const& where) {
  auto opened = open_checkpoint(note, {.log_keys = {&key, 1}, .origin = key.name});
  if (!opened) return fail(Errc::kWrongKey, where + ": " + to_string(opened.error()));
  return std::move(opened->checkpoint);
}

Result<SignedHead> open_signed_head(Store const& store, Head const& head,
                                    std::string const& where) {
  QRPAY_TRY(Block const block, store.read_block(Sequence(1)));
  QRPAY_TRY(BlockView const view, BlockView::open(base::as_bytes(block.bytes), block.first));
  QRPAY_TRY(StoredRecord const genesis, decode_entry(view.at(Sequence(1)), Sequence(1)));
  SignedHead out;
  QRPAY_TRY(out.key, log_key_of(genesis.record));
  QRPAY_TRY(out.checkpoint, open_signed(head.note, out.key, where));
  out.genesis_leaf = leaf_hash(view.at(Sequence(1)).leaf);
  return out;
}

}  // namespace qrpay::ledger
