// Rows of comma-separated values with a header that names the columns: numbers and words only.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "import/lines.h"

namespace qrpay::import {

inline constexpr std::size_t kColumnsMax = 32;

/// A row's fields, as views into its line. A field may stand in double quotes, which hold no
/// other double quote: no value here needs one.
struct Row {
  std::uint64_t line = 0;
  std::size_t count = 0;
  std::array<std::string_view, kColumnsMax> fields{};
};
/// Errors: kImportRefused: more than kColumnsMax fields, quotes that do not close.
[[nodiscard]] base::Result<Row> split_row(Line const& line);

/// Where each known column stands.
class Columns {
 public:
  static constexpr std::size_t kAbsent = kColumnsMax;

  /// `known` are the names, in the order that at() counts; those from `optional_from` on may be
  /// absent. A byte order mark before the first name is let through.
  /// Errors: kImportRefused, a column that is unknown, named twice or missing.
  [[nodiscard]] static base::Result<Columns> read(Row header,
                                                  std::span<std::string_view const> known,
                                                  std::size_t optional_from);
  [[nodiscard]] bool has(std::size_t column) const { return places_[column] != kAbsent; }
  /// Requires: check_count() had no objection. "" for an absent column.
  [[nodiscard]] std::string_view at(Row const& row, std::size_t column) const {
    return has(column) ? row.fields[places_[column]] : std::string_view();
  }
  /// Errors: kImportRefused, the row has more or fewer fields than the header.
  [[nodiscard]] base::Result<void> check_count(Row const& row) const;

 private:
  std::array<std::size_t, kColumnsMax> places_{};
  std::size_t count_ = 0;
};

}  // namespace qrpay::import
