// Files as Sources: one pass reads them from the beginning.
#pragma once

#include <string>

#include "import/books.h"
#include "import/formance.h"
#include "import/transfer_book.h"

namespace qrpay::import {

struct TransferFiles {
  std::string accounts;
  std::string transfers;
};
/// Errors of a pass: kIo; kImportRefused, "FILE line 3, flags: words"; those of Take.
[[nodiscard]] Source transfers_csv(TransferFiles const& files, TransferOptions const& options);
[[nodiscard]] Source formance_ndjson(std::string const& file, FormanceOptions const& options);

}  // namespace qrpay::import
