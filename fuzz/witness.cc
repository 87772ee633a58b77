// Requests to a witness, its policies, and answers of witnesses, all from strangers.
// Properties: what the parser accepts, the formatter writes back byte for byte; a witness never
// goes back and cosigns nothing that the log did not sign; a policy of nobody is met by nobody.
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "ledger/merkle.h"
#include "ledger/witness.h"
#include "ledger/witness_policy.h"

namespace qrpay::ledger {
namespace {

std::vector<VerifierKey> const& log_keys() {
  static std::vector<VerifierKey> const keys = {
      parse_vkey("example.com/log/testdata+33d7b496+"
                 "AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx")
          .value()};
  return keys;
}

void try_request(std::string_view text) {
  auto const request = parse_add_checkpoint(text);
  if (!request) return;
  QRPAY_CHECK(format_add_checkpoint(*request) == text);
  for (std::uint64_t const size : {std::uint64_t{0}, request->old_size}) {
    WitnessHead const head{size, empty_root()};
    auto const verdict = judge_add_checkpoint(*request, log_keys(), head);
    if (verdict.status != WitnessStatus::kCosigned) continue;
    QRPAY_CHECK(verdict.next.size >= head.size);
    QRPAY_CHECK(open_note(request->checkpoint, log_keys()).has_value());
  }
}

void try_policy(std::string_view text) {
  auto const policy = WitnessPolicy::parse(text);
  if (!policy) return;
  std::vector<Cosignature> all;
  for (VerifierKey const& key : policy->witnesses()) all.push_back({key, 1});
  // All together always suffice: no threshold is above its group.
  QRPAY_CHECK(policy->is_met(all));
}

void try_answer(std::string_view text) {
  static VerifierKey const witness =
      CosignatureSigner::make("witness.test/1", base::Secret(base::Bytes32{2}))->verifier_key();
  constexpr std::string_view kNote =
      "a\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n\u2014 a AAAAAAA=\n";
  // Nobody but the witness can make a line of it.
  QRPAY_CHECK(!read_cosignature(text, kNote, witness));
}

}  // namespace
}  // namespace qrpay::ledger

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const text = qrpay::base::as_text({data, size});
  qrpay::ledger::try_request(text);
  qrpay::ledger::try_policy(text);
  qrpay::ledger::try_answer(text);
  return 0;
}
