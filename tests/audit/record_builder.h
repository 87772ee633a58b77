// A ledger of hand-made records with the bodies the engine writes: what the ratio is folded from.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "audit/ratio.h"
#include "engine/command.h"
#include "engine/outcome.h"
#include "ledger/fields.h"
#include "ledger/tags.h"
#include "ledger/tlv.h"

namespace qrpay::audit {

namespace field = ledger::field;
using base::Vnd;
using base::WallTime;

inline constexpr std::int32_t kOctober = 20'362;  // 2025-10-01
inline constexpr char kHaTu[] = "06652";
inline constexpr char kBinhLieu[] = "06838";

struct ShopFields {
  std::string commune = kHaTu;
  std::string sector = "retail";
  Day opened_on{kOctober - 100};
  Day commune_valid_from{20'270};
};

struct SaleFields {
  Sequence shop{};
  Day day{kOctober};
  std::int64_t dong = 0;
  std::uint32_t exclusions = 0;
  bool flagged = false;
  std::uint8_t purpose = 1;
  std::optional<WallTime> time{};  ///< instead of noon of `day`
};

struct CashFields {
  Sequence shop{};
  Sequence terminal{};
  Day day{kOctober};
  std::int64_t dong = 0;
  std::optional<std::uint32_t> count{};
  std::uint32_t declared_rev = 1;
  bool withdrawn = false;
};

class RecordBuilder {
 public:
  std::vector<ledger::Record> records;

  ledger::Record& add(ledger::Kind kind) {
    ledger::Record& record = records.emplace_back();
    record.kind = kind;
    record.outcome = static_cast<std::uint16_t>(engine::Outcome::kDone);
    record.sequence = Sequence(records.size());
    return record;
  }

  Sequence shop(ShopFields const& f = {}) {
    ledger::Record& record = add(ledger::Kind::kRegisterShop);
    ledger::TlvWriter body(record.body);
    body.text(field::kCommune, f.commune);
    body.u32(field::kCommuneValidFrom, static_cast<std::uint32_t>(f.commune_valid_from.days()));
    body.text_if(field::kSector, f.sector);
    body.u32(field::kOpenedOn, static_cast<std::uint32_t>(f.opened_on.days()));
    return record.sequence;
  }

  Sequence terminal(Sequence shop, bool training = false) {
    ledger::Record& record = add(ledger::Kind::kRegisterTerminal);
    ledger::TlvWriter body(record.body);
    body.u64(field::kShop, shop.value());
    if (training) body.u8(field::kTraining, 1);
    return record.sequence;
  }

  Sequence sale(SaleFields const& f) {
    using ledger::AccountClass;
    ledger::Record& record = add(ledger::Kind::kBankCredit);
    record.outcome = static_cast<std::uint16_t>(engine::Outcome::kReceived);
    record.amount = Vnd(f.dong);
    record.postings.push_back({.account = account_id(AccountClass::kBankMirror, f.shop),
                               .amount = Vnd(f.dong),
                               .leg = ledger::Leg::kReceipt});
    record.postings.push_back({.account = account_id(AccountClass::kSales, f.shop),
                               .amount = Vnd(-f.dong),
                               .leg = ledger::Leg::kSale});
    WallTime const time = f.time.value_or(base::later(start_of(f.day), 12 * base::kHour));
    ledger::TlvWriter body(record.body);
    body.u64(field::kShop, f.shop.value());
    body.u64(field::kTimeOfSale, static_cast<std::uint64_t>(time.microseconds()));
    if (f.flagged) body.u8(field::kTimeFlagged, 1);
    body.u8(field::kPurpose, f.purpose);
    if (f.exclusions != 0) body.u32(field::kExclusions, f.exclusions);
    body.u8(field::kDirection, static_cast<std::uint8_t>(ledger::Direction::kCredit));
    return record.sequence;
  }

  void repeat(Sequence original) {
    Vnd const amount = records.at(original.value() - 1).amount;
    ledger::Record& record = add(ledger::Kind::kBankCredit);
    record.outcome = static_cast<std::uint16_t>(engine::Outcome::kNoticeRepeated);
    record.amount = amount;
    ledger::TlvWriter body(record.body);
    body.u64(field::kTimeOfSale, 1);
    body.u64(field::kOriginal, original.value());
  }

  void cash(CashFields const& f) {
    ledger::Record& record = add(ledger::Kind::kDeclareCash);
    record.amount = Vnd(f.dong);
    ledger::TlvWriter body(record.body);
    body.u64(field::kShop, f.shop.value());
    body.u64(field::kTerminal, f.terminal.value());
    body.u32(field::kBusinessDay, static_cast<std::uint32_t>(f.day.days()));
    if (f.withdrawn) body.u8(field::kWithdrawn, 1);
    if (f.count) body.u32(field::kCount, *f.count);
    body.u8(field::kEvidence, 0);
    body.u32(field::kDeclaredRev, f.declared_rev);
  }

  /// `days` declarations from `first` on: all of `dong` on the first day, explicit zeros after.
  void cash_month(CashFields first, std::int32_t days) {
    for (std::int32_t n = 0; n < days; ++n) {
      cash(first);
      first.day = Day(first.day.days() + 1);
      first.dong = 0;
      first.count.reset();
    }
  }

  /// A shop of one terminal that sells and declares every one of 30 days.
  Sequence declarer(ShopFields const& f, std::int64_t cashless, std::int64_t cash_dong) {
    Sequence const at = shop(f);
    if (cashless != 0) sale({.shop = at, .dong = cashless});
    cash_month({.shop = at, .terminal = terminal(at), .dong = cash_dong, .count = 1}, 30);
    return at;
  }

  [[nodiscard]] RatioFold fold(RatioQuery query) const {
    if (query.as_of == 0) query.as_of = records.size();
    RatioFold fold(query);
    for (auto const& record : records) fold.add(record);
    return fold;
  }
  /// Of 30 days from 2025-10-01.
  [[nodiscard]] RatioReport report(std::string area = {}) const {
    return fold(query(std::move(area))).finish();
  }
  [[nodiscard]] static RatioQuery query(std::string area = {}) {
    return {.area = std::move(area), .from = Day(kOctober), .to = Day(kOctober + 29)};
  }
};

}  // namespace qrpay::audit
