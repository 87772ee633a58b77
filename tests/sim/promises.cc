// What a run looks at from outside: the state, the journal, repeats, other cuts.
#include <algorithm>
#include <map>
#include <set>

#include "tests/sim/simulation.h"

namespace qrpay::sim {

using base::Sequence;

namespace {

std::int64_t posted(ledger::Account const& account) { return account.balance().dong(); }

}  // namespace

void Simulation::check_orders() {
  for (auto const& [sequence, expected] : model_.orders()) {
    auto const* const order = core_->state().order(Sequence(sequence));
    std::string const name = "order " + std::to_string(sequence) + ": ";
    if (order == nullptr) return wrong(name + "is not there");
    if (order->status != expected.status || order->flags != expected.flags)
      wrong(name + std::string(engine::order_status_name(order->status)) + " with flags " +
            std::to_string(order->flags) + ", expected " +
            std::string(engine::order_status_name(expected.status)) + " with flags " +
            std::to_string(expected.flags));
    if (order->asked.dong() != expected.asked || order->received.dong() != expected.received)
      wrong(name + "asked or received differ");
    if (order->shop.value() != expected.shop || order->terminal.value() != expected.terminal ||
        order->account.value() != expected.account)
      wrong(name + "shop, terminal or account differ");
    if (order->revision != expected.revision || order->last_change.value() != expected.last_change)
      wrong(name + "revision " + std::to_string(order->revision) + " by record " +
            std::to_string(order->last_change.value()) + ", expected " +
            std::to_string(expected.revision) + " by " + std::to_string(expected.last_change));
    if (order->expires.microseconds() != expected.expires) wrong(name + "expires differs");
  }
  if (core_->state().orders() != model_.orders().size()) wrong("there are other orders");
}

/// Totals, closed sides and holds of general accounts.
void Simulation::check_general_accounts() {
  auto const& state = core_->state();
  for (auto const& [sequence, limit] : model_.general()) {
    std::string const name = "general/" + std::to_string(sequence);
    auto const account = state.book().find(
        ledger::account_id(ledger::AccountClass::kGeneral, Sequence(sequence)));
    auto const found = model_.balances().find(name);
    ModelBalance const expected = found == model_.balances().end() ? ModelBalance{} : found->second;
    if (account.posted_debit != expected.debit || account.posted_credit != expected.credit)
      wrong(name + ": posted totals differ");
    if (account.held_debit != expected.held_debit || account.held_credit != expected.held_credit)
      wrong(name + ": held totals differ");
    if (includes(account.closed, ledger::Sides::kDebit) != expected.closed_debit ||
        includes(account.closed, ledger::Sides::kCredit) != expected.closed_credit)
      wrong(name + ": another side is closed");
  }
  std::size_t open = 0;
  for (auto const& [id, expected] : model_.holds()) {
    engine::HoldId const at{Sequence(expected.at.record),
                            static_cast<std::uint8_t>(expected.at.place)};
    auto const found = state.find_hold(tagger_.id_tag(
        {.tenant = Sequence(0), .kind = ledger::Kind::kHold, .id = id, .revision = 1}));
    if (found != at) return wrong("hold " + id + " is not found by its id");
    auto const end = state.holds().ended(at);
    auto const status = end ? end->how : engine::HoldStatus::kOpen;
    if (static_cast<int>(status) != static_cast<int>(expected.status) ||
        (end && end->by.value() != expected.ended_by))
      wrong("hold " + id + " is " + std::string(engine::hold_status_name(status)));
    auto const* const hold = state.holds().open(at);
    if ((hold != nullptr) != (status == engine::HoldStatus::kOpen))
      wrong("hold " + id + " is open and ended");
    if (hold == nullptr) continue;
    ++open;
    if (hold->amount.dong() != expected.amount || account_text(hold->debit) != expected.debit ||
        account_text(hold->credit) != expected.credit ||
        hold->expires.microseconds() != expected.expires)
      wrong("hold " + id + " holds something else");
  }
  if (state.holds().open_count() != open) wrong("there are other open holds");
}

void Simulation::check_secrets() {
  for (auto const use : {engine::SecretUse::kTags, engine::SecretUse::kKeys}) {
    auto const& expected = model_.secrets(use);
    auto const& found = core_->state().secrets(use);
    bool same = found.size() == expected.size();
    for (std::size_t i = 0; same && i < found.size(); ++i)
      same = found[i].from.value() == expected[i].from && found[i].retired == expected[i].retired;
    if (!same) wrong("the generations of a secret differ");
  }
}

/// The fold of the engine against the model's: balances, orders, keys, payments, waiting.
void Simulation::check_state() {
  auto const& state = core_->state();
  if (log_->size() != model_.records().size())
    return wrong("P2: the journal holds " + std::to_string(log_->size()) + " records, expected " +
                 std::to_string(model_.records().size()));
  check_orders();
  check_general_accounts();
  check_secrets();
  check_identity();
  if (!state.book().balances_to_zero()) wrong("P4: the balances do not sum to zero");
  for (auto const& [sequence, expected] : model_.keys()) {
    auto const* const key = state.key(Sequence(sequence));
    if (key == nullptr || key->revoked != expected.revoked || key->role != expected.role ||
        key->scope.value() != expected.scope || key->revision != expected.revision ||
        key->generation != expected.generation ||
        key->tenant.value() != expected.tenant)
      wrong("key " + std::to_string(sequence) + " differs");
  }
  for (auto const& [shop, expected] : model_.payments()) {
    std::vector<ModelPayment> payments;
    ledger::HistoryRange const all{Sequence(0), state.last(), model_.records().size()};
    auto const listed = state.index().payments(Sequence(shop), all);
    if (!listed) return wrong("the payments of shop " + std::to_string(shop) + " do not read");
    for (auto const& payment : *listed) payments.push_back({payment.record.value(), payment.day});
    if (payments != expected) wrong("the payments of shop " + std::to_string(shop) + " differ");
  }
  std::vector<ModelWaiting> waiting;
  for (auto const& one : state.unmatched())
    waiting.push_back({one.record.value(), one.owner.value()});
  if (waiting != model_.waiting()) wrong("other credits wait for a person");
}

void Simulation::check_nothing_told_was_lost() {
  for (auto const& request : requests_) {
    if (!request.told || request.told->sequence == 0) continue;
    auto const stored = log_->read(Sequence(request.told->sequence));
    if (!stored) return wrong("P2: record " + std::to_string(request.told->sequence) +
                              " was told and is lost");
    if (stored->leaf != request.told->leaf)
      return wrong("P3: record " + std::to_string(request.told->sequence) + " has changed");
  }
}

/// P4 and P2 on the bare journal, by nothing but its postings and tags.
void Simulation::check_journal() {
  std::vector<std::string> leaves;
  std::map<ledger::AccountId, std::int64_t> balances;
  std::map<ledger::AccountId, std::int64_t> holds;  ///< whatever the legs say
  std::set<ledger::IdTag> ids;
  std::uint64_t reuses = 0;
  auto const scanned = log_->scan(Sequence(1), [&](ledger::StoredRecord const& stored) {
    ledger::Record const& record = stored.record;
    std::string const name = "record " + std::to_string(record.sequence.value());
    std::int64_t sum = 0;
    std::int64_t held = 0;
    for (auto const& posting : record.postings) {
      bool const is_held = posting.layer == ledger::Layer::kHeld;
      (is_held ? held : sum) += posting.amount.dong();
      (is_held ? holds : balances)[posting.account] += posting.amount.dong();
      if (posting.currency != ledger::kVndCurrency)
        wrong("P4: " + name + " posts another currency");
    }
    if (sum != 0 || held != 0 || record.postings.size() == 1)
      wrong("P4: " + name + " is not balanced");
    if (record.kind == ledger::Kind::kIdReuse) ++reuses;
    else if (!ids.insert(record.id_tag).second) wrong("P2: the id of " + name + " was used before");
    leaves.push_back(stored.leaf);
    return !failed();
  });
  if (!scanned) return wrong("scan: " + base::to_string(scanned.error()));
  if (leaves.size() != model_.records().size()) return wrong("P2: the journal has another length");
  for (auto const& [account, balance] : balances) {
    if (posted(core_->state().book().find(account)) != balance)
      wrong("P4: " + account_text(account) + " is not the fold of its postings");
    auto const expected = model_.balances().find(account_text(account));
    if (expected == model_.balances().end() ||
        expected->second.debit - expected->second.credit != balance)
      wrong("the balance of " + account_text(account) + " differs");
  }
  for (auto const& [account, balance] : holds) {
    auto const found = core_->state().book().find(account);
    if (found.held_debit - found.held_credit != balance)
      wrong("P4: what is held on " + account_text(account) + " is not the fold of its postings");
  }
  for (auto const& [account, balance] : model_.balances()) {
    bool const there = std::any_of(balances.begin(), balances.end(), [&](auto const& one) {
      return account_text(one.first) == account;
    });
    if (!there && balance.debit + balance.credit != 0) wrong(account + " was never posted to");
  }
  auto const root = log_->root(leaves.size());
  if (!root || *root != naive_root(leaves)) wrong("P10: the Merkle root is not that of the leaves");
}

/// P3: whoever asks again, after everything, gets the same answer; another body gets the first.
void Simulation::check_repeats() {
  std::size_t const asked = requests_.size();
  for (std::size_t i = 0; i < asked && !failed(); ++i) {
    if (requests_[i].told->sequence == 0) continue;
    std::uint64_t const records = model_.records().size();
    decide(requests_[i].command, prepare(requests_[i].command),
           [this, i](engine::Reply const& reply) { answered(i, reply); });
    bool const told_apart = requests_[i].told->kind == Prediction::Kind::kIdReused;
    if (model_.records().size() != records && !told_apart) wrong("P2: a repeat made a record");
    if (dice_.percent(20)) cut();
    if (dice_.percent(20)) sync();
  }
  settle_all();
}

/// P10: the same stamped commands in other batches on another disk.
void Simulation::check_other_cuts() {
  ledger::MemoryStore store;
  ledger::Log log(store, std::nullopt);
  auto const vault = vault_of(options_.seed);  // this one has heard of no erasure
  auto state = engine::replay_state(log, vault);
  if (!state) return wrong("replay of nothing failed");
  engine::Core core(std::move(state).value(), log, vault, tagger_);
  ledger::VaultCursor sealer(vault);
  auto const cut_percent = static_cast<std::size_t>(dice_.one_of({1, 20, 100}));
  std::deque<std::shared_ptr<engine::Batch>> flights;
  auto const append_first = [&] {
    auto const sealed = engine::seal(*flights.front(), sealer);
    if (!sealed.empty() && !log.append(sealed)) wrong("an append failed");
    flights.pop_front();
    core.settle(Sequence(log.size()));
  };
  for (auto const& stamped : history_) {
    base::WallTime const now(stamped.now);
    if (stamped.command) {
      // Whatever generation it was prepared under: the record is a fact of the state alone.
      auto const generation = static_cast<std::uint32_t>(1 + dice_.below(kGenerations));
      core.process(engine::prepare(*stamped.command, tagger_.up_to(generation)), now,
                   [](engine::Reply const&) {});
    } else {
      core.tick(now);
    }
    if (!core.open_is_empty() && dice_.percent(cut_percent)) flights.push_back(core.take_batch());
    if (!flights.empty() && dice_.percent(50)) append_first();
  }
  if (!core.open_is_empty()) flights.push_back(core.take_batch());
  while (!flights.empty()) append_first();
  if (log.size() != log_->size()) return wrong("P10: other cuts give another number of records");
  for (std::uint64_t i = 1; i <= log.size() && !failed(); ++i) {
    auto const here = log_->read(Sequence(i));
    auto const there = log.read(Sequence(i));
    if (!here || !there || here->leaf != there->leaf)
      wrong("P10: other cuts give another record " + std::to_string(i));
  }
  if (core.state().digest() != core_->state().digest()) wrong("P10: other cuts, another state");
}

}  // namespace qrpay::sim
