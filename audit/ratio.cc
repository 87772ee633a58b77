#include "audit/ratio.h"

#include <algorithm>
#include <bit>
#include <map>
#include <utility>

#include "audit/communes.h"
#include "audit/lower_bound.h"
#include "base/check.h"
#include "engine/command.h"
#include "engine/outcome.h"
#include "ledger/fields.h"
#include "ledger/tags.h"
#include "ledger/tlv.h"

namespace qrpay::audit {

namespace field = ledger::field;
using base::Errc;
using base::fail;
using base::Vnd;
using base::WallTime;
using ledger::Kind;
using ledger::Leg;
using ledger::Record;
using ledger::TlvReader;

namespace {

/// The even tags that were defined when this fold was written.
constexpr std::uint16_t kKnownEvenTags[] = {
    field::kAmends,      field::kMerchant,
    field::kShop,        field::kTerminal,
    field::kBank,        field::kBankAccount,
    field::kOrder,       field::kOwner,
    field::kCommune,     field::kCommuneValidFrom,
    field::kSector,      field::kOpenedOn,
    field::kTraining,    field::kMode,
    field::kAccountType, field::kCurrency,
    field::kLimit,       field::kStaticShop,
    field::kRole,        field::kScope,
    field::kRevoked,     field::kExpires,
    field::kAllocations, field::kTimeOfSale,
    field::kRail,        field::kCodeKind,
    field::kPurpose,     field::kExclusions,
    field::kDirection,   field::kOriginal,
    field::kBusinessDay, field::kWithdrawn,
    field::kCount,       field::kEvidence,
    field::kDeclaredRev, field::kExpired,
};
static_assert(std::ranges::is_sorted(kKnownEvenTags));

/// Bits of X1 to X10.
constexpr std::uint64_t kExclusionBits = 0x7fe;
/// Past the year 2199 a time is no time: such a record was not made by an engine.
constexpr std::uint64_t kTimeOfSaleMax = 7'258'118'400'000'000;

/// False at an unknown even tag, where a reader must stop, and for what is not TLV at all.
bool knows_all_tags(std::string_view body) {
  if (!ledger::check_tlv(body)) return false;
  base::ByteReader reader(base::as_bytes(body));
  while (!reader.at_end()) {
    std::uint16_t const tag = reader.u16();
    (void)reader.text16();
    if (tag % 2 == 0 && !std::ranges::binary_search(kKnownEvenTags, tag)) return false;
  }
  return true;
}

bool moves_sales(Record const& record) {
  return std::ranges::any_of(record.postings, [](ledger::Posting const& posting) {
    return posting.leg == Leg::kSale || posting.leg == Leg::kRefund ||
           posting.leg == Leg::kReversal;
  });
}

/// Whether this fold knows what the record means for CR-1; for most kinds that is: nothing.
bool is_readable(Record const& record) {
  switch (record.kind) {
    case Kind::kRegisterShop:
    case Kind::kRegisterTerminal:
    case Kind::kBankCredit:
    case Kind::kDeclareCash:
      return record.rules_version <= ledger::kRulesVersion && knows_all_tags(record.body);
    // They change sales or places, and their rules are not written yet.
    case Kind::kMoveShop:
    case Kind::kCloseShop:
    case Kind::kAssign:
    case Kind::kUndo:
    case Kind::kReclassify:
    case Kind::kResolve:
    case Kind::kRefund: return false;
    case Kind::kGenesis:
    case Kind::kRegisterBank:
    case Kind::kRegisterMerchant:
    case Kind::kOpenAccount:
    case Kind::kCloseAccount:
    case Kind::kKey:
    case Kind::kPutOrder:
    case Kind::kCancelOrder:
    case Kind::kIdReuse:
    case Kind::kTransfer:
    case Kind::kHold:
    case Kind::kPost:
    case Kind::kVoidHold:
    case Kind::kVoidId:
    case Kind::kBatch:
    case Kind::kTick:
    case Kind::kErase:
    case Kind::kRestore:
    case Kind::kLogKey:
    case Kind::kUpgrade:
    case Kind::kSecret:
    case Kind::kAttachment: return !moves_sales(record);
  }
  return knows_all_tags(record.body) && !moves_sales(record);  // a kind of a later version
}

/// What a credit's postings sold, and where.
struct Sold {
  Sequence shop;
  Sum amount = 0;
};
/// amount 0: nothing was sold. nullopt: legs of a form that no engine of these rules writes.
std::optional<Sold> read_sold(Record const& record) {
  Sold out;
  for (auto const& posting : record.postings) {
    if (posting.leg == Leg::kRefund || posting.leg == Leg::kReversal) return std::nullopt;
    if (posting.leg != Leg::kSale) continue;
    Sequence const shop = ledger::account_owner(posting.account);
    bool const is_sales = ledger::account_class_number(posting.account) ==
                          static_cast<std::uint32_t>(ledger::AccountClass::kSales);
    if (!is_sales || posting.layer != ledger::Layer::kPosted || posting.amount >= Vnd(0) ||
        posting.currency != ledger::kVndCurrency || (out.amount != 0 && out.shop != shop))
      return std::nullopt;
    out.shop = shop;
    out.amount -= posting.amount.dong();
  }
  return out;
}

Day day_at(TlvReader const& body, std::uint16_t tag) {
  return Day(static_cast<std::int32_t>(body.number_or(tag, 0)));
}

Grade grade_of(Figure const& coverage) {
  // On the exact fraction, so that 89.996 % is a B although it prints as 90.00 %.
  auto const reaches = [&](int percent) {
    return coverage.numerator * 100 >= coverage.denominator * percent;
  };
  if (coverage.denominator == 0) return Grade::kNone;
  if (reaches(90)) return Grade::kA;
  if (reaches(70)) return Grade::kB;
  return reaches(50) ? Grade::kC : Grade::kNone;
}

}  // namespace

base::Result<void> check_query(RatioQuery const& query) {
  bool const digits = std::ranges::all_of(query.area, [](char c) { return c >= '0' && c <= '9'; });
  bool const form = query.area.empty() || query.area == kQuangNinh || query.area.size() == 5;
  if (!digits || !form)
    return fail(Errc::kInvalidField, "/area: a commune's five digits, 22, or nothing");
  if (query.to < query.from) return fail(Errc::kInvalidField, "/to: before /from");
  if (query.from < Day(0)) return fail(Errc::kInvalidField, "/from: before 1970");
  if (query.to.days() - query.from.days() >= kPeriodDaysMax)
    return fail(Errc::kInvalidField, "/to: more than 366 days");
  return {};
}

std::string_view null_reason_name(NullReason reason) {
  switch (reason) {
    case NullReason::kIncomplete: return "incomplete";
    case NullReason::kUnreadRecords: return "unread_records";
    case NullReason::kZeroDenominator: return "zero_denominator";
    case NullReason::kBelowGradeC: return "below_grade_c";
    case NullReason::kNoEstimate: return "no_estimate";
  }
  return "unknown";
}

std::string_view grade_name(Grade grade) {
  switch (grade) {
    case Grade::kNone: return "none";
    case Grade::kA: return "A";
    case Grade::kB: return "B";
    case Grade::kC: return "C";
  }
  return "unknown";
}

std::size_t RatioFold::DeclarationKeyHash::operator()(DeclarationKey const& key) const {
  std::uint64_t const days = static_cast<std::uint32_t>(key.day.days());
  std::uint64_t const place = (std::uint64_t{key.shop} << 32) | days;
  return base::IntegerHash{}(key.terminal ^ base::IntegerHash{}(place));
}

RatioFold::RatioFold(RatioQuery query) : query_(std::move(query)) {
  QRPAY_CHECK(check_query(query_).has_value());
}

void RatioFold::add(Record const& record) {
  if (record.sequence <= last_ || record.sequence.value() > query_.as_of) return;
  gap_ = gap_ || record.sequence.value() != last_.value() + 1;
  last_ = record.sequence;
  if (!is_readable(record)) return mark_unread(record);
  if (record.kind == Kind::kRegisterShop) return add_shop(record);
  if (record.kind == Kind::kRegisterTerminal) return add_terminal(record);
  if (record.kind == Kind::kBankCredit) return add_credit(record);
  if (record.kind == Kind::kDeclareCash) return add_declaration(record);
}

void RatioFold::mark_unread(Record const& record) {
  if (unread_ == 0) first_unread_ = record.sequence;
  ++unread_;
}

std::optional<RatioFold::ShopIndex> RatioFold::find_shop(std::uint64_t sequence) const {
  auto const found = shop_by_sequence_.find(sequence);
  if (found == shop_by_sequence_.end()) return std::nullopt;
  return found->second;
}

void RatioFold::add_shop(Record const& record) {
  TlvReader const body(record.body);
  if (body.find(field::kAmends)) return mark_unread(record);
  shop_by_sequence_.emplace(record.sequence.value(), static_cast<ShopIndex>(shops_.size()));
  Shop& shop = shops_.emplace_back();
  shop.commune = body.text(field::kCommune);
  shop.commune_valid_from = day_at(body, field::kCommuneValidFrom);
  shop.sector = body.text(field::kSector);
  shop.opened_on = day_at(body, field::kOpenedOn);
}

void RatioFold::add_terminal(Record const& record) {
  if (TlvReader(record.body).number_or(field::kTraining, 0) == 1)
    training_terminals_.insert(record.sequence.value());
}

void RatioFold::add_credit(Record const& record) {
  if (record.outcome == static_cast<std::uint16_t>(engine::Outcome::kNoticeRepeated))
    return add_repeat(record);
  auto const sold = read_sold(record);
  if (!sold) return mark_unread(record);
  if (sold->amount == 0) return;  // unmatched, in suspense, a conflict, or all of it excess
  TlvReader const body(record.body);
  auto const shop = find_shop(sold->shop.value());
  auto const time = body.number(field::kTimeOfSale);
  std::uint64_t exclusions = body.number_or(field::kExclusions, 0);
  bool const is_credit = body.number_or(field::kDirection, 0) ==
                         static_cast<std::uint64_t>(ledger::Direction::kCredit);
  if (!shop || !time || *time > kTimeOfSaleMax || !is_credit || (exclusions & ~kExclusionBits) != 0)
    return mark_unread(record);
  if (!in_period(base::business_day(WallTime(static_cast<std::int64_t>(*time))))) return;
  sales_.push_back({record.sequence, *shop});
  if (body.number_or(field::kPurpose, 0) !=
      static_cast<std::uint64_t>(engine::Purpose::kPersonToMerchant))
    exclusions |= std::uint64_t{1} << kExclusionX4NotASale;
  if (exclusions != 0) {
    // One bucket each, the first that applies, so that the buckets add up to what was dropped.
    excluded_[*shop][static_cast<std::size_t>(std::countr_zero(exclusions))].add(sold->amount);
    return;
  }
  shops_[*shop].sales.add(sold->amount);
  sales_everywhere_.add(sold->amount);
  if (body.number_or(field::kTimeFlagged, 0) == 1) ++shops_[*shop].time_flagged;
}

void RatioFold::add_repeat(Record const& record) {
  Sequence const original(TlvReader(record.body).number_or(field::kOriginal, 0));
  auto const found = std::ranges::lower_bound(sales_, original, {}, &SaleAt::record);
  if (found == sales_.end() || found->record != original) return;  // not a sale of the period
  excluded_[found->shop][kExclusionX8Duplicate].add(record.amount.dong());
}

void RatioFold::add_declaration(Record const& record) {
  if (record.outcome != static_cast<std::uint16_t>(engine::Outcome::kDone)) return;
  TlvReader const body(record.body);
  auto const shop = find_shop(body.number_or(field::kShop, 0));
  if (!shop || record.amount < Vnd(0)) return mark_unread(record);
  Day const day = day_at(body, field::kBusinessDay);
  if (!in_period(day)) return;
  std::uint64_t const terminal = body.number_or(field::kTerminal, 0);
  if (training_terminals_.contains(terminal)) {
    ++shops_[*shop].declarations_training;
    return;
  }
  auto const declared_rev = static_cast<std::uint32_t>(body.number_or(field::kDeclaredRev, 0));
  Declaration& known = declarations_[{*shop, day, terminal}];
  if (declared_rev <= known.declared_rev) return;
  known = {record.amount, declared_rev, std::nullopt, body.number_or(field::kWithdrawn, 0) == 1};
  if (auto const count = body.number(field::kCount))
    known.count = static_cast<std::uint32_t>(*count);
}

bool RatioFold::in_area(Shop const& shop) const {
  if (query_.area.empty()) return true;
  if (query_.area == kQuangNinh) return find_commune(shop.commune) != nullptr;
  return shop.commune == query_.area;
}

std::vector<RatioFold::Cash> RatioFold::settle_cash() const {
  std::vector<std::pair<DeclarationKey, Declaration>> ordered(declarations_.begin(),
                                                              declarations_.end());
  std::ranges::sort(ordered, {}, [](auto const& entry) { return entry.first; });
  std::vector<Cash> out(shops_.size());
  std::optional<std::pair<ShopIndex, Day>> last_day;
  for (auto const& [key, declaration] : ordered) {
    if (declaration.withdrawn || declaration.declared_rev == 0) continue;
    Cash& cash = out[key.shop];
    cash.declared.add(declaration.amount.dong());
    cash.sales += declaration.count.value_or(0);
    if (!declaration.count && declaration.amount != Vnd(0)) cash.counts_told = false;
    bool const another_day = last_day != std::pair(key.shop, key.day);
    if (another_day && key.day >= shops_[key.shop].opened_on) ++cash.open_days;
    last_day = {key.shop, key.day};
  }
  return out;
}

bool RatioFold::is_declarer(Shop const& shop, Cash const& cash) const {
  std::int32_t const open = query_.to.days() - std::max(query_.from, shop.opened_on).days() + 1;
  return cash.open_days * 10 >= open * 9;
}

RatioReport RatioFold::report(Members const& members, std::vector<Cash> const& cash) const {
  RatioReport out;
  out.query = query_;
  out.query.area = members.area;
  if (Commune const* commune = find_commune(members.area)) out.area_name = commune->full_name;
  out.unread_records = unread_;
  out.first_unread = first_unread_;
  out.exclusions[kExclusionX10Outside] = sales_everywhere_;
  Sum declarers_sales = 0;
  Sum counted_sales = 0;
  Sum counted_cash = 0;
  std::vector<Seller> sellers;
  for (ShopIndex const index : members.shops) {
    Shop const& shop = shops_[index];
    CountSum& outside = out.exclusions[kExclusionX10Outside];
    outside = {outside.count - shop.sales.count, outside.sum - shop.sales.sum};
    if (shop.opened_on > query_.to) {
      out.sales_not_open.add(shop.sales);
      continue;
    }
    ++out.sellers_open;
    bool const known_place = find_commune(shop.commune) != nullptr;
    if (known_place && shop.commune_valid_from != kCommunesValidFrom) ++out.sellers_placed_by_code;
    out.sales.add(shop.sales);
    out.sales_time_flagged += shop.time_flagged;
    out.declarations_training += shop.declarations_training;
    if (auto const dropped = excluded_.find(index); dropped != excluded_.end())
      for (std::size_t n = 1; n < kExclusionX10Outside; ++n)
        out.exclusions[n].add(dropped->second[n]);
    Cash const& own = cash[index];
    bool const declares = is_declarer(shop, own);
    sellers.push_back(
        {shop.sector, shop.sales.sum, declares ? std::optional(own.declared.sum) : std::nullopt});
    if (!declares) continue;
    ++out.sellers_declaring;
    declarers_sales += shop.sales.sum;
    out.cash_declared.add(own.declared);
    if (!own.counts_told) continue;
    ++out.sellers_declaring_counts;
    counted_sales += shop.sales.count;
    counted_cash += own.sales;
  }
  auto const missing = missing_cash(sellers);
  out.sellers_bounded_by_sector = missing ? missing->by_sector : 0;
  out.sellers_bounded_by_area = missing ? missing->by_area : 0;
  Sum const cash_sum = out.cash_declared.sum;
  auto const over = [](Sum part, Sum whole) { return Figure{{}, {}, part, whole}; };
  out.value_ratio = over(declarers_sales, declarers_sales + cash_sum);
  out.number_ratio = over(counted_sales, counted_sales + counted_cash);
  out.coverage_sellers = over(out.sellers_declaring, out.sellers_open);
  out.coverage_value = over(declarers_sales, out.sales.sum);
  out.upper_bound = over(out.sales.sum, out.sales.sum + cash_sum);
  out.lower_bound = over(out.sales.sum, missing ? out.sales.sum + cash_sum + missing->sum : Sum{0});
  if (!missing) out.lower_bound.reason = NullReason::kNoEstimate;
  settle_figures(out);
  return out;
}

void RatioFold::settle_figures(RatioReport& report) const {
  std::optional<NullReason> ledger_reason;
  if (gap_ || last_.value() != query_.as_of)
    ledger_reason = NullReason::kIncomplete;
  else if (unread_ != 0)
    ledger_reason = NullReason::kUnreadRecords;
  if (!ledger_reason) report.grade = grade_of(report.coverage_value);
  for (Figure* figure : {&report.value_ratio, &report.number_ratio, &report.coverage_sellers,
                         &report.coverage_value, &report.upper_bound, &report.lower_bound}) {
    bool const graded = figure == &report.value_ratio || figure == &report.number_ratio;
    if (ledger_reason) figure->reason = ledger_reason;
    if (figure->reason) continue;
    if (figure->denominator == 0)
      figure->reason = NullReason::kZeroDenominator;
    else if (graded && report.grade == Grade::kNone)
      figure->reason = NullReason::kBelowGradeC;
    else
      figure->bp = basis_points(figure->numerator, figure->denominator);
  }
}

RatioReport RatioFold::finish() const {
  Members members{query_.area, {}};
  for (ShopIndex index = 0; index < shops_.size(); ++index)
    if (in_area(shops_[index])) members.shops.push_back(index);
  return report(members, settle_cash());
}

std::vector<RatioReport> RatioFold::finish_communes() const {
  std::map<std::string, Members, std::less<>> communes;
  for (ShopIndex index = 0; index < shops_.size(); ++index) {
    Shop const& shop = shops_[index];
    if (!in_area(shop)) continue;
    Members& members = communes[shop.commune];
    members.area = shop.commune;
    members.shops.push_back(index);
  }
  std::vector<Cash> const cash = settle_cash();
  std::vector<RatioReport> out;
  out.reserve(communes.size());
  for (auto const& [code, members] : communes) out.push_back(report(members, cash));
  return out;
}

}  // namespace qrpay::audit
