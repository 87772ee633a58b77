#include "ledger/index.h"

namespace qrpay::ledger {

Index::Index() : open_(std::make_shared<Run>(Sequence(0))) {}

Index::Index(RocksIndex* projections)
    : projections_(projections), open_(projections->begin_run(projections->projected())) {}

template <class Value, class InRun, class InProjections>
std::optional<Value> Index::find(InRun const& in_run, InProjections const& in_projections) const {
  if (auto const found = in_run(*open_)) return found;
  for (auto const& run : cut_)
    if (auto const found = in_run(*run)) return found;
  if (projections_ == nullptr || projections_->projected() == Sequence(0)) return std::nullopt;
  auto const found = in_projections(*projections_);
  if (!found) {
    failed_ = true;
    return std::nullopt;
  }
  return *found;
}

std::optional<Sequence> Index::find_id(IdTag const& tag) const {
  return find<Sequence>([&](Run const& run) { return run.ids.find(tag); },
                        [&](RocksIndex const& index) { return index.find_id(tag); });
}

void Index::look_ahead(std::span<IdTag const> tags,
                       std::vector<std::optional<Sequence>>& found) const {
  found.assign(tags.size(), std::nullopt);
  if (projections_ == nullptr || projections_->projected() == Sequence(0)) return;
  if (!projections_->find_ids(tags, found)) failed_ = true;
}

// A record that was projected since is still in a run that was cut.
std::optional<Sequence> Index::find_id_ahead(IdTag const& tag,
                                             std::optional<Sequence> const& in_projections) const {
  if (auto const found = open_->ids.find(tag)) return found;
  for (auto const& run : cut_)
    if (auto const found = run->ids.find(tag)) return found;
  return in_projections;
}

std::optional<KnownMoney> Index::find_money(MoneyTag const& tag) const {
  return find<KnownMoney>([&](Run const& run) { return run.money.find(tag); },
                          [&](RocksIndex const& index) { return index.find_money(tag); });
}

std::optional<Sequence> Index::find_page(IdTag const& tag) const {
  return find<Sequence>([&](Run const& run) { return run.pages.find(tag); },
                        [&](RocksIndex const& index) { return index.find_page(tag); });
}

// The first use may be on disk already.
void Index::add_money(MoneyTag const& tag, KnownMoney const& money) {
  if (!find_money(tag)) open_->money.add(tag, money);
}
void Index::add_page(IdTag const& tag, Sequence order) {
  if (!find_page(tag)) open_->pages.add(tag, order);
}

base::Result<std::vector<ShopPayment>> Index::payments(Sequence shop,
                                                       HistoryRange const& range) const {
  if (projections_ != nullptr) return projections_->payments(shop, range);
  std::vector<ShopPayment> list;
  open_->payments.each([&](TailPayment const& payment) {
    if (payment.shop == shop && payment.record > range.after && payment.record <= range.until &&
        list.size() < range.limit)
      list.push_back({payment.record, payment.day});
  });
  return list;
}

std::shared_ptr<Run> Index::cut() {
  QRPAY_CHECK(projections_ != nullptr && open_->records() > 0);
  auto run = std::exchange(open_, projections_->begin_run(Sequence(open_->through.load())));
  cut_.push_back(run);
  return run;
}

std::vector<std::shared_ptr<Run>> Index::settle() {
  std::vector<std::shared_ptr<Run>> settled;
  while (!cut_.empty() && cut_.front()->through.load() <= projections_->projected().value()) {
    settled.push_back(std::move(cut_.front()));
    cut_.pop_front();
  }
  return settled;
}

std::size_t Index::tail_bytes() const {
  std::size_t bytes = open_->bytes();
  for (auto const& run : cut_) bytes += run->bytes();
  return bytes;
}

std::size_t Index::ids() const {
  std::size_t count = open_->ids.size();
  for (auto const& run : cut_) count += run->ids.size();
  return count;
}

std::size_t Index::money() const {
  std::size_t count = open_->money.size();
  for (auto const& run : cut_) count += run->money.size();
  return count;
}

}  // namespace qrpay::ledger
