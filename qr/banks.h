// Banks and wallets that a VietQR code can name: identifier, code, names, SWIFT, and who disagrees.
//
// The list is data, never code: data/banks.csv is compiled in, and an operator's own file of the
// same form replaces it whole. Pure. Source: data/README.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time_text.h"

namespace qrpay::qr {

/// Limits of a bank file. The compiled-in list has under a hundred rows of some 200 bytes.
inline constexpr std::size_t kBankFileBytesMax = 1u << 20;
inline constexpr std::size_t kBankRowsMax = 5000;
inline constexpr std::size_t kBankNameBytesMax = 256;    ///< code, names, and each alias
inline constexpr std::size_t kBankListEntriesMax = 32;   ///< aliases, conflicts
inline constexpr std::size_t kBankRemarkBytesMax = 512;  ///< source, and each conflict

/// One identifier. A bank may have several (CIMB, MAFC): each is a Bank of its own.
/// Text is UTF-8; empty means that no source gives it.
struct Bank {
  std::string bin;         ///< six digits, as in 38.01.00; not always a State Bank number (9704..)
  std::string code;        ///< short code of the app lists: "VCB"
  std::string short_name;  ///< "Vietcombank"; never empty
  std::string name;        ///< legal name in Vietnamese; never empty
  std::string swift;       ///< 8 or 11 characters, upper case
  /// Whether the bank's own app pays by scanning. nullopt: not known. Receiving works for more.
  std::optional<bool> transfer_supported;
  std::optional<bool> lookup_supported;  ///< whether vietqr.io looked up its account names
  std::vector<std::string> aliases;      ///< old names and other spellings
  std::string valid_from;                ///< "2025-06-01": first day in force; empty: always was
  std::string valid_to;                  ///< last day in force; empty: still is
  std::string source;                    ///< the lists that agree on the row, joined by '+'
  std::vector<std::string> conflicts;    ///< where lists disagree, in words
  bool unverified = false;               ///< a single source, nothing but a name known

  /// Whether the identifier is in force on `day`, both ends included.
  [[nodiscard]] bool in_force_on(base::Day day) const;
};

/// A list of banks. Immutable once parsed, so any thread may read it.
class BankDirectory {
 public:
  /// Reads a CSV file (RFC 4180, UTF-8, first row names the columns, in any order; `bin`,
  /// `short_name` and `name` must be there, all other members of Bank may be; the flags are 1, 0 or
  /// empty; lists are joined by ';'). Linear in the text but for one sort.
  /// Errors, `detail` begins "line 3, column 5 (swift): " or as much of that as there is, and holds
  ///   nothing of a value: kTooLarge, over a limit above; kMalformed, not CSV, not UTF-8, or a row
  ///   with another number of values; kInvalidField, a value of the wrong form; kUnknownField,
  ///   kMissingField, a column; kDuplicateField, a column or an identifier twice.
  [[nodiscard]] static base::Result<BankDirectory> parse(std::string_view csv);

  /// Every bank, by rising identifier. Lives as long as the directory.
  [[nodiscard]] std::vector<Bank> const& all() const { return banks_; }

  /// The bank of exactly that identifier, or nullptr.
  [[nodiscard]] Bank const* by_bin(std::string_view bin) const;

  /// Every bank that `text` may mean, the likeliest first. Only letters and digits count, without
  /// case and accents ("ibk-hn" is "IBK - HN"). In this order: identifier, code, short name, SWIFT
  /// (its first 8 characters), alias, full name. Within each: without an end before with one,
  /// verified before not, the flag of paying by scan 1 before 0 before unknown, then the lower
  /// identifier. So "SCB" is Sai Gon bank, whose code it is, before Standard Chartered, which some
  /// lists call so. Each bank once. Empty for texts over kBankNameBytesMax.
  [[nodiscard]] std::vector<Bank const*> find_all(std::string_view text) const;

  /// The first of find_all(), or nullptr.
  [[nodiscard]] Bank const* find(std::string_view text) const;

 private:
  /// One name of one bank. Sorted by key, then by the order that find_all() promises.
  struct Entry {
    std::string key;  ///< folded
    std::uint32_t preference = 0;
    std::uint32_t index = 0;  ///< in banks_
  };

  BankDirectory() = default;
  void index_names();
  [[nodiscard]] std::vector<Entry const*> entries_of(std::string_view key) const;

  std::vector<Bank> banks_;
  std::vector<Entry> entries_;
};

/// data/banks.csv as it was when this was built: a form to start an own file from.
[[nodiscard]] std::string_view builtin_banks_csv();

/// The directory of builtin_banks_csv(), parsed at the first call. Any thread.
[[nodiscard]] BankDirectory const& builtin_banks();

}  // namespace qrpay::qr
