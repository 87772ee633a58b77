#include "ledger/verify.h"

#include <algorithm>
#include <map>
#include <vector>

#include "base/files.h"
#include "ledger/data_dir.h"
#include "ledger/high_water.h"
#include "ledger/log.h"
#include "ledger/record_fold.h"

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

// The fold of all records so far, and the tree over them.
class Fold {
 public:
  explicit Fold(Marks const& marks) : marks_(marks) {}

  Result<void> add(StoredRecord const& stored) {
    Record const& record = stored.record;
    QRPAY_TRY_VOID(records_.add(record));
    if (record.kind == Kind::kRestore && records_.identity().now().restored.root != edge_.root())
      return corrupt(record.sequence, "restores another tree than that before it");
    edge_.append(leaf_hash(base::as_bytes(stored.leaf)));
    for (auto const& head : marks_.heads)
      if (head.checkpoint.size == edge_.size()) roots_[edge_.size()] = edge_.root();
    return {};
  }

  Result<void> finish(VerifyReport& report) const {
    for (auto const& head : marks_.heads) QRPAY_TRY_VOID(check_head(head));
    Book const& book = records_.book();
    if (records_.identity().begun()) report.origin = records_.identity().origin();
    report.durable = edge_.size();
    report.root = edge_.root();
    report.signed_size = marks_.signed_size();
    report.accounts = book.size();
    report.book = book.digest();
    report.balances_to_zero = book.balances_to_zero();
    return {};
  }

 private:
  // What was signed holds: of this tree, or of a fork that the next incarnation admits.
  Result<void> check_head(HighWater const& head) const {
    auto const& all = records_.identity().incarnations();
    // Named by a restore word for word: perhaps by a key that was lost with what it did not bring
    // back.
    for (std::size_t i = 1; i < all.size(); ++i)
      if (all[i - 1].origin == head.checkpoint.origin &&
          all[i].former == TreeHead{head.checkpoint.size, head.checkpoint.root} &&
          all[i].former.size > all[i].restored.size)
        return {};
    auto const opened = records_.identity().open(head.note);
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

  Marks const& marks_;
  std::map<std::uint64_t, Digest> roots_;  // at the sizes that were signed
  RecordFold records_;
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
      if (options.on_progress) options.on_progress(block.first.value(), end.value());
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
