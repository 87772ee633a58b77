#include "import/import.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <future>
#include <mutex>
#include <utility>

namespace qrpay::import {

using base::Errc;
using base::Error;
using base::Result;
using base::Sequence;
using engine::Outcome;
using engine::Reply;
using ledger::AccountId;

namespace {

/// Submitted and not yet answered: while one batch is synced, another is decided, and when those
/// are answered two more wait.
constexpr std::ptrdiff_t kInFlightMax = 4 * engine::kBatchRecordsMax;
constexpr std::ptrdiff_t kInFlightLow = kInFlightMax / 2;
/// The engine sheds writes while its projections are behind; it does not say when they caught up.
constexpr std::chrono::milliseconds kOverloadedWait{2};

/// What an answer is about.
struct Asked {
  std::uint64_t line = 0;
  std::size_t index = 0;          ///< of an account that is opened
  Outcome also = Outcome::kDone;  ///< as good as done
};

/// Submits commands, keeps the engine's inbox bounded, remembers the first thing that went wrong.
class Feeder {
 public:
  /// `file` is the one that lines are of; `ours` takes what is opened.
  Feeder(Parts const& parts, std::string const& file, Report& report, std::vector<AccountId>& ours)
      : parts_(parts), file_(file), report_(report), ours_(ours) {}
  ~Feeder() { wait_for_all(); }

  Result<void> submit(std::string id, engine::Payload payload, Asked const& asked) {
    wait_for_room();
    if (auto const error = first_error()) return base::Unexpected(*error);
    engine::Command const command{.actor = parts_.actor,
                                  .tenant = Sequence(0),
                                  .id = std::move(id),
                                  .payload = std::move(payload)};
    for (;;) {
      count(1);
      auto const submitted =
          parts_.engine.submit(command, [this, asked](Reply const& reply) { take(reply, asked); });
      if (submitted) return {};
      count(-1);
      if (submitted.error().errc != Errc::kOverloaded) return submitted;
      std::unique_lock lock(mutex_);
      answered_.wait_for(lock, kOverloadedWait);
    }
  }

  /// Waits for all answers; the first thing that went wrong.
  Result<void> drain() {
    wait_for_all();
    if (auto const error = first_error()) return base::Unexpected(*error);
    return {};
  }

 private:
  void count(std::ptrdiff_t by) {
    std::lock_guard const lock(mutex_);
    in_flight_ += by;
  }
  void wait_for_room() {
    std::unique_lock lock(mutex_);
    if (in_flight_ >= kInFlightMax)
      answered_.wait(lock, [&] { return in_flight_ <= kInFlightLow; });
  }
  void wait_for_all() {
    std::unique_lock lock(mutex_);
    answered_.wait(lock, [&] { return in_flight_ == 0; });
  }
  std::optional<Error> first_error() {
    std::lock_guard const lock(mutex_);
    return error_;
  }

  [[nodiscard]] std::optional<Error> error_of(Reply const& reply, Asked const& asked) const {
    std::string words;
    if (reply.kind == Reply::Kind::kRefused || reply.kind == Reply::Kind::kIdReused) {
      words = to_string(reply.error);
    } else {
      auto const outcome = static_cast<Outcome>(reply.decided->record.outcome);
      if (outcome == Outcome::kDone || outcome == asked.also) return std::nullopt;
      words = "the ledger says " + std::string(engine::outcome_name(outcome));
    }
    Error error = refuse(asked.line, "", words).error();
    error.detail.insert(0, file_ + " ");
    return error;
  }

  // Answer thread.
  void take(Reply const& reply, Asked const& asked) {
    std::lock_guard const lock(mutex_);
    --in_flight_;
    auto error = error_of(reply, asked);
    if (error && !error_) error_ = std::move(error);
    if (reply.kind == Reply::Kind::kDecided) ++report_.new_records;
    if (reply.kind == Reply::Kind::kReplayed) ++report_.repeated;
    if (asked.index < ours_.size() && reply.decided)
      ours_[asked.index] =
          ledger::account_id(ledger::AccountClass::kGeneral, reply.decided->record.sequence);
    if (in_flight_ == 0 || in_flight_ == kInFlightLow) answered_.notify_all();
  }

  Parts const& parts_;
  std::string const& file_;
  Report& report_;
  std::vector<AccountId>& ours_;
  std::mutex mutex_;  ///< guards the rest, `report_` and `ours_` until drained
  std::condition_variable answered_;
  std::ptrdiff_t in_flight_ = 0;
  std::optional<Error> error_;
};

/// Steps that are passed over or submitted together.
constexpr std::size_t kChunkSteps = 4'096;
constexpr std::size_t kNoAccount = ~std::size_t{0};

/// From the accounts of Books to those of the ledger.
struct Translate {
  std::vector<AccountId> const& ours;

  void account(AccountId& id) const {
    std::size_t const index = Books::index_of(id);
    QRPAY_CHECK(index < ours.size());
    id = ours[index];
  }
  void operator()(engine::Transfer& c) const {
    for (auto& leg : c.legs) account(leg.account);
    if (!c.legs.empty()) return;
    account(c.debit);
    account(c.credit);
  }
  void operator()(engine::PutHold& c) const {
    account(c.debit);
    account(c.credit);
  }
  void operator()(engine::PutBatch& c) const {
    for (auto& member : c.members) std::visit(*this, member.what);
  }
  template <class Other>
  void operator()(Other& /*c*/) const {}
};

class Import {
 public:
  Import(Source const& source, Parts const& parts) : source_(source), parts_(parts) {}

  Result<Report> run() {
    QRPAY_TRY_VOID(check());
    QRPAY_TRY_VOID(open_accounts());
    QRPAY_TRY_VOID(submit_steps());
    QRPAY_TRY_VOID(close_accounts());
    QRPAY_TRY_VOID(compare());
    return std::move(report_);
  }

 private:
  void tell(Phase phase, std::uint64_t done, std::uint64_t total) const {
    if (parts_.on_progress) parts_.on_progress({phase, done, total});
  }
  Result<void> pass(Books& books, Phase phase, Take take) {
    Pass one{.books = books,
             .take = std::move(take),
             .on_progress = [&](auto done, auto total) { tell(phase, done, total); },
             .now = parts_.now};
    return source_.pass(one);
  }

  Result<void> check() {
    QRPAY_TRY_VOID(pass(file_, Phase::kCheck, nullptr));
    report_.counts = file_.counts;
    report_.accounts = file_.subjects().size();
    return {};
  }

  Result<void> open_accounts() {
    ours_.resize(file_.subjects().size());
    QRPAY_TRY_VOID(find_accounts());
    Feeder feeder(parts_, source_.accounts, report_, ours_);
    for (std::size_t i = 0; i < ours_.size(); ++i) {
      if (ours_[i] != AccountId{}) continue;
      Subject const& subject = file_.subjects()[i];
      QRPAY_TRY_VOID(feeder.submit(subject.id, engine::OpenGeneralAccount{"", subject.limit},
                                   {.line = subject.line, .index = i}));
      if (i % kLinesPerProgress == 0) tell(Phase::kAccounts, i, ours_.size());
    }
    return feeder.drain();
  }

  /// Waits for `look`, which runs in the engine's thread.
  Result<void> ask(std::function<void(engine::State const&)> const& look) const {
    auto done = std::make_shared<std::promise<void>>();
    auto future = done->get_future();
    QRPAY_TRY_VOID(parts_.engine.query([&look, done](engine::State const& state) {
      look(state);
      return [done] { done->set_value(); };
    }));
    future.get();
    return {};
  }

  Sequence find(engine::State const& state, ledger::Kind kind, std::string const& id) const {
    return state.find(
        parts_.tagger.id_tag({.tenant = Sequence(0), .kind = kind, .id = id, .revision = 1}));
  }

  // Those of an earlier run. Another limit than the file's is found when all is compared.
  Result<void> find_accounts() {
    return ask([this](engine::State const& state) {
      for (std::size_t i = 0; i < ours_.size(); ++i) {
        auto const known = find(state, ledger::Kind::kOpenAccount, file_.subjects()[i].id);
        if (known == Sequence(0)) continue;
        auto const account = ledger::account_id(ledger::AccountClass::kGeneral, known);
        if (!state.book().contains(account)) continue;  // a bank's: the engine will say so
        ours_[i] = account;
        ++report_.repeated;
      }
    });
  }

  /// Submits what was collected, but for what an earlier run did.
  Result<void> flush(Feeder& feeder) {
    if (chunk_.empty()) return {};
    std::size_t begin = 0;
    if (resuming_) {
      Step const& last = chunk_.back();
      QRPAY_TRY_VOID(ask([&](engine::State const& state) {
        resuming_ = find(state, engine::kind_of(last.payload), last.id) != Sequence(0);
      }));
      if (resuming_) begin = chunk_.size() - 1;
      report_.repeated += begin;  // nothing is under way: see below
    }
    for (std::size_t i = begin; i < chunk_.size(); ++i) {
      Step& step = chunk_[i];
      Outcome const also = step.is_expiry ? Outcome::kHoldExpired : Outcome::kDone;
      QRPAY_TRY_VOID(feeder.submit(std::move(step.id), std::move(step.payload),
                                   {.line = step.line, .index = kNoAccount, .also = also}));
    }
    chunk_.clear();
    if (resuming_) return feeder.drain();
    return {};
  }

  Result<void> submit_steps() {
    std::vector<AccountId> none;
    Feeder feeder(parts_, source_.steps, report_, none);
    Books again;
    QRPAY_TRY_VOID(pass(again, Phase::kTransfers, [&](Step&& step) -> Result<void> {
      // The file is read again: it must not have grown meanwhile.
      if (again.subjects().size() > ours_.size()) return changed();
      std::visit(Translate{ours_}, step.payload);
      chunk_.push_back(std::move(step));
      return chunk_.size() < kChunkSteps ? Result<void>() : flush(feeder);
    }));
    QRPAY_TRY_VOID(flush(feeder));
    QRPAY_TRY_VOID(feeder.drain());
    if (again.counts != file_.counts) return changed();
    return {};
  }

  static base::Unexpected<Error> changed() {
    return base::fail(Errc::kImportRefused, "the files changed while they were read");
  }

  // After everything else: a closed account takes nothing more.
  Result<void> close_accounts() {
    std::vector<AccountId> none;
    Feeder feeder(parts_, source_.accounts, report_, none);
    for (std::size_t i = 0; i < ours_.size(); ++i) {
      Subject const& subject = file_.subjects()[i];
      if (!subject.closed) continue;
      QRPAY_TRY_VOID(feeder.submit(
          "closed:" + subject.id, engine::CloseAccount{ours_[i], ledger::Sides::kBoth, true},
          {.line = subject.line, .index = kNoAccount, .also = Outcome::kAccountClosed}));
    }
    return feeder.drain();
  }

  void compare_with(ledger::Book const& book) {
    for (std::size_t i = 0; i < ours_.size(); ++i) {
      ledger::Account const expected = file_.book().find(file_.account_at(i));
      ledger::Account found = book.find(ours_[i]);
      found.closed = expected.closed;  // the file's own are flags of its transfers
      report_.posted += expected.posted_debit;
      report_.held += expected.held_debit;
      if (found == expected) continue;
      if (report_.different++ == 0) report_.first = {file_.subjects()[i].id, expected, found};
    }
  }

  Result<void> compare() {
    tell(Phase::kCompare, 0, ours_.size());
    return ask([this](engine::State const& state) { compare_with(state.book()); });
  }

  Source const& source_;
  Parts const& parts_;
  Report report_;
  Books file_;                   ///< of the first pass
  std::vector<AccountId> ours_;  ///< by index; zero until it is known
  std::vector<Step> chunk_;      ///< collected, not yet submitted
  bool resuming_ = true;         ///< all chunks so far were there
};

}  // namespace

Result<Report> run(Source const& source, Parts const& parts) { return Import(source, parts).run(); }

}  // namespace qrpay::import
