// One line of Formance's log export (newline-delimited JSON, ledger v2) -> what it did to money,
// and all of them together -> the steps that do the same here.
//
// Facts: each line is {"id", "type", "data", "date", "idempotencyKey", "hash"}; NEW_TRANSACTION and
// REVERTED_TRANSACTION carry `data.transaction` with postings {source, destination, amount, asset},
// SET_METADATA and DELETE_METADATA move nothing. docs/formats/import.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/containers.h"
#include "import/books.h"

namespace qrpay::import {

struct FormancePosting {
  std::string source;
  std::string destination;
  base::Vnd amount;  ///< 0 or more
  friend bool operator==(FormancePosting const&, FormancePosting const&) = default;
};

struct FormanceTransaction {
  std::int64_t id = 0;
  base::WallTime time;
  std::vector<FormancePosting> postings;
  friend bool operator==(FormanceTransaction const&, FormanceTransaction const&) = default;
};

struct FormanceLog {
  std::uint64_t line = 0;
  std::int64_t id = 0;
  std::optional<FormanceTransaction> transaction;  ///< nullopt: metadata only
  friend bool operator==(FormanceLog const&, FormanceLog const&) = default;
};

/// Pure. Errors: kImportRefused with line and pointer: not JSON, a type nobody knows, an asset
/// that is not VND or VND/0, a colour, an amount that is none of ours.
[[nodiscard]] base::Result<FormanceLog> read_formance(Line const& line);

struct FormanceOptions {
  std::string prefix;  ///< before every id that is made here
};

class FormanceBook {
 public:
  FormanceBook(Pass& pass, FormanceOptions const& options) : pass_(pass), options_(options) {}
  /// Errors: kImportRefused with line and pointer, and those of Take.
  [[nodiscard]] base::Result<void> add(FormanceLog const& log);

 private:
  [[nodiscard]] base::Result<ledger::AccountId> account(std::uint64_t line,
                                                        std::string const& name);
  [[nodiscard]] base::Result<engine::Transfer> transfer_of(std::uint64_t line,
                                                           FormanceTransaction const& transaction);

  Pass& pass_;
  FormanceOptions const options_;
  base::FlatMap<std::string, ledger::AccountId, std::hash<std::string>> accounts_;
  std::optional<std::int64_t> last_id_;
};

}  // namespace qrpay::import
