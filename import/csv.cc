#include "import/csv.h"

#include <algorithm>
#include <string>

namespace qrpay::import {

using base::Result;

Result<Row> split_row(Line const& line) {
  Row row;
  row.line = line.number;
  std::string_view rest = line.text;
  for (bool more = true; more;) {
    if (row.count == kColumnsMax) return refuse(line.number, "", "more than 32 fields");
    std::size_t end = rest.find(',');
    std::string_view field = rest.substr(0, end);
    if (field.starts_with('"')) {
      std::size_t const close = rest.find('"', 1);
      end = close == std::string_view::npos ? close : close + 1;
      if (end == std::string_view::npos || (end < rest.size() && rest[end] != ','))
        return refuse(line.number, "field " + std::to_string(row.count + 1), "quotes do not close");
      field = rest.substr(1, close - 1);
      if (end == rest.size()) end = std::string_view::npos;
    }
    row.fields[row.count++] = field;
    more = end != std::string_view::npos;
    if (more) rest.remove_prefix(end + 1);
  }
  return row;
}

Result<Columns> Columns::read(Row header, std::span<std::string_view const> known,
                              std::size_t optional_from) {
  static constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (header.fields[0].starts_with(kByteOrderMark)) header.fields[0].remove_prefix(3);
  Columns columns;
  columns.places_.fill(kAbsent);
  columns.count_ = header.count;
  for (std::size_t i = 0; i < header.count; ++i) {
    auto const found = std::find(known.begin(), known.end(), header.fields[i]);
    if (found == known.end())
      return refuse(header.line, "field " + std::to_string(i + 1), "an unknown column");
    auto& place = columns.places_[static_cast<std::size_t>(found - known.begin())];
    if (place != kAbsent) return refuse(header.line, *found, "named twice");
    place = i;
  }
  for (std::size_t i = 0; i < optional_from; ++i)
    if (!columns.has(i)) return refuse(header.line, known[i], "this column is missing");
  return columns;
}

Result<void> Columns::check_count(Row const& row) const {
  if (row.count == count_) return {};
  return refuse(
      row.line, "",
      std::to_string(row.count) + " fields, and the header has " + std::to_string(count_));
}

}  // namespace qrpay::import
