#include "engine/check.h"

#include <algorithm>
#include <utility>

#include "engine/restart.h"

namespace qrpay::engine {

using base::Errc;
using base::Result;
using ledger::Block;

namespace {

// The first records of a store: as if it ended with `end`.
class Prefix final : public ledger::Store {
 public:
  Prefix(ledger::Store& whole, Sequence end) : whole_(whole), end_(end) {}

  [[nodiscard]] Result<Sequence> append(std::span<Block const> /*batch*/) override {
    return base::fail(Errc::kStoreUnknown, "a store that only reads");
  }
  [[nodiscard]] Sequence last() const override { return std::min(end_, whole_.last()); }
  [[nodiscard]] Result<Block> read_block(Sequence sequence) const override {
    return whole_.read_block(sequence);
  }
  [[nodiscard]] Result<void> scan(Sequence from, Visit const& visit) const override {
    Result<void> cut;
    QRPAY_TRY_VOID(whole_.scan(from, [&](Block const& block) {
      if (block.first > end_) return false;
      if (block.first.value() + block.count - 1 <= end_.value()) return visit(block);
      auto const beginning = beginning_of(block);
      if (!beginning)
        cut = base::Unexpected(beginning.error());
      else
        static_cast<void>(visit(*beginning));
      return false;
    }));
    return cut;
  }

 private:
  [[nodiscard]] Result<Block> beginning_of(Block const& block) const {
    QRPAY_TRY(auto const view, ledger::BlockView::open(base::as_bytes(block.bytes), block.first));
    ledger::BlockBuilder builder;
    for (Sequence s = block.first; s <= end_; s = Sequence(s.value() + 1))
      builder.add(view.at(s).leaf, view.at(s).side);
    return std::move(builder.take().front());
  }

  ledger::Store& whole_;
  Sequence end_;
};

Result<std::optional<std::string>> compare(CheckParts const& parts,
                                           ledger::RocksIndex const& projections) {
  Prefix prefix(parts.store, projections.projected());
  ledger::Log log(prefix, std::nullopt);
  QRPAY_TRY(Restarted wanted,
            rebuild({.projections = parts.scratch, .log = log, .vault = parts.vault}));
  if (wanted.state.index().open_records() > 0) {
    auto const run = wanted.state.cut_run();
    QRPAY_TRY_VOID(project(*wanted.projections, log, *run));
  }
  return projections.first_difference(*wanted.projections);
}

}  // namespace

Result<CheckReport> check_projections(CheckParts const& parts) {
  CheckReport report;
  report.journal = parts.store.last().value();
  auto const projections = ledger::RocksIndex::open(parts.projections);
  if (!projections) {
    if (projections.error().errc == Errc::kDataDirInUse)
      return base::Unexpected(projections.error());
    report.difference = to_string(projections.error());
    return report;
  }
  report.projected = (*projections)->projected().value();
  if (report.projected > report.journal) {
    report.difference = "they hold " + std::to_string(report.projected) + " records, the journal " +
                        std::to_string(report.journal);
    return report;
  }
  if (report.projected == 0) return report;
  auto difference = compare(parts, **projections);
  QRPAY_TRY_VOID(ledger::RocksIndex::remove(parts.scratch));
  QRPAY_TRY(report.difference, std::move(difference));
  return report;
}

}  // namespace qrpay::engine
