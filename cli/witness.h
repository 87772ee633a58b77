// qrpay witness init, qrpay witness serve: the program of a bank or a province that cosigns the
// checkpoints of a ledger which only grows.
#pragma once

#include <string>
#include <vector>

#include "gateway/http/server.h"

namespace qrpay::cli {

struct WitnessInitOptions {
  std::string dir;
  std::string name;
  bool json = false;
};
int run_witness_init(WitnessInitOptions const& options);

struct WitnessServeOptions {
  std::string dir;
  std::vector<std::string> logs;  ///< each for read_verifier_key()
  std::string address = "127.0.0.1";
  std::uint16_t port = 8090;
  std::string tls_certificate;
  std::string tls_key;
};
/// Prints its URL when it listens; ends on SIGINT or SIGTERM.
int run_witness_serve(WitnessServeOptions const& options);

}  // namespace qrpay::cli
