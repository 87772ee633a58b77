// What callers may ask for: plain data, complete before it enters the engine.
//
// A command never carries a key, a salt or a clock reading of ours; random values that decide()
// needs travel inside it. Texts are UTF-8 without control characters, within the limits below: the
// gateway checks form, decide() checks meaning.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/money.h"
#include "base/time_text.h"
#include "base/world.h"
#include "ledger/book.h"
#include "ledger/erasure.h"
#include "ledger/identity.h"
#include "ledger/record.h"

namespace qrpay::engine {

using base::Day;
using base::Sequence;
using base::Vnd;
using base::WallTime;

inline constexpr std::size_t kCallerIdMax = 64;      ///< characters of every id
inline constexpr std::size_t kNameMax = 140;         ///< ISO 20022 Max140Text
inline constexpr std::size_t kMemoMax = 1024;        ///< longest seen is 210; the rest is room
inline constexpr std::size_t kReferenceMax = 64;     ///< a bank's reference
inline constexpr std::size_t kAccountNumberMax = 19; ///< VietQR tag 38.01.01
inline constexpr std::size_t kOriginalMax = 8192;    ///< signed bytes kept verbatim
inline constexpr std::size_t kBinsMax = 8;           ///< identifiers of one bank
/// A credit's time is at most so long after its log time, microseconds (DESIGN 10).
inline constexpr std::int64_t kOccurredAfter = 5 * base::kMinute;
/// Members of a batch: each posts two legs at least, and a record holds 64.
inline constexpr std::size_t kBatchMembersMax = 32;

/// Numbers are on disk.
enum class Mode : std::uint8_t { kDirect = 1, kCollect = 2, kSwitch = 3 };
enum class Role : std::uint8_t {
  kOperator = 1,
  kMerchant = 2,
  kTerminal = 3,
  kBank = 4,
  kAuditor = 5,
};
enum class AccountType : std::uint8_t { kBank = 1, kGeneral = 2 };
enum class Rail : std::uint8_t {
  kUnknown = 0,
  kNapas247 = 1,
  kIntraBank = 2,
  kCard = 3,
  kWallet = 4,
};
/// How the payer came to pay.
enum class SaleCode : std::uint8_t { kNone = 0, kDynamic = 1, kStatic = 2 };
enum class Purpose : std::uint8_t { kUnknown = 0, kPersonToMerchant = 1 };

/// Degrees times 1,000,000.
struct Position {
  std::int32_t latitude;
  std::int32_t longitude;
};

/// First record of every ledger; only on an empty one.
struct Genesis {
  std::string origin;    ///< <name>/<shard>/<incarnation>
  std::string log_vkey;  ///< C2SP verifier key
  base::Bytes16 vault_check;
  base::Bytes16 secret_check;
};

/// Another log key that signs from here on beside those that do, or one that signs no more. Of the
/// present origin; its first key is Genesis' or Restore's.
struct LogKey {
  std::string vkey;
  std::string note = {};  ///< by which a key that signs vouches for a new one (ledger/identity.h)
  bool retired = false;
};

/// What began a new incarnation. Numbers are on disk.
enum class Cause : std::uint8_t { kRestored = 1, kCut = 2 };

/// The records so far go on under another origin, with a fresh seed in the vault: they were
/// restored from a backup, or a damaged end was cut.
struct Restore {
  std::string origin;
  std::string log_vkey;
  std::string note;  ///< as in LogKey
  base::Bytes16 vault_check{};
  ledger::TreeHead former;    ///< the last that is known to have been signed under the old origin
  ledger::TreeHead restored;  ///< the records so far
  Cause cause = Cause::kRestored;
};

struct RegisterBank {
  std::string name;
  std::vector<std::string> bins;  ///< six digits each; no two banks share one
};

struct RegisterMerchant {
  std::string name;
  std::string tax_code;  ///< may be empty
  Mode mode = Mode::kDirect;
};

struct RegisterShop {
  std::string merchant;
  std::string name;
  std::string commune;  ///< five digits
  Day commune_valid_from;
  std::optional<Position> position;
  std::string sector;
  Day opened_on;
};

struct RegisterTerminal {
  std::string shop;
  std::string name;
  bool training = false;
};

/// A merchant's account at a bank.
struct OpenBankAccount {
  std::string merchant;
  std::string bin;
  std::string number;
  std::string holder;
  std::string static_shop;  ///< may be empty: credits without a code are then unmatched
  std::string code_prefix;  ///< may be empty: kDefaultPrefix
  bool orders_only = false;
};

/// An account of the ledger itself, for Transfer.
struct OpenGeneralAccount {
  std::string name;
  ledger::Limit limit = ledger::Limit::kNone;
};

/// Makes an API key, or (revision 2 and later) revokes it.
struct PutKey {
  Role role{};
  std::string scope;  ///< id of the merchant, terminal or bank; empty for operator and auditor
  base::Bytes32 salt{};         ///< drawn by the gateway; secrets are derived from it
  base::Digest token_hash{};    ///< of the bearer token; zero for a bank, which signs
  bool revoked = false;
  std::uint32_t generation = 1;  ///< of the key file that secrets are derived from; not of the body
};

struct PutOrder {
  std::string shop;
  std::string terminal;  ///< may be empty
  std::string account;   ///< may be empty: the shop's own, else the merchant's only one
  Vnd amount;
  std::int64_t lifetime = 0;  ///< microseconds from the stamp to the expiry
  std::string code;           ///< the shop's own; empty: one is made
  std::array<std::uint8_t, 8> code_entropy{};
  std::string page_token;  ///< 22 characters of base64url, drawn by the gateway
};

/// If-Match of the order is the revision of the command's id.
struct CancelOrder {};

struct Payer {
  std::string name;
  std::string account;
  std::string bin;
};

struct BankCredit {
  std::string bank_ref;  ///< may be empty: posted, flagged, merged with nothing
  std::string uetr;      ///< may be empty
  std::string trace;     ///< may be empty
  std::string bin;       ///< of the credited account
  std::string account;
  Vnd amount;
  std::string memo;
  WallTime occurred_at;
  Payer payer;
  Rail rail = Rail::kUnknown;
  std::string signed_original;  ///< what the bank signed, verbatim; not part of its identity
};

struct DeclareCash {
  std::string shop;
  std::string terminal;
  Day day;
  Vnd amount;  ///< 0 is a value
  bool withdrawn = false;
  std::optional<std::uint32_t> count;  ///< of cash sales
  std::uint8_t evidence = 0;           ///< E0-E3 of CR-1
  std::uint32_t declared_rev = 1;      ///< the highest of a shop, day and terminal wins
};

/// One line of a transfer with many.
struct TransferLeg {
  ledger::AccountId account;
  Vnd amount;  ///< positive = debit, negative = credit
};

/// Between general accounts: from one to one, or, where `legs` is not empty, along these instead.
/// Legs sum to zero and name two accounts at least; one account may have several.
struct Transfer {
  ledger::AccountId debit;
  ledger::AccountId credit;
  Vnd amount;
  std::vector<TransferLeg> legs = {};
  /// Of an import: when it happened elsewhere, not after the stamp. Nothing expires by it.
  std::optional<WallTime> occurred_at = {};
  ledger::Currency currency = ledger::kVndCurrency;
};

/// Keeps `amount` for a later PostHold: it counts against both accounts' limits, but is no money
/// of the credited one yet.
struct PutHold {
  ledger::AccountId debit;
  ledger::AccountId credit;
  Vnd amount;
  std::int64_t lifetime = 0;  ///< microseconds from the stamp to the expiry; 0 = it never expires
  ledger::Currency currency = ledger::kVndCurrency;
  /// Of an import, as in Transfer. `lifetime` counts from here; an expiry that the stamp has passed
  /// is left out, since whoever imports says how such a hold ended.
  std::optional<WallTime> occurred_at = {};
};

/// Posts a hold, whole or in part, and ends it: what is not posted is released.
struct PostHold {
  std::string hold;
  std::optional<Vnd> amount = {};             ///< without it all that is held
  std::optional<WallTime> occurred_at = {};  ///< of an import
};

/// Ends a hold without posting anything.
struct VoidHold {
  std::string hold;
  std::optional<WallTime> occurred_at = {};  ///< of an import
};

/// One of the commands of a PutBatch.
struct BatchMember {
  std::string id = {};  ///< of a PutHold, among the ids of all holds; empty for the others
  std::variant<Transfer, PutHold, PostHold, VoidHold> what;
};

/// Linked commands: decided in order, each sees the effects of those before it; all of them are
/// done, or none is. One record, so their postings together are at most ledger::kPostingsMax.
struct PutBatch {
  std::vector<BatchMember> members;
  std::optional<WallTime> occurred_at = {};  ///< of an import; the members have none
};

/// Sides of a general account that take no more postings. Holds that are there can still be
/// voided and can expire.
struct CloseAccount {
  ledger::AccountId account;
  ledger::Sides sides = ledger::Sides::kBoth;
  bool with_balance = false;  ///< also when it has a balance or holds
};

/// What a rotated secret is for. Numbers are on disk.
enum class SecretUse : std::uint8_t {
  kTags = 1,  ///< the dedupe secret
  kKeys = 2,  ///< the key file that secrets of API keys are derived from
};

/// Announces the next generation of a secret: it is used from the next record on. Or retires an
/// older one of the key file. Only by the ledger itself, whose operator is at the machine.
struct PutSecret {
  SecretUse use{};
  std::uint32_t generation = 0;
  base::Bytes16 check{};  ///< recognises the secret; nothing follows from it
  bool retired = false;
  std::string by;  ///< whom the operating system says it was
};

/// Takes sections of records away for ever. More targets than one record holds are asked for as
/// parts: revisions 1, 2, ... of one id, each of which says how many there are from it on.
struct Erase {
  /// What was asked for, in the caller's words: compared when the id comes again, stored nowhere.
  std::string request;
  std::vector<ledger::EraseTarget> targets;  ///< ordered
  std::uint32_t parts = 1;
};

/// The only thing that expires anything; the ledger submits it itself.
struct Tick {
  WallTime due;  ///< the earliest time that made it necessary
  std::uint64_t counter = 0;
};

using Payload =
    std::variant<Genesis, RegisterBank, RegisterMerchant, RegisterShop, RegisterTerminal,
                 OpenBankAccount, OpenGeneralAccount, PutKey, PutOrder, CancelOrder, BankCredit,
                 DeclareCash, Transfer, Tick, PutHold, PostHold, VoidHold, PutBatch, CloseAccount,
                 PutSecret, Erase, LogKey, Restore>;

struct Command {
  Sequence actor;   ///< first record of the key that asks; 0 = the ledger itself
  Sequence tenant;  ///< whose ids `id` is among; 0 = the operator's
  std::string id;
  std::uint32_t revision = 1;  ///< 1 creates; n + 1 amends revision n
  Payload payload;
};

[[nodiscard]] ledger::Kind kind_of(Payload const& payload);
[[nodiscard]] ledger::Kind kind_of(BatchMember const& member);

/// Given to accounts that name no prefix.
inline constexpr std::string_view kDefaultPrefix = "QPY";

}  // namespace qrpay::engine
