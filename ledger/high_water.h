// The high-water files: the last checkpoint signed under each origin of a ledger.
//
//   <keys>/high-water      of the first incarnation
//   <keys>/high-water.N    of incarnation N, from 2
//
// A new incarnation has a file of its own, so what was promised under the old origin stays on
// record beside the keys (AUDIT 3.4).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "ledger/checkpoint.h"

namespace qrpay::ledger {

struct HighWater {
  std::uint64_t incarnation = 1;
  std::string path;
  std::string note;
  Checkpoint checkpoint;  ///< as it reads: nothing is verified
};

[[nodiscard]] std::string high_water_path(std::string const& keys, std::uint64_t incarnation);

/// All of a directory, by incarnation, ascending; none when the directory is absent.
/// Errors: kIo; kNoteMalformed (one is no checkpoint; `detail` names it).
[[nodiscard]] base::Result<std::vector<HighWater>> read_high_waters(std::string const& keys);

}  // namespace qrpay::ledger
