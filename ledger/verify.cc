#include "ledger/verify.h"

#include <algorithm>
#include <map>
#include <vector>

#include "base/files.h"
#include "ledger/book.h"
#include "ledger/data_dir.h"
#include "ledger/fields.h"
#include "ledger/high_water.h"
#include "ledger/identity.h"
#include "ledger/log.h"
#include "ledger/tlv.h"

namespace qrpay::ledger {

using base::Errc;
using base::Error;
using base::fail;
using base::Result;

namespace {

// The tree's right edge alone: enough for its root, in O(log n) memory.
class RightEdge {
 public:
  void append(Digest const& leaf) {
    edge_.push_back(leaf);
    for (std::uint64_t n = size_; (n & 1) == 1; n >>= 1) {
      Digest const right = edge_.back();
      edge_.pop_back();
      edge_.back() = node_hash(edge_.back(), right);
    }
    ++size_;
  }
  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] Digest root() const {
    if (edge_.empty()) return empty_root();
    Digest root = edge_.back();
    for (std::size_t i = edge_.size() - 1; i-- > 0;) root = node_hash(edge_[i], root);
    return root;
  }

 private:
  std::vector<Digest> edge_;  // roots of complete subtrees, the largest first
  std::uint64_t size_ = 0;
};

// What was promised before the journal is opened, so the journal must reach it.
struct Marks {
  Sequence durable;              // 0 when there is no mark
  std::vector<HighWater> heads;  // the last of each incarnation that signed
  // Of the newest incarnation: the journal reaches it. An older one may have signed what a restore
  // did not bring back.
  [[nodiscard]] std::uint64_t signed_size() const {
    return heads.empty() ? 0 : heads.back().checkpoint.size;
  }
};

Result<Marks> read_marks(DataPaths const& paths, VerifyOptions const& options) {
  Marks marks;
  QRPAY_TRY(auto const durable, DurableMark::read(paths.durable_mark()));
  marks.durable = durable.value_or(Sequence(0));
  if (options.keys.empty()) return marks;
  QRPAY_TRY(marks.heads, read_high_waters(paths.keys));
  return marks;
}

base::Unexpected<Error> corrupt(Sequence sequence, std::string const& what) {
  return fail(Errc::kJournalCorrupt, "sequence " + std::to_string(sequence.value()) + ": " + what);
}

std::string_view refusal_text(BookRefusal refusal) {
  switch (refusal) {
    case BookRefusal::kUnbalanced: return "postings do not sum to zero";
    case BookRefusal::kCurrency: return "a currency that is not settled";
    case BookRefusal::kFloor: return "an account below its floor";
    case BookRefusal::kCeiling: return "an account above its ceiling";
    case BookRefusal::kOverflow: return "a total over 63 bits";
    case BookRefusal::kClosed: return "an account that was closed";
    case BookRefusal::kReleased: return "more released than is held";
  }
  return "postings";
}

// The fold of all records so far.
class Fold {
 public:
  explicit Fold(Marks const& marks) : marks_(marks) {}

  Result<void> add(StoredRecord const& stored) {
    Record const& record = stored.record;
    QRPAY_TRY_VOID(take_identity(record));
    if (record.log_time < last_time_) return corrupt(record.sequence, "log time goes back");
    last_time_ = record.log_time;
    QRPAY_TRY_VOID(open_account(record));
    if (auto const refusal = book_.check(record.postings))
      return corrupt(record.sequence, std::string(refusal_text(*refusal)));
    book_.apply(record.postings);
    QRPAY_TRY_VOID(close_account(record));
    edge_.append(leaf_hash(base::as_bytes(stored.leaf)));
    for (auto const& head : marks_.heads)
      if (head.checkpoint.size == edge_.size()) roots_[edge_.size()] = edge_.root();
    return {};
  }

  Result<void> finish(VerifyReport& report) const {
    for (auto const& head : marks_.heads) QRPAY_TRY_VOID(check_head(head));
    if (identity_.begun()) report.origin = identity_.origin();
    report.durable = edge_.size();
    report.root = edge_.root();
    report.signed_size = marks_.signed_size();
    report.accounts = book_.size();
    report.book = book_.digest();
    report.balances_to_zero = book_.balances_to_zero();
    return {};
  }

 private:
  Result<void> take_identity(Record const& record) {
    if (!identity_.begun() && record.kind != Kind::kGenesis)
      return corrupt(record.sequence, "not a Genesis with origin and log key");
    if (!Identity::concerns(record.kind)) return {};
    QRPAY_TRY_VOID(identity_.check(record));
    identity_.apply(record);
    if (record.kind == Kind::kRestore && identity_.now().restored.root != edge_.root())
      return corrupt(record.sequence, "restores another tree than that before it");
    return {};
  }

  // What was signed holds: of this tree, or of a fork that the next incarnation admits.
  Result<void> check_head(HighWater const& head) const {
    auto const& all = identity_.incarnations();
    // Named by a restore word for word: perhaps by a key that was lost with what it did not bring
    // back.
    for (std::size_t i = 1; i < all.size(); ++i)
      if (all[i - 1].origin == head.checkpoint.origin &&
          all[i].former == TreeHead{head.checkpoint.size, head.checkpoint.root} &&
          all[i].former.size > all[i].restored.size)
        return {};
    auto const opened = identity_.open(head.note);
    if (!opened) return fail(Errc::kWrongKey, head.path + ": " + opened.error().detail);
    auto const signing = std::find_if(all.begin(), all.end(), [&](auto const& incarnation) {
      return incarnation.origin == opened->origin;
    });
    auto const next = signing + 1;
    if (next != all.end() && opened->size > next->restored.size) {
      if (opened->size < next->former.size) return {};
    } else if (auto const root = roots_.find(opened->size);
               root != roots_.end() && root->second == opened->root) {
      return {};
    }
    return fail(Errc::kJournalForked, "size " + std::to_string(opened->size));
  }

  // Limits are fields of general accounts, which come into being when they are opened.
  Result<void> open_account(Record const& record) {
    if (record.kind != Kind::kOpenAccount) return {};
    auto const limit = TlvReader(record.body).number(field::kLimit);
    if (!limit) return {};
    AccountId const account = account_id(AccountClass::kGeneral, record.sequence);
    if (*limit > static_cast<std::uint64_t>(Limit::kCeiling) || book_.contains(account))
      return corrupt(record.sequence, "account with an unknown limit, or opened already");
    book_.open(account, static_cast<Limit>(*limit));
    return {};
  }

  Result<void> close_account(Record const& record) {
    if (record.kind != Kind::kCloseAccount) return {};
    TlvReader const body(record.body);
    auto const sides = body.number(field::kClosedSides);
    if (!sides) return {};  // refused
    AccountId const account =
        account_id(AccountClass::kGeneral, Sequence(body.number_or(field::kGeneralAccount, 0)));
    if (*sides == 0 || *sides > static_cast<std::uint64_t>(Sides::kBoth) ||
        !book_.contains(account))
      return corrupt(record.sequence, "closes sides or an account that are not there");
    book_.close(account, static_cast<Sides>(*sides));
    return {};
  }

  Marks const& marks_;
  Identity identity_;
  std::map<std::uint64_t, Digest> roots_;  // at the sizes that were signed
  WallTime last_time_;
  Book book_;
  RightEdge edge_;
};

Result<void> fold_block(Block const& block, Sequence end, Fold& fold) {
  QRPAY_TRY(BlockView const view, BlockView::open(base::as_bytes(block.bytes), block.first));
  for (std::uint32_t i = 0; i < view.count(); ++i) {
    Sequence const sequence(block.first.value() + i);
    if (sequence > end) return {};
    QRPAY_TRY(StoredRecord const stored, decode_entry(view.entry(i), sequence));
    QRPAY_TRY_VOID(fold.add(stored));
  }
  return {};
}

// One open, one pass.
Result<VerifyReport> verify_once(DataPaths const& paths, VerifyOptions const& options,
                                 bool beside_server) {
  QRPAY_TRY(Marks const marks, read_marks(paths, options));
  Sequence const promised = std::max(marks.durable, Sequence(marks.signed_size()));
  QRPAY_TRY(auto const store, RocksStore::open_read_only(paths.journal()));
  if (store->last() < promised)
    return fail(Errc::kJournalTruncated,
                "journal ends at " + std::to_string(store->last().value()) + ", but sequence " +
                    std::to_string(promised.value()) + " was durable");
  VerifyReport report;
  report.beside_server = beside_server;
  report.records = store->last().value();
  Sequence const end = beside_server ? promised : store->last();
  Fold fold(marks);
  Result<void> folded;
  if (end > Sequence(0))
    QRPAY_TRY_VOID(store->scan(Sequence(1), [&](Block const& block) {
      folded = fold_block(block, end, fold);
      return folded && Sequence(block.first.value() + block.count - 1) < end;
    }));
  QRPAY_TRY_VOID(folded);
  QRPAY_TRY_VOID(fold.finish(report));
  return report;
}

}  // namespace

Result<VerifyReport> verify_directory(std::string const& dir, VerifyOptions const& options) {
  QRPAY_TRY_VOID(check_format(dir));
  DataPaths paths = DataPaths::under(dir);
  paths.keys = options.keys;
  std::vector<Error> faults;
  for (int opens = 0; opens < kVerifyOpensMax; ++opens) {
    bool const server_before = RocksStore::is_locked(paths.journal());
    auto report = verify_once(paths, options, server_before);
    bool const server_after = RocksStore::is_locked(paths.journal());
    // A server that came meanwhile may have added what is not yet durable: look again.
    bool const settled = server_before || !server_after;
    if (report && settled) return report;
    if (report) continue;
    bool const twice = std::find(faults.begin(), faults.end(), report.error()) != faults.end();
    if ((!server_before && !server_after) || twice) return report;
    faults.push_back(report.error());
  }
  return fail(Errc::kStoreRead, "no two of " + std::to_string(kVerifyOpensMax) +
                                    " opens beside the server agree; last: " +
                                    (faults.empty() ? "" : to_string(faults.back())));
}

}  // namespace qrpay::ledger
