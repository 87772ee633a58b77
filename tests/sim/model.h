// The rules of money a second time, written from the specifications for obviousness: plain maps,
// plain strings, no tags, no postings engine, no index. The simulation asks it what the engine must
// answer to every command. It shares with the engine only the shape of commands and the numbers.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "engine/command.h"
#include "engine/order.h"
#include "engine/outcome.h"

namespace qrpay::sim {

/// Of the dedupe secret, at most, in a run.
inline constexpr std::uint32_t kGenerations = 4;

/// One leg: whose account it is in words ("sales/17": of the thing whose first record is 17).
struct ModelPosting {
  std::string account;
  std::int64_t amount = 0;  ///< debit positive
  ledger::Leg leg{};
  ledger::Layer layer = ledger::Layer::kPosted;
  friend auto operator<=>(ModelPosting const&, ModelPosting const&) = default;
};

/// What an order is after a record that moved it.
struct OrderAfter {
  std::uint64_t order = 0;
  engine::OrderStatus status{};
  std::uint8_t flags = 0;
  friend bool operator==(OrderAfter const&, OrderAfter const&) = default;
};

/// What CR-1 counts by, decided when a credit is accepted.
struct CreditFacts {
  std::uint64_t shop = 0;
  std::uint64_t terminal = 0;
  std::uint64_t account = 0;
  std::int64_t time_of_sale = 0;
  bool time_flagged = false;
  std::uint32_t exclusions = 0;  ///< bit n = Xn
  bool no_reference = false;
  friend bool operator==(CreditFacts const&, CreditFacts const&) = default;
};

/// A hold by the record that made it and its place in a batch.
struct ModelHoldId {
  std::uint64_t record = 0;
  std::size_t place = 0;
  friend auto operator<=>(ModelHoldId const&, ModelHoldId const&) = default;
};

/// A member of a batch that was done.
struct ModelMember {
  ledger::Kind kind{};
  std::int64_t amount = 0;
  std::size_t postings = 0;
  std::optional<ModelHoldId> ended;  ///< the hold that it posted or voided
  std::int64_t expires = 0;          ///< of the hold that it made; 0 = never
  friend bool operator==(ModelMember const&, ModelMember const&) = default;
};

/// What was closed, by which record of opening.
struct ModelClosing {
  std::uint64_t account = 0;
  bool debit = false;
  bool credit = false;
  friend bool operator==(ModelClosing const&, ModelClosing const&) = default;
};

struct ModelRecord {
  std::uint64_t sequence = 0;
  ledger::Kind kind{};
  engine::Outcome outcome = engine::Outcome::kDone;
  std::int64_t amount = 0;
  std::int64_t time = 0;
  std::uint64_t actor = 0;
  std::uint32_t tag_generation = 1;
  std::vector<ModelPosting> postings;  ///< sorted
  std::optional<OrderAfter> order;     ///< of a credit
  std::optional<CreditFacts> credit;
  std::uint64_t original = 0;          ///< of NOTICE_REPEATED, CONFLICT and a reused id
  std::vector<std::uint64_t> expired;  ///< of a tick
  std::vector<std::uint64_t> retired;
  std::vector<ModelHoldId> expired_holds;
  std::optional<ModelHoldId> ended;  ///< the hold of a post or void
  std::int64_t expires = 0;          ///< of a hold that was made; 0 = never
  std::vector<ModelMember> members;  ///< of a batch that was done
  std::optional<std::size_t> refused;  ///< the member that a batch failed by
  std::optional<std::int64_t> effective_time;
  std::optional<ModelClosing> closing;
  std::vector<ledger::EraseTarget> erased;
  std::uint32_t parts = 0;  ///< of an erasure
};
using ModelRecordPtr = std::shared_ptr<ModelRecord const>;

/// What must be answered.
struct Prediction {
  enum class Kind { kDecided, kReplayed, kRefused, kIdReused };
  Kind kind = Kind::kRefused;
  base::Errc errc{};      ///< when refused
  ModelRecordPtr record;  ///< the record the answer is made from; null when refused
  ledger::SectionMask erased = 0;  ///< of that record, when it was asked for
};

struct ModelOrder {
  std::uint64_t sequence = 0;
  std::string id;
  std::uint64_t tenant = 0;
  std::uint64_t shop = 0;
  std::uint64_t terminal = 0;
  std::uint64_t account = 0;
  std::int64_t asked = 0;
  std::int64_t received = 0;
  std::int64_t expires = 0;
  std::int64_t due = 0;  ///< while open: it expires; then: its code leaves matching
  engine::OrderStatus status = engine::OrderStatus::kPending;
  std::uint8_t flags = 0;
  std::uint32_t revision = 1;
  std::uint64_t last_change = 0;
  std::string code;
  bool own_code = false;
  bool in_matching = true;
  bool erased = false;  ///< its code matches no more; one that a shop named is not known any more
  [[nodiscard]] bool open() const;
};

struct ModelMerchant {
  std::vector<std::uint64_t> accounts;
};
struct ModelShop {
  std::uint64_t merchant = 0;
  std::uint64_t account = 0;
};
struct ModelAccount {
  std::uint64_t merchant = 0;
  std::uint64_t static_shop = 0;
  std::string bin;
  std::string number;
  std::string prefix;
  bool orders_only = false;
};
struct ModelKey {
  engine::Role role{};
  std::uint64_t scope = 0;
  std::uint64_t tenant = 0;
  std::uint32_t revision = 1;
  bool revoked = false;
  std::uint32_t generation = 1;  ///< of the key file
};
/// One generation of a secret.
struct ModelSecret {
  std::uint64_t from = 0;
  bool retired = false;
};
struct ModelLog {
  std::string origin;
  std::vector<std::string> live;  ///< verifier keys that sign
  std::set<std::string> known;    ///< that ever signed for this origin
};
struct ModelCash {
  std::uint32_t declared_rev = 0;
  std::int64_t amount = 0;
};
struct ModelBalance {
  std::int64_t debit = 0;
  std::int64_t credit = 0;
  std::int64_t held_debit = 0;
  std::int64_t held_credit = 0;
  bool closed_debit = false;
  bool closed_credit = false;
};
struct ModelHold {
  enum class Status { kOpen, kPosted, kVoided, kExpired };
  ModelHoldId at;
  std::string debit;
  std::string credit;
  std::int64_t amount = 0;
  std::int64_t expires = 0;  ///< 0 = never
  Status status = Status::kOpen;
  std::uint64_t ended_by = 0;
};
/// All that commands between general accounts read and change, so that a batch can try on a copy.
struct ModelMoney {
  std::map<std::string, ModelBalance> balances;
  std::map<std::string, ModelHold> holds;  ///< by the caller's id; refused ones are not here
};
/// A credit that waits for a person.
struct ModelWaiting {
  std::uint64_t record = 0;
  std::uint64_t owner = 0;  ///< the merchant whose account it came to; 0 = nobody's
  friend bool operator==(ModelWaiting const&, ModelWaiting const&) = default;
};
/// Money for a shop, its excess included.
struct ModelPayment {
  std::uint64_t record = 0;
  std::int32_t day = 0;
  friend bool operator==(ModelPayment const&, ModelPayment const&) = default;
};

class Model {
 public:
  /// Takes one stamped command.
  Prediction process(engine::Command const& command, std::int64_t now);
  /// All that is due at `now`: the records it makes.
  std::vector<ModelRecordPtr> tick(std::int64_t now);

  [[nodiscard]] std::vector<ModelRecordPtr> const& records() const { return records_; }
  [[nodiscard]] std::map<std::uint64_t, ModelOrder> const& orders() const { return orders_; }
  [[nodiscard]] std::map<std::uint64_t, ModelKey> const& keys() const { return keys_; }
  [[nodiscard]] std::map<std::uint64_t, ModelAccount> const& accounts() const { return accounts_; }
  [[nodiscard]] std::map<std::uint64_t, ledger::Limit> const& general() const { return general_; }
  [[nodiscard]] std::map<std::string, ModelBalance> const& balances() const {
    return now_.balances;
  }
  [[nodiscard]] std::map<std::string, ModelHold> const& holds() const { return now_.holds; }
  [[nodiscard]] std::map<std::uint64_t, std::vector<ModelPayment>> const& payments() const {
    return payments_;
  }
  [[nodiscard]] std::vector<ModelWaiting> const& waiting() const { return waiting_; }
  /// Generations, the first one first.
  [[nodiscard]] std::vector<ModelSecret> const& secrets(engine::SecretUse use) const {
    return use == engine::SecretUse::kTags ? tag_secrets_ : key_files_;
  }
  /// Bit s: section s of the record was erased; 15 with any.
  [[nodiscard]] ledger::SectionMask erased(std::uint64_t record) const;
  [[nodiscard]] ModelLog const& log() const { return log_; }
  [[nodiscard]] std::uint64_t bank_of(std::string const& bin) const;
  /// A merchant's key for its shops, a terminal's for the one it stands in. False for shop 0.
  [[nodiscard]] bool may_act(ModelKey const& key, std::uint64_t shop) const;
  /// 0 when there is no such terminal.
  [[nodiscard]] std::uint64_t shop_of_terminal(std::uint64_t terminal) const;
  /// The first record of what the operator registered; 0 when there is none.
  [[nodiscard]] std::uint64_t named(ledger::Kind kind, std::string const& id) const;

 private:
  struct Context {
    engine::Command const& command;
    std::int64_t now;
    ModelKey const* key;  ///< null for the ledger itself
  };
  struct Money {
    std::uint64_t sequence = 0;
    std::int64_t amount = 0;
    std::int64_t accepted_at = 0;  ///< the bank's time, or the log's where that is implausible
  };
  struct Id {
    std::uint64_t sequence = 0;
    std::string body;
    /// Of a bank's credit, with the record that each left.
    std::vector<std::pair<std::string, std::uint64_t>> other_bodies;
  };
  using Answer = base::Result<ModelRecord>;

  Answer decide(Context const& context);
  Answer on(Context const& context, engine::Genesis const& c);
  Answer on(Context const& context, engine::RegisterBank const& c);
  Answer on(Context const& context, engine::RegisterMerchant const& c);
  Answer on(Context const& context, engine::RegisterShop const& c);
  Answer on(Context const& context, engine::RegisterTerminal const& c);
  Answer on(Context const& context, engine::OpenBankAccount const& c);
  Answer on(Context const& context, engine::OpenGeneralAccount const& c);
  Answer on(Context const& context, engine::PutKey const& c);
  Answer on(Context const& context, engine::PutOrder const& c);
  Answer on(Context const& context, engine::CancelOrder const& c);
  Answer on(Context const& context, engine::BankCredit const& c);
  Answer on(Context const& context, engine::DeclareCash const& c);
  Answer on(Context const& context, engine::Transfer const& c);
  Answer on(Context const& context, engine::Tick const& c);
  Answer on(Context const& context, engine::PutHold const& c);
  Answer on(Context const& context, engine::PostHold const& c);
  Answer on(Context const& context, engine::VoidHold const& c);
  Answer on(Context const& context, engine::PutBatch const& c);
  Answer on(Context const& context, engine::CloseAccount const& c);
  Answer on(Context const& context, engine::PutSecret const& c);
  Answer on(Context const& context, engine::Erase const& c);
  Answer on(Context const& context, engine::LogKey const& c);
  Answer on(Context const& context, engine::Restore const& c);

  /// What one command between general accounts does; its effects are in the ModelMoney it was
  /// given only when it is done.
  struct Step {
    engine::Outcome outcome = engine::Outcome::kDone;
    std::int64_t amount = 0;
    std::vector<ModelPosting> postings;
    std::optional<ModelHoldId> ended;
    std::int64_t expires = 0;
  };
  struct Place {
    ModelMoney& money;
    std::int64_t now;
    std::string hold_id;  ///< that a PutHold makes
    std::size_t place;    ///< in the batch; 0 elsewhere
    std::optional<std::int64_t> occurred = {};  ///< when it happened elsewhere
  };
  using Done = base::Result<Step>;
  [[nodiscard]] Done step(Place place, engine::Transfer const& c) const;
  [[nodiscard]] Done step(Place place, engine::PutHold const& c) const;
  [[nodiscard]] Done step(Place place, engine::PostHold const& c) const;
  [[nodiscard]] Done step(Place place, engine::VoidHold const& c) const;
  /// A command on its own.
  template <class What>
  Answer alone(Context const& context, What const& c);
  /// "general/17"; "" when nobody opened it.
  [[nodiscard]] std::string general_name(ledger::AccountId const& account) const;
  /// Adds the postings one account at a time; the first that may not take them says why.
  [[nodiscard]] std::optional<engine::Outcome> book(ModelMoney& money,
                                                    std::vector<ModelPosting> const& all) const;

  /// Are keys still made from this generation?
  [[nodiscard]] bool has_key_file(std::uint32_t generation) const;
  /// Why this command is not for this key, first time or again; nullopt when it is.
  [[nodiscard]] std::optional<base::Errc> keeps_out(Context const& context) const;
  [[nodiscard]] std::optional<base::Errc> keeps_out_of(ModelKey const& key,
                                                       std::uint64_t shop) const;
  [[nodiscard]] std::optional<base::Errc> wrong_terminal(ModelKey const& key, std::uint64_t shop,
                                                         std::uint64_t terminal) const;
  /// The order that is cancelled; 0 when there is none.
  [[nodiscard]] std::uint64_t order_of(engine::Command const& command) const;
  [[nodiscard]] base::Result<std::uint64_t> order_account(engine::PutOrder const& c,
                                                          std::uint64_t shop) const;
  [[nodiscard]] bool code_taken(std::uint64_t account, std::string const& code) const;
  [[nodiscard]] std::string make_own_code(std::uint64_t account, engine::PutOrder const& c) const;
  /// 0 for nobody's.
  [[nodiscard]] std::uint64_t account_of(std::string const& bin, std::string const& number) const;
  void explain(Context const& context, engine::BankCredit const& c, ModelRecord& record);
  void pay(ModelOrder& order, Context const& context, engine::BankCredit const& c,
           ModelRecord& record);
  void post(ModelRecord& record, std::string account, std::int64_t amount, ledger::Leg leg);
  /// Where a hold's id is kept, whether it has a record of its own or is one of a batch.
  [[nodiscard]] static std::string hold_id_text(std::string const& id);
  /// Whether one that signs now gave its word for `vkey` in the next record.
  [[nodiscard]] bool vouched(std::string const& note, std::string const& vkey) const;
  [[nodiscard]] std::uint64_t next() const { return records_.size() + 1; }
  ModelRecordPtr keep(ModelRecord&& record, std::int64_t now, std::uint64_t actor);
  void close(ModelOrder& order, engine::OrderStatus status, std::int64_t now);

  std::vector<ModelRecordPtr> records_;
  ModelLog log_;
  std::map<std::string, Id> ids_;
  std::map<std::uint64_t, ledger::SectionMask> erased_;
  std::map<std::string, std::uint64_t> named_;  ///< "kind/id"
  std::map<std::string, std::uint64_t> bins_;
  std::map<std::uint64_t, std::vector<std::string>> banks_;
  std::map<std::uint64_t, ModelMerchant> merchants_;
  std::map<std::uint64_t, ModelShop> shops_;
  std::map<std::uint64_t, std::uint64_t> terminals_;  ///< its shop
  std::set<std::uint64_t> training_;                  ///< terminals
  std::map<std::uint64_t, ModelAccount> accounts_;
  std::map<std::uint64_t, ModelKey> keys_;
  std::vector<ModelSecret> tag_secrets_;
  std::vector<ModelSecret> key_files_;
  std::map<std::uint64_t, ModelOrder> orders_;
  std::map<std::uint64_t, ledger::Limit> general_;
  std::map<std::string, Money> money_;
  std::map<std::string, ModelCash> cash_;
  ModelMoney now_;
  std::map<std::uint64_t, std::vector<ModelPayment>> payments_;
  std::vector<ModelWaiting> waiting_;
};

/// The caller's own fields as text: what "same body" compares.
[[nodiscard]] std::string body_of(engine::Command const& command);

}  // namespace qrpay::sim
