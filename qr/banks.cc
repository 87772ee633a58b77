#include "qr/banks.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "base/check.h"
#include "base/text.h"

namespace qrpay::qr {

namespace {

using base::Errc;
using base::fail;
using base::Result;

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";  // spreadsheets write it
constexpr std::size_t kCsvValuesMax = 64;                    // of one row; a bank has 13 columns

// --- CSV -------------------------------------------------------------------------------------

/// "line 3, column 5": where a value begins.
std::string place(std::size_t line, std::size_t column) {
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

/// RFC 4180 row by row; lines end with LF or CRLF, and the last may have no end.
class CsvReader {
 public:
  explicit CsvReader(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  /// Line on which the row of the last next() began, from 1.
  [[nodiscard]] std::size_t line() const { return row_line_; }

  /// Requires: not at_end().
  [[nodiscard]] Result<std::vector<std::string>> next() {
    row_line_ = line_;
    std::vector<std::string> values;
    do {
      if (values.size() == kCsvValuesMax)
        return fail(Errc::kTooLarge, "line " + std::to_string(row_line_) + ": over " +
                                         std::to_string(kCsvValuesMax) + " values");
      QRPAY_TRY(std::string value, next_value(values.size() + 1));
      values.push_back(std::move(value));
    } while (skip(","));
    if (!rest_.empty() && !skip("\r\n") && !skip("\n"))
      return fail(Errc::kMalformed, place(line_, values.size()) +
                                        ": text after a closing quote, or a lone carriage return");
    ++line_;
    return values;
  }

 private:
  bool skip(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }

  std::string take(std::size_t size) {
    std::string taken(rest_.substr(0, size));
    rest_.remove_prefix(taken.size());
    return taken;
  }

  [[nodiscard]] Result<std::string> next_value(std::size_t column) {
    if (!skip("\"")) {
      std::string plain = take(std::min(rest_.find_first_of(",\r\n"), rest_.size()));
      if (plain.find('"') != std::string::npos)
        return fail(Errc::kMalformed,
                    place(line_, column) + ": a quote inside a value without quotes");
      return plain;
    }
    std::size_t const start_line = line_;
    std::string value;
    for (;;) {
      std::size_t const quote = rest_.find('"');
      if (quote == std::string_view::npos)
        return fail(Errc::kMalformed, place(start_line, column) + ": a quote is never closed");
      std::string const part = take(quote);
      line_ += static_cast<std::size_t>(std::count(part.begin(), part.end(), '\n'));
      value += part;
      skip("\"");
      if (!skip("\"")) return value;
      value += '"';
    }
  }

  std::string_view rest_;
  std::size_t line_ = 1;
  std::size_t row_line_ = 1;
};

// --- columns ---------------------------------------------------------------------------------

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

bool is_bin(std::string_view text) {
  return text.size() == 6 && std::all_of(text.begin(), text.end(), is_digit);
}

/// ISO 9362: bank and country in letters, place and branch in letters and digits.
bool is_swift(std::string_view text) {
  return (text.size() == 8 || text.size() == 11) &&
         std::all_of(text.begin(), text.begin() + 6, is_upper) &&
         std::all_of(text.begin() + 6, text.end(),
                     [](char c) { return is_upper(c) || is_digit(c); });
}

/// Letters and digits of `text`, upper case without accents: what names are compared by.
std::string fold_name(std::string_view text) {
  std::string folded = base::fold_upper(text);
  std::erase_if(folded, [](char c) { return !is_upper(c) && !is_digit(c); });
  return folded;
}

Result<void> read_text(std::string_view text, std::size_t bytes_max, std::string& out) {
  if (text.size() > bytes_max)
    return fail(Errc::kTooLarge, "over " + std::to_string(bytes_max) + " bytes");
  out = text;
  return {};
}

Result<void> read_name(std::string_view text, std::string& out) {
  if (text.empty()) return fail(Errc::kInvalidField, "empty");
  return read_text(text, kBankNameBytesMax, out);
}

Result<void> read_flag(std::string_view text, std::optional<bool>& out) {
  if (text.empty()) return {};
  if (text != "0" && text != "1") return fail(Errc::kInvalidField, "neither 1, 0 nor empty");
  out = text == "1";
  return {};
}

Result<void> read_list(std::string_view text, std::size_t bytes_max,
                       std::vector<std::string>& out) {
  while (!text.empty()) {
    std::size_t const end = std::min(text.find(';'), text.size());
    if (end == 0 || end + 1 == text.size())
      return fail(Errc::kInvalidField, "an empty entry in the list");
    if (out.size() == kBankListEntriesMax)
      return fail(Errc::kTooLarge, "over " + std::to_string(kBankListEntriesMax) + " entries");
    QRPAY_TRY_VOID(read_text(text.substr(0, end), bytes_max, out.emplace_back()));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return {};
}

Result<void> read_day(std::string_view text, std::string& out) {
  if (!text.empty() && !base::parse_day(text))
    return fail(Errc::kInvalidField, "not a day like 2025-06-01");
  out = text;
  return {};
}

struct Column {
  std::string_view name;
  bool required;
  Result<void> (*read)(std::string_view text, Bank& bank);
};

constexpr std::array<Column, 13> kColumns = {{
    {"bin", true,
     [](std::string_view text, Bank& bank) -> Result<void> {
       if (!is_bin(text)) return fail(Errc::kInvalidField, "not six digits");
       bank.bin = text;
       return {};
     }},
    {"short_name", true,
     [](std::string_view text, Bank& bank) { return read_name(text, bank.short_name); }},
    {"name", true, [](std::string_view text, Bank& bank) { return read_name(text, bank.name); }},
    {"code", false,
     [](std::string_view text, Bank& bank) {
       return read_text(text, kBankNameBytesMax, bank.code);
     }},
    {"swift", false,
     [](std::string_view text, Bank& bank) -> Result<void> {
       if (!text.empty() && !is_swift(text))
         return fail(Errc::kInvalidField, "not 8 or 11 characters of a SWIFT code");
       bank.swift = text;
       return {};
     }},
    {"transfer_supported", false,
     [](std::string_view text, Bank& bank) { return read_flag(text, bank.transfer_supported); }},
    {"lookup_supported", false,
     [](std::string_view text, Bank& bank) { return read_flag(text, bank.lookup_supported); }},
    {"aliases", false,
     [](std::string_view text, Bank& bank) {
       return read_list(text, kBankNameBytesMax, bank.aliases);
     }},
    {"valid_from", false,
     [](std::string_view text, Bank& bank) { return read_day(text, bank.valid_from); }},
    {"valid_to", false,
     [](std::string_view text, Bank& bank) -> Result<void> {
       return read_day(text, bank.valid_to);
     }},
    {"unverified", false,
     [](std::string_view text, Bank& bank) -> Result<void> {
       std::optional<bool> flag;
       QRPAY_TRY_VOID(read_flag(text, flag));
       bank.unverified = flag.value_or(false);
       return {};
     }},
    {"source", false,
     [](std::string_view text, Bank& bank) {
       return read_text(text, kBankRemarkBytesMax, bank.source);
     }},
    {"conflicts", false,
     [](std::string_view text, Bank& bank) {
       return read_list(text, kBankRemarkBytesMax, bank.conflicts);
     }},
}};

/// The columns of a file in its own order.
using Header = std::vector<Column const*>;

Result<Header> read_header(std::vector<std::string> const& names) {
  Header header;
  for (std::string const& name : names) {
    std::string const where = place(1, header.size() + 1);
    auto const* const column = std::find_if(kColumns.begin(), kColumns.end(),
                                            [&](Column const& c) { return c.name == name; });
    if (column == kColumns.end()) return fail(Errc::kUnknownField, where + ": no such column");
    if (std::find(header.begin(), header.end(), column) != header.end())
      return fail(Errc::kDuplicateField, where + " (" + name + "): twice");
    header.push_back(column);
  }
  for (Column const& column : kColumns) {
    if (column.required && std::find(header.begin(), header.end(), &column) == header.end())
      return fail(Errc::kMissingField, "line 1: no column " + std::string(column.name));
  }
  return header;
}

bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

Result<Bank> read_bank(Header const& header, std::vector<std::string> const& values,
                       std::size_t line) {
  if (values.size() != header.size())
    return fail(Errc::kMalformed, "line " + std::to_string(line) + ": " +
                                      std::to_string(values.size()) + " values in " +
                                      std::to_string(header.size()) + " columns");
  Bank bank;
  for (std::size_t i = 0; i < values.size(); ++i) {
    Result<void> const read = has_control_character(values[i])
                                  ? fail(Errc::kInvalidField, "a control character")
                                  : header[i]->read(values[i], bank);
    if (!read)
      return fail(read.error().errc, place(line, i + 1) + " (" + std::string(header[i]->name) +
                                         "): " + read.error().detail);
  }
  // Days of this form compare as text.
  if (!bank.valid_from.empty() && !bank.valid_to.empty() && bank.valid_to < bank.valid_from)
    return fail(Errc::kInvalidField,
                "line " + std::to_string(line) + ": valid_to is before valid_from");
  return bank;
}

// --- the order of answers --------------------------------------------------------------------

/// What a name is to its bank, most telling first.
enum class NameKind : std::uint32_t { kBin = 0, kCode, kShortName, kSwift, kAlias, kName };

constexpr std::uint32_t kKindStep = 16;  // over the largest sum below

std::uint32_t preference_of(NameKind kind, Bank const& bank) {
  std::uint32_t preference = static_cast<std::uint32_t>(kind) * kKindStep;
  if (!bank.valid_to.empty()) preference += 8;
  if (bank.unverified) preference += 4;
  if (!bank.transfer_supported) return preference + 2;
  return preference + (*bank.transfer_supported ? 0 : 1);
}

}  // namespace

bool Bank::in_force_on(base::Day day) const {
  std::string const text = base::format_day(day);
  return (valid_from.empty() || valid_from <= text) && (valid_to.empty() || text <= valid_to);
}

Result<BankDirectory> BankDirectory::parse(std::string_view csv) {
  if (csv.size() > kBankFileBytesMax)
    return fail(Errc::kTooLarge, "over " + std::to_string(kBankFileBytesMax) + " bytes");
  if (!base::is_utf8(csv)) return fail(Errc::kMalformed, "not UTF-8");
  if (csv.starts_with(kByteOrderMark)) csv.remove_prefix(kByteOrderMark.size());
  CsvReader reader(csv);
  if (reader.at_end()) return fail(Errc::kMalformed, "line 1: no columns");
  QRPAY_TRY(auto const names, reader.next());
  QRPAY_TRY(Header const header, read_header(names));
  BankDirectory directory;
  std::vector<std::pair<std::string, std::size_t>> lines;  // identifier, line
  while (!reader.at_end()) {
    QRPAY_TRY(auto const values, reader.next());
    if (directory.banks_.size() == kBankRowsMax)
      return fail(Errc::kTooLarge, "line " + std::to_string(reader.line()) + ": over " +
                                       std::to_string(kBankRowsMax) + " rows");
    QRPAY_TRY(Bank bank, read_bank(header, values, reader.line()));
    lines.emplace_back(bank.bin, reader.line());
    directory.banks_.push_back(std::move(bank));
  }
  std::sort(lines.begin(), lines.end());
  auto const twice = std::adjacent_find(
      lines.begin(), lines.end(), [](auto const& a, auto const& b) { return a.first == b.first; });
  if (twice != lines.end())
    return fail(Errc::kDuplicateField, "line " + std::to_string(twice[1].second) +
                                           ": the identifier of line " +
                                           std::to_string(twice[0].second));
  directory.index_names();
  return directory;
}

void BankDirectory::index_names() {
  std::sort(banks_.begin(), banks_.end(),
            [](Bank const& a, Bank const& b) { return a.bin < b.bin; });
  for (std::uint32_t index = 0; index < banks_.size(); ++index) {
    Bank const& bank = banks_[index];
    auto const add = [&](NameKind kind, std::string_view name) {
      std::string key = fold_name(name);
      if (!key.empty()) entries_.push_back({std::move(key), preference_of(kind, bank), index});
    };
    add(NameKind::kBin, bank.bin);
    add(NameKind::kCode, bank.code);
    add(NameKind::kShortName, bank.short_name);
    add(NameKind::kSwift, std::string_view(bank.swift).substr(0, 8));
    for (std::string const& alias : bank.aliases) add(NameKind::kAlias, alias);
    add(NameKind::kName, bank.name);
  }
  std::sort(entries_.begin(), entries_.end(), [](Entry const& a, Entry const& b) {
    return std::tie(a.key, a.preference, a.index) < std::tie(b.key, b.preference, b.index);
  });
}

std::vector<BankDirectory::Entry const*> BankDirectory::entries_of(std::string_view key) const {
  std::vector<Entry const*> found;
  auto at = std::lower_bound(entries_.begin(), entries_.end(), key,
                             [](Entry const& entry, std::string_view k) { return entry.key < k; });
  for (; at != entries_.end() && at->key == key; ++at) found.push_back(&*at);
  return found;
}

Bank const* BankDirectory::by_bin(std::string_view bin) const {
  auto const at =
      std::lower_bound(banks_.begin(), banks_.end(), bin,
                       [](Bank const& bank, std::string_view b) { return bank.bin < b; });
  return at != banks_.end() && at->bin == bin ? &*at : nullptr;
}

std::vector<Bank const*> BankDirectory::find_all(std::string_view text) const {
  if (text.size() > kBankNameBytesMax) return {};
  std::string const key = fold_name(text);
  std::vector<Entry const*> entries = entries_of(key);
  if (is_swift(key) && key.size() == 11) {
    // The branch does not matter; what else begins with the same 8 letters does not count.
    constexpr auto kSwift = static_cast<std::uint32_t>(NameKind::kSwift);
    for (Entry const* entry : entries_of(std::string_view(key).substr(0, 8)))
      if (entry->preference / kKindStep == kSwift) entries.push_back(entry);
    std::sort(entries.begin(), entries.end(), [](Entry const* a, Entry const* b) {
      return std::tie(a->preference, a->index) < std::tie(b->preference, b->index);
    });
  }
  std::vector<Bank const*> banks;
  for (Entry const* entry : entries) {
    Bank const* const bank = &banks_[entry->index];
    if (std::find(banks.begin(), banks.end(), bank) == banks.end()) banks.push_back(bank);
  }
  return banks;
}

Bank const* BankDirectory::find(std::string_view text) const {
  std::vector<Bank const*> const banks = find_all(text);
  return banks.empty() ? nullptr : banks.front();
}

BankDirectory const& builtin_banks() {
  static BankDirectory const directory = [] {
    Result<BankDirectory> parsed = BankDirectory::parse(builtin_banks_csv());
    QRPAY_CHECK(parsed.has_value());
    return std::move(parsed).value();
  }();
  return directory;
}

}  // namespace qrpay::qr
