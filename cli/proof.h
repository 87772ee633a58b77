// qrpay proof verify: a receipt or a checkpoint, offline, in whatever form somebody has it.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "ledger/note.h"

namespace qrpay::cli {

/// `key` is a verifier key, or a file whose first line is one. Errors: kUsage.
[[nodiscard]] base::Result<ledger::VerifierKey> read_verifier_key(std::string const& key);

struct ProofOptions {
  /// A tlog-proof text, the bytes or the text of a compact receipt, a picture of its QR code, or a
  /// signed checkpoint.
  std::string file;
  /// Each for read_verifier_key(): a log has other keys over time, and any of these will do. None =
  /// the logs of the policy.
  std::vector<std::string> keys;
  std::string policy;  ///< a tlog-policy file; "" = no witness is needed
  bool json = false;
};
int run_proof_verify(ProofOptions const& options);

}  // namespace qrpay::cli
