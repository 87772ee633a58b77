#include "ledger/verify.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "base/files.h"
#include "ledger/book.h"
#include "ledger/checkpoint.h"
#include "ledger/data_dir.h"
#include "ledger/fields.h"
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
  Sequence durable;  // 0 when there is no mark
  std::string note;  // of the high-water checkpoint; empty = none
  Checkpoint signed_head;
};

Result<Marks> read_marks(DataPaths const& paths, VerifyOptions const& options) {
  Marks marks;
  QRPAY_TRY(auto const durable, DurableMark::read(paths.durable_mark()));
  marks.durable = durable.value_or(Sequence(0));
  if (options.keys.empty() || !base::file_exists(paths.high_water())) return marks;
  QRPAY_TRY(marks.note, base::read_file(paths.high_water(), kNoteBytesMax));
  QRPAY_TRY(Note const note, parse_note(marks.note));
  QRPAY_TRY(marks.signed_head, parse_checkpoint(note.text));
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
    if (record.sequence == Sequence(1)) QRPAY_TRY_VOID(begin(record));
    if (record.log_time < last_time_) return corrupt(record.sequence, "log time goes back");
    last_time_ = record.log_time;
    QRPAY_TRY_VOID(open_account(record));
    if (auto const refusal = book_.check(record.postings))
      return corrupt(record.sequence, std::string(refusal_text(*refusal)));
    book_.apply(record.postings);
    QRPAY_TRY_VOID(close_account(record));
    edge_.append(leaf_hash(base::as_bytes(stored.leaf)));
    if (edge_.size() == marks_.signed_head.size && edge_.root() != marks_.signed_head.root)
      return fail(Errc::kJournalForked, "size " + std::to_string(edge_.size()));
    return {};
  }

  void finish(VerifyReport& report) const {
    report.origin = origin_;
    report.durable = edge_.size();
    report.root = edge_.root();
    report.signed_size = marks_.signed_head.size;
    report.accounts = book_.size();
    report.book = book_.digest();
    report.balances_to_zero = book_.balances_to_zero();
  }

 private:
  Result<void> begin(Record const& genesis) {
    TlvReader const body(genesis.body);
    origin_ = body.text(field::kOrigin);
    auto const key = parse_vkey(body.text(field::kLogVkey));
    if (genesis.kind != Kind::kGenesis || origin_.empty() || !key)
      return corrupt(genesis.sequence, "not a Genesis with origin and log key");
    if (marks_.note.empty()) return {};
    auto const opened = open_checkpoint(marks_.note, {.log_keys = {&*key, 1}, .origin = origin_});
    if (!opened) return fail(Errc::kWrongKey, "high-water: " + to_string(opened.error()));
    return {};
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
    AccountId const account = account_id(AccountClass::kGeneral,
                                         Sequence(body.number_or(field::kGeneralAccount, 0)));
    if (*sides == 0 || *sides > static_cast<std::uint64_t>(Sides::kBoth) ||
        !book_.contains(account))
      return corrupt(record.sequence, "closes sides or an account that are not there");
    book_.close(account, static_cast<Sides>(*sides));
    return {};
  }

  Marks const& marks_;
  std::string origin_;
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
  Sequence const promised = std::max(marks.durable, Sequence(marks.signed_head.size));
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
  fold.finish(report);
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
