// The state as rows of the projections: what a restart reads instead of the journal before it.
//
// One function writes each kind of row, while a record is applied, and one reads it. To add a
// member of State: a table, a put_ function called where the member changes, a reader in
// load_state(), and its part of State::digest(). A test compares the names.
#pragma once

#include <span>

#include "base/error.h"
#include "engine/state.h"
#include "ledger/rocks_index.h"
#include "ledger/vault.h"

namespace qrpay::engine {

/// First byte of a row's key. Numbers are on disk; rows are read in their order.
enum class Table : std::uint8_t {
  kRegistry =
      1,  ///< sequence -> the record: banks, merchants, shops, terminals, bank accounts, keys,
          ///< genesis and secrets
  kKeyUsed = 2,     ///< key
  kOrder = 3,       ///< order -> Order
  kSealedCode = 4,  ///< order -> section 0 of a PutOrder with a shop's code, as it is sealed
  kCode = 5,  ///< order -> its code, in matching or retired; a shop's own text is in kSealedCode
  kCash = 6,  ///< shop, terminal, day -> declared cash
  kUnmatched = 7,  ///< record -> owner
  kHold = 8,       ///< hold -> Hold, or how it ended
  kHoldPlace = 9,  ///< tag of a hold of a batch -> its place
  kErased = 10,    ///< Erase record -> its targets
  kIdentity = 14,  ///< sequence -> the record: genesis, log keys, restores
};

/// Writers. `run` is what the records applied now add to.
void put_registry(ledger::Run& run, ledger::Record const& record);
void put_identity(ledger::Run& run, ledger::Record const& record);
void put_key_used(ledger::Run& run, Sequence key);
void put_order(ledger::Run& run, Order const& order);
struct CodeRow {
  Sequence order;
  Sequence account;
  CodeKind kind{};
  bool retired = false;
  std::string_view text;  ///< left out of the row when a shop's
};
void put_code(ledger::Run& run, CodeRow const& code);
void put_sealed_code(ledger::Run& run, Sequence order, ledger::SideRecord const& side);
/// Without it a shop's code is not read.
void drop_sealed_code(ledger::Run& run, Sequence order);
void put_erased(ledger::Run& run, Sequence record, std::span<ledger::EraseTarget const> targets);
void put_cash(ledger::Run& run, CashKey const& key, Cash const& cash);
void put_unmatched(ledger::Run& run, State::Unmatched const& credit);
/// Every hold that `record` made or ended.
void put_holds(ledger::Run& run, Holds const& holds, ledger::Record const& record);

/// Orders of `run` with a shop's code, ascending: the text lies in their section 0, which the
/// projector copies as it is sealed.
[[nodiscard]] std::vector<Sequence> shop_codes_of(ledger::Run const& run);

/// Told of each record that registers something, in order, and of each key that was used by a
/// record that has no more than that actor; then, by a replay, of every record.
using Observer = std::function<base::Result<void>(ledger::Record const&)>;

/// The state as of projections.projected(), ready for the next record.
/// Errors: kStoreRead, a row that does not read: rebuild the projections; those of `also`.
[[nodiscard]] base::Result<State> load_state(ledger::RocksIndex& projections,
                                             ledger::VaultCursor& cursor,
                                             Observer const& also = nullptr);

}  // namespace qrpay::engine
