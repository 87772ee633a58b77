#include "ledger/signed_head.h"

#include <utility>

#include "ledger/high_water.h"
#include "ledger/identity_file.h"
#include "ledger/log.h"

namespace qrpay::ledger {

using base::Errc;
using base::fail;
using base::Result;

Result<Head> read_high_water(DataPaths const& paths) {
  QRPAY_TRY(auto heads, read_high_waters(paths.keys));
  if (heads.empty())
    return fail(Errc::kNotFound, "no checkpoint is signed yet: " + paths.high_water());
  auto& newest = heads.back();
  if (newest.checkpoint.size == 0) return fail(Errc::kNotFound, "no record is signed yet");
  return Head{std::move(newest.path), std::move(newest.note), std::move(newest.checkpoint)};
}

Result<Checkpoint> open_signed(std::string const& note, Identity const& identity,
                               std::string const& where) {
  auto opened = identity.open(note);
  if (!opened) return fail(Errc::kWrongKey, where + ": " + opened.error().detail);
  if (opened->origin != identity.origin())
    return fail(Errc::kWrongKey,
                where + ": of " + opened->origin + ", which became " + identity.origin());
  return opened;
}

Result<SignedHead> open_signed_head(Store const& store, Head const& head, DataPaths const& paths) {
  QRPAY_TRY(Block const block, store.read_block(Sequence(1)));
  QRPAY_TRY(BlockView const view, BlockView::open(base::as_bytes(block.bytes), block.first));
  SignedHead out;
  QRPAY_TRY(out.identity, find_identity(store, paths.identity()));
  if (!out.identity.begun())
    return fail(Errc::kJournalCorrupt, "sequence 1: not a Genesis with a log key");
  QRPAY_TRY(out.checkpoint, open_signed(head.note, out.identity, head.path));
  out.genesis_leaf = leaf_hash(view.at(Sequence(1)).leaf);
  return out;
}

}  // namespace qrpay::ledger
