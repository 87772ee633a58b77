// Reading a journal beside the server that writes it. RocksDB then can show holes and missing files
// that are none (ledger/verify.h): a fault counts when two fresh opens show the same one.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "base/error.h"
#include "ledger/rocks_store.h"
#include "ledger/verify.h"

namespace qrpay::ledger {

/// Calls `once`, which opens the journal in `directory` afresh and gives a Result, until it
/// succeeds, or fails in a way that a running server does not explain, at most kVerifyOpensMax
/// times. kIo is about what `once` writes and is passed on at once.
template <class Once>
[[nodiscard]] auto read_beside_server(std::string const& directory, Once const& once) {
  std::vector<base::Error> faults;
  for (int opens = 1;; ++opens) {
    bool const server_before = RocksStore::is_locked(directory);
    auto result = once();
    if (result || result.error().errc == base::Errc::kIo) return result;
    bool const beside_server = server_before || RocksStore::is_locked(directory);
    bool const twice = std::find(faults.begin(), faults.end(), result.error()) != faults.end();
    if (!beside_server || twice || opens == kVerifyOpensMax) return result;
    faults.push_back(result.error());
  }
}

}  // namespace qrpay::ledger
