// Every answer the engine records, numbered. On disk and in proofs: never reused.
#pragma once

#include <cstdint>
#include <string_view>

namespace qrpay::engine {

enum class Outcome : std::uint16_t {
  kDone = 1,  ///< registered, put, cancelled, declared, transferred, ticked

  // What a bank's credit became.
  kPaid = 10,            ///< exactly what the order asked
  kUnderpaid = 11,       ///< less: the order is partly paid
  kOverpaid = 12,        ///< more: the rest is owed to the payer
  kLate = 13,            ///< for an order that was expired or cancelled: posted
  kPaidAgain = 14,       ///< for an order already paid: all of it is owed to the payer
  kReceived = 15,        ///< no code at all: a sale by the shop's sticker
  kUnmatched = 16,       ///< a damaged or ambiguous code: a liability, for a person
  kUnknownAccount = 17,  ///< nobody's account: a liability in suspense
  kNoticeRepeated = 18,  ///< the same money by another notice: nothing posted
  kConflict = 19,        ///< the same money with other content: parked for a person

  kSuperseded = 30,  ///< a cash declaration with no higher number than one known
  kIdReused = 40,    ///< a bank's event id with another body: an open break

  // A business "no", recorded and final.
  kFloorReached = 100,
  kCeilingReached = 101,
  kTotalsFull = 102,     ///< a total would leave 63 bits
  kAccountClosed = 103,  ///< a side of an account that is closed
  kHoldPosted = 104,     ///< the hold was posted before
  kHoldVoided = 105,     ///< the hold was voided before
  kHoldExpired = 106,    ///< a Tick ended the hold before
  kHoldExceeded = 107,   ///< more than is held
  kBalanceLeft = 108,    ///< an account with a balance is closed only where that is asked for
  kHoldsLeft = 109,      ///< the same of one with holds
};

/// "paid", "notice_repeated": the word of the API.
[[nodiscard]] constexpr std::string_view outcome_name(Outcome outcome) {
  switch (outcome) {
    case Outcome::kDone: return "done";
    case Outcome::kPaid: return "paid";
    case Outcome::kUnderpaid: return "underpaid";
    case Outcome::kOverpaid: return "overpaid";
    case Outcome::kLate: return "late";
    case Outcome::kPaidAgain: return "paid_again";
    case Outcome::kReceived: return "received";
    case Outcome::kUnmatched: return "unmatched";
    case Outcome::kUnknownAccount: return "unknown_account";
    case Outcome::kNoticeRepeated: return "notice_repeated";
    case Outcome::kConflict: return "conflict";
    case Outcome::kSuperseded: return "superseded";
    case Outcome::kIdReused: return "id_reused";
    case Outcome::kFloorReached: return "floor_reached";
    case Outcome::kCeilingReached: return "ceiling_reached";
    case Outcome::kTotalsFull: return "totals_full";
    case Outcome::kAccountClosed: return "account_closed";
    case Outcome::kHoldPosted: return "hold_posted";
    case Outcome::kHoldVoided: return "hold_voided";
    case Outcome::kHoldExpired: return "hold_expired";
    case Outcome::kHoldExceeded: return "hold_exceeded";
    case Outcome::kBalanceLeft: return "balance_left";
    case Outcome::kHoldsLeft: return "holds_left";
  }
  return "unknown";  // read from a record of a later version
}

}  // namespace qrpay::engine
