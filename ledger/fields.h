// The catalogue of public body fields and of side-record fields. Each number has one meaning in
// every kind, is on disk, and is never reused. Even = a reader that does not know it must stop.
// docs/formats/record.md lists them with their encodings.
#pragma once

#include <cstdint>

namespace qrpay::ledger::field {

// Genesis
inline constexpr std::uint16_t kOrigin = 1;        // text
inline constexpr std::uint16_t kLogVkey = 3;       // text
inline constexpr std::uint16_t kChart = 5;         // text
inline constexpr std::uint16_t kZone = 7;          // text
inline constexpr std::uint16_t kVaultCheck = 9;    // 16 bytes
inline constexpr std::uint16_t kSecretCheck = 11;  // 16 bytes
// any registration
inline constexpr std::uint16_t kRevision = 13;  // u32, from 2
inline constexpr std::uint16_t kAmends = 14;    // u64, sequence of revision 1
// references: the sequence of the thing's first record, u64
inline constexpr std::uint16_t kMerchant = 16;
inline constexpr std::uint16_t kShop = 18;
inline constexpr std::uint16_t kTerminal = 20;
inline constexpr std::uint16_t kBank = 22;
inline constexpr std::uint16_t kBankAccount = 24;
inline constexpr std::uint16_t kOrder = 26;
inline constexpr std::uint16_t kOwner = 28;
// shop and terminal
inline constexpr std::uint16_t kCommune = 30;           // text, code of the statistics office
inline constexpr std::uint16_t kCommuneValidFrom = 32;  // u32, days since 1970-01-01
inline constexpr std::uint16_t kPosition = 33;          // two i32: latitude, longitude * 1e6
inline constexpr std::uint16_t kSector = 34;            // text
inline constexpr std::uint16_t kOpenedOn = 36;          // u32 days
inline constexpr std::uint16_t kTraining = 38;          // u8, 1
inline constexpr std::uint16_t kMode = 40;              // u8
// account
inline constexpr std::uint16_t kAccountTag = 41;   // 16 bytes
inline constexpr std::uint16_t kAccountType = 42;  // u8
inline constexpr std::uint16_t kCurrency = 44;     // u32
inline constexpr std::uint16_t kLimit = 46;        // u8
inline constexpr std::uint16_t kStaticShop = 48;   // u64
inline constexpr std::uint16_t kCodePrefix = 49;   // text
inline constexpr std::uint16_t kOrdersOnly = 51;   // u8, 1
inline constexpr std::uint16_t kBins = 53;         // text, six digits each
// key
inline constexpr std::uint16_t kRole = 54;           // u8
inline constexpr std::uint16_t kScope = 56;          // u64
inline constexpr std::uint16_t kKeyGeneration = 57;  // u32
inline constexpr std::uint16_t kKeySalt = 59;        // 32 bytes
inline constexpr std::uint16_t kTokenHash = 61;      // 32 bytes, SHA-256 of a bearer token
inline constexpr std::uint16_t kRevoked = 62;        // u8, 1
// order
inline constexpr std::uint16_t kExpires = 64;      // u64, microseconds
inline constexpr std::uint16_t kOwnCode = 65;      // text
inline constexpr std::uint16_t kHasShopCode = 67;  // u8, 1: the code is in section 0
inline constexpr std::uint16_t kPageTag = 69;      // 16 bytes
// credit
inline constexpr std::uint16_t kAllocations = 70;  // (u64 order, i64 amount)*
inline constexpr std::uint16_t kTimeOfSale = 72;   // u64, microseconds
inline constexpr std::uint16_t kTimeFlagged = 73;  // u8, 1: the bank's time was implausible
inline constexpr std::uint16_t kRail = 74;         // u8
inline constexpr std::uint16_t kCodeKind = 76;     // u8
inline constexpr std::uint16_t kPurpose = 78;      // u8
inline constexpr std::uint16_t kExclusions = 80;   // u32, bit n = Xn of CR-1
inline constexpr std::uint16_t kDirection = 82;    // u8
inline constexpr std::uint16_t kOriginal = 84;     // u64, the record this one repeats or disputes
inline constexpr std::uint16_t kOrderStates = 85;  // (u8 status, u8 flags)*, after, as allocations
inline constexpr std::uint16_t kNoReference = 87;  // u8, 1: nothing names the money
// declared cash
inline constexpr std::uint16_t kBusinessDay = 88;  // u32 days
inline constexpr std::uint16_t kWithdrawn = 90;    // u8, 1
inline constexpr std::uint16_t kCount = 92;        // u32, number of cash sales
inline constexpr std::uint16_t kEvidence = 94;     // u8, E0-E3 of CR-1
inline constexpr std::uint16_t kDeclaredRev = 96;  // u32
// tick
inline constexpr std::uint16_t kExpired = 98;  // u64*, orders
inline constexpr std::uint16_t kRetired = 99;  // u64*, orders whose code leaves matching
inline constexpr std::uint16_t kDue = 101;     // u64, microseconds
// hold: the sequence of the record that made it, and its place in a batch (0 elsewhere)
inline constexpr std::uint16_t kHold = 102;          // u64, u8
inline constexpr std::uint16_t kExpiredHolds = 103;  // (u64, u8)*, of a tick
// closing an account
inline constexpr std::uint16_t kGeneralAccount = 104;  // u64, its open_account record
// import
inline constexpr std::uint16_t kEffectiveTime = 105;  // u64, microseconds; the stamp stays log time
inline constexpr std::uint16_t kClosedSides = 106;    // u8, bits: 1 debit, 2 credit
inline constexpr std::uint16_t kWithBalance = 107;    // u8, 1: closed with a balance or holds on it
// batch: docs/formats/record.md draws a member
inline constexpr std::uint16_t kMembers = 108;  // (u16 kind, text16)*
inline constexpr std::uint16_t kRefused = 109;  // u8, place of the member that was refused
// erase
inline constexpr std::uint16_t kEraseTargets = 110;  // (u64 first, u32 count, u16 sections)*
inline constexpr std::uint16_t kEraseParts = 111;    // u32, this part and those that follow it
// log_key and restore: who the log is from here on
inline constexpr std::uint16_t kFormerOrigin = 120;  // text, the origin that a restore ends
inline constexpr std::uint16_t kSignsFrom = 121;     // u64, smallest size that a log key signs
inline constexpr std::uint16_t kCause = 122;         // u8: 1 restored from a backup, 2 cut
inline constexpr std::uint16_t kRetiredVkey = 123;   // text, signs no more from this record on
inline constexpr std::uint16_t kKeyNote = 125;       // text, signed note: an older key vouches
inline constexpr std::uint16_t kFormerHead = 127;    // u64, 32 bytes: the last that was signed
inline constexpr std::uint16_t kRestoredHead = 129;  // u64, 32 bytes: what was kept

// secret
inline constexpr std::uint16_t kSecretUse = 130;         // u8
inline constexpr std::uint16_t kSecretGeneration = 132;  // u32
inline constexpr std::uint16_t kSecretRetired = 133;     // u8, 1
// upgrade: odd, since a program of the version before reads it after a rollback
inline constexpr std::uint16_t kFormatFrom = 135;  // u32, version of the data directory
inline constexpr std::uint16_t kFormatTo = 137;    // u32

}  // namespace qrpay::ledger::field

/// Inside sections 0 (caller) and 1 (payer); the same TLV, all text.
namespace qrpay::ledger::side {

inline constexpr std::uint16_t kId = 1;
inline constexpr std::uint16_t kName = 3;
inline constexpr std::uint16_t kTaxCode = 5;
inline constexpr std::uint16_t kBin = 7;
inline constexpr std::uint16_t kNumber = 9;
inline constexpr std::uint16_t kHolder = 11;
inline constexpr std::uint16_t kCode = 13;
inline constexpr std::uint16_t kBankRef = 15;
inline constexpr std::uint16_t kUetr = 17;
inline constexpr std::uint16_t kTrace = 19;
inline constexpr std::uint16_t kPageToken = 21;
// What the caller referred to, by the caller's ids.
inline constexpr std::uint16_t kMerchantId = 23;
inline constexpr std::uint16_t kShopId = 25;
inline constexpr std::uint16_t kTerminalId = 27;
inline constexpr std::uint16_t kAccountId = 29;
inline constexpr std::uint16_t kScopeId = 31;

inline constexpr std::uint16_t kMemo = 1;
inline constexpr std::uint16_t kPayerName = 3;
inline constexpr std::uint16_t kPayerAccount = 5;
inline constexpr std::uint16_t kPayerBin = 7;

}  // namespace qrpay::ledger::side
