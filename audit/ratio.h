// CR-1, the cashless ratio of a commune: a fold of canonical records and of nothing else.
//
// A report is a function of (records 1..as_of, query, this file): no vault, no index, no engine. So
// an auditor who holds the exported leaves computes the same figures. docs/formats/cr1.md defines
// each figure in words.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/sum.h"
#include "base/containers.h"
#include "base/error.h"
#include "base/time_text.h"
#include "ledger/record.h"

namespace qrpay::audit {

using base::Day;
using base::Sequence;

inline constexpr std::string_view kRatioId = "CR-1";
inline constexpr std::string_view kRatioText =
    "Cashless sales seen by banks / (cashless sales + declared cash), over the shops that declared "
    "cash on at least 90 % of their open days; sale basis, before refunds.";

/// A year is the longest period that is asked for; it bounds the days kept per terminal.
inline constexpr std::int32_t kPeriodDaysMax = 366;

struct RatioQuery {
  /// Where the shops are: five digits = a commune, "22" = Quang Ninh, "" = the whole ledger.
  std::string area;
  Day from;                 ///< first day of the period, at +07:00
  Day to;                   ///< its last day: both are within
  std::uint64_t as_of = 0;  ///< ledger size: exactly the records 1..as_of are counted
};

/// Errors: kInvalidField with the JSON pointer: an unknown form of area, to before from, a period
/// longer than kPeriodDaysMax.
[[nodiscard]] base::Result<void> check_query(RatioQuery const& query);

/// Why a figure is null. The first that holds, in this order.
enum class NullReason : std::uint8_t {
  kIncomplete = 1,     ///< the fold was not given all of 1..as_of
  kUnreadRecords = 2,  ///< the ledger holds records that bear on CR-1 in a way not known here
  kZeroDenominator = 3,
  kBelowGradeC = 4,  ///< coverage by value under 50 %, or without sales undefined
  kNoEstimate = 5,   ///< of the lower bound: audit/lower_bound.h
};
[[nodiscard]] std::string_view null_reason_name(NullReason reason);

/// Of coverage by value, exact: 90 % and more is A, 70 % B, 50 % C, less has none.
enum class Grade : std::uint8_t { kNone = 0, kA = 1, kB = 2, kC = 3 };
/// "A", "B", "C", "none".
[[nodiscard]] std::string_view grade_name(Grade grade);

/// A ratio in basis points, or the reason why there is none; never both.
struct Figure {
  std::optional<std::int64_t> bp;
  std::optional<NullReason> reason;
  Sum numerator = 0;  ///< both are told even when the ratio is not
  Sum denominator = 0;
  friend bool operator==(Figure const&, Figure const&) = default;
};

/// X1-X10 of CR-1 at their own index; 0 is not used.
inline constexpr std::size_t kExclusionX3SameOwner = 3;
inline constexpr std::size_t kExclusionX4NotASale = 4;
inline constexpr std::size_t kExclusionX8Duplicate = 8;
inline constexpr std::size_t kExclusionX9Training = 9;
inline constexpr std::size_t kExclusionX10Outside = 10;
using Exclusions = std::array<CountSum, 11>;

struct RatioReport {
  RatioQuery query;
  std::string_view area_name;  ///< "" when not known here
  Grade grade = Grade::kNone;
  Figure value_ratio;       ///< R_V, the headline
  Figure number_ratio;      ///< R_N, over declarers that told the number of cash sales too
  Figure coverage_sellers;  ///< k_M
  Figure coverage_value;    ///< k_V
  Figure upper_bound;
  Figure lower_bound;

  std::uint64_t sellers_open = 0;              ///< size of U
  std::uint64_t sellers_declaring = 0;         ///< size of D
  std::uint64_t sellers_declaring_counts = 0;  ///< those in number_ratio
  std::uint64_t sellers_placed_by_code = 0;    ///< of U: not under the code's version in force
  std::uint64_t sellers_bounded_by_sector = 0;
  std::uint64_t sellers_bounded_by_area = 0;

  CountSum sales;                        ///< n_C and C over U
  CountSum cash_declared;                ///< K over D; count = declarations in it
  std::uint64_t sales_time_flagged = 0;  ///< of `sales`: the bank's time was implausible
  Exclusions exclusions{};
  CountSum sales_not_open;                  ///< of shops that open after the period: in no figure
  std::uint64_t declarations_training = 0;  ///< by training terminals: in no figure

  std::uint64_t unread_records = 0;
  Sequence first_unread;  ///< 0 = none
};

/// One pass over the records, then the report. One thread. Memory: about 250 bytes a shop, 60 a
/// declaration of the period, 16 a sale of the period. Cost: about 0.2 us a record.
class RatioFold {
 public:
  /// Requires: check_query() had no objection.
  explicit RatioFold(RatioQuery query);

  /// In order of their sequences. A record at or below the last one is a repeat and adds nothing; a
  /// record beyond as_of is left out; a gap makes the report kIncomplete.
  void add(ledger::Record const& record);

  /// The report of the query's area.
  [[nodiscard]] RatioReport finish() const;
  /// One for each commune of the area that has a shop, by code. Their sums add up to finish()'s.
  [[nodiscard]] std::vector<RatioReport> finish_communes() const;

 private:
  struct Shop {
    std::string commune;
    std::string sector;
    Day commune_valid_from;
    Day opened_on;
    CountSum sales;
    std::uint64_t time_flagged = 0;
    std::uint64_t declarations_training = 0;
  };
  using ShopIndex = std::uint32_t;
  struct DeclarationKey {
    ShopIndex shop;
    Day day;
    std::uint64_t terminal;
    friend auto operator<=>(DeclarationKey const&, DeclarationKey const&) = default;
  };
  struct DeclarationKeyHash {
    using is_avalanching = void;
    std::size_t operator()(DeclarationKey const& key) const;
  };
  struct Declaration {
    base::Vnd amount;
    std::uint32_t declared_rev = 0;
    std::optional<std::uint32_t> count;
    bool withdrawn = false;
  };
  /// What a shop's declarations of the period come to.
  struct Cash {
    CountSum declared;
    std::uint64_t sales = 0;     ///< n_K
    bool counts_told = true;     ///< by every declaration but those of nothing
    std::int32_t open_days = 0;  ///< declared ones
  };
  struct SaleAt {
    Sequence record;
    ShopIndex shop;
  };

  void add_shop(ledger::Record const& record);
  void add_terminal(ledger::Record const& record);
  void add_credit(ledger::Record const& record);
  void add_repeat(ledger::Record const& record);
  void add_declaration(ledger::Record const& record);
  void mark_unread(ledger::Record const& record);
  [[nodiscard]] bool in_period(Day day) const { return day >= query_.from && day <= query_.to; }
  [[nodiscard]] bool in_area(Shop const& shop) const;
  [[nodiscard]] std::optional<ShopIndex> find_shop(std::uint64_t sequence) const;
  [[nodiscard]] std::vector<Cash> settle_cash() const;
  [[nodiscard]] bool is_declarer(Shop const& shop, Cash const& cash) const;
  struct Members {
    std::string area;
    std::vector<ShopIndex> shops;
  };
  [[nodiscard]] RatioReport report(Members const& members, std::vector<Cash> const& cash) const;
  void settle_figures(RatioReport& report) const;

  RatioQuery query_;
  Sequence last_;
  bool gap_ = false;
  std::vector<Shop> shops_;
  base::FlatMap<std::uint64_t, ShopIndex, base::IntegerHash> shop_by_sequence_;
  base::FlatMap<ShopIndex, Exclusions, base::IntegerHash> excluded_;  ///< most shops have none
  base::FlatSet<std::uint64_t, base::IntegerHash> training_terminals_;
  base::FlatMap<DeclarationKey, Declaration, DeclarationKeyHash> declarations_;
  std::vector<SaleAt> sales_;  ///< of the period, ascending: what a repeated notice may name
  CountSum sales_everywhere_;
  std::uint64_t unread_ = 0;
  Sequence first_unread_;
};

}  // namespace qrpay::audit
