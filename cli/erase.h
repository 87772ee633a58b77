// qrpay ledger erase-personal: takes personal data away for ever, through a running server or on a
// stopped ledger.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/config.h"

namespace qrpay::cli {

struct EraseOptions {
  std::string id;  ///< of the erasure: the same again goes on where it was cut short
  // One of these.
  std::string payer;  ///< BIN:ACCOUNT
  std::string order;  ///< MERCHANT/ORDER
  std::vector<std::uint64_t> records;
  std::vector<unsigned> sections;  ///< none = payer: 1 and 2; else all
  std::string url;                 ///< of a running server; "" = the ledger in the data directory
  std::string token_file;          ///< the operator's token
  bool json = false;
};

int run_erase_personal(Config const& config, EraseOptions const& options);

}  // namespace qrpay::cli
