// Transfer notes as banks deliver them: real shapes with a code put inside, and what goes wrong.
#pragma once

#include <string>
#include <vector>

#include "tests/sim/dice.h"

namespace qrpay::sim {

/// A note from tests/vectors/transfer_content.json; `code` is "" where it has none.
struct SampleNote {
  std::string raw;
  std::string code;
};
[[nodiscard]] std::vector<SampleNote> const& sample_notes();

/// `code` among what a bank writes around it, sometimes in another case or with blanks and dots
/// inside: still to be found.
[[nodiscard]] std::string decorate(std::string const& code, Dice& dice);
/// One or two characters lost, changed, added or swapped, or the tail cut.
[[nodiscard]] std::string damage(std::string code, Dice& dice);
/// Words of a payer's own.
[[nodiscard]] std::string small_talk(Dice& dice);

}  // namespace qrpay::sim
