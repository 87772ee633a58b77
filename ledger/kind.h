// What a record is about. Numbers are on disk and in every proof: never reused.
#pragma once

#include <cstdint>
#include <string_view>

namespace qrpay::ledger {

/// All kinds have their number from the first release; those marked later have no command yet.
enum class Kind : std::uint16_t {
  kGenesis = 1,
  kRegisterBank = 2,
  kRegisterMerchant = 3,
  kRegisterShop = 4,
  kMoveShop = 5,   // later
  kCloseShop = 6,  // later
  kRegisterTerminal = 7,
  kOpenAccount = 8,
  kCloseAccount = 9,
  kKey = 10,
  kPutOrder = 20,
  kCancelOrder = 21,
  kBankCredit = 22,
  kAssign = 23,      // later
  kUndo = 24,        // later
  kReclassify = 25,  // later
  kResolve = 26,     // later
  kDeclareCash = 27,
  kRefund = 28,   // later
  kIdReuse = 29,  ///< a bank's event id met again with another body: an open break
  kTransfer = 40,
  kHold = 41,
  kPost = 42,
  kVoidHold = 43,
  kVoidId = 44,  // later
  kBatch = 45,   ///< linked commands: all of them or none
  kTick = 60,
  kErase = 61,
  kRestore = 62,     ///< a new incarnation: another origin from here on
  kLogKey = 63,      ///< a log key that signs from here on, or no more
  kUpgrade = 64,     ///< the data directory became one of another version
  kAttachment = 65,  // later
  kSecret = 66,      ///< a generation of a secret begins, or was retired
};

/// "bank_credit"; "kind_99" style numbers are the caller's job: unknown kinds give "unknown".
[[nodiscard]] std::string_view kind_name(Kind kind);

}  // namespace qrpay::ledger
