// Where the words and the symbol of a poster stand: one file per shape of paper would repeat most.
#pragma once

#include <memory>
#include <optional>

#include "base/error.h"
#include "qr/poster/details.h"
#include "qr/poster/drawing.h"
#include "qr/poster/typeface.h"

namespace qrpay::qr::poster {

/// What goes onto the paper.
struct Matter {
  Typeface const& face;
  Details const& details;
  std::shared_ptr<draw::Symbol const> symbol;
  std::shared_ptr<Brand const> brand;  ///< nullptr, or with at least one mark
  double dot = 0;                      ///< mm: modules are whole dots
  double density = 1;                  ///< text is this much smaller than it likes to be
};

/// The poster on that paper, in mm. nullopt when modules would be under the least size, or text
/// would not find room: try another density or symbol.
/// Errors: kInvalidField, a text does not fit its width at its smallest size.
[[nodiscard]] base::Result<std::optional<Drawing>> lay_out_sheet(Matter const& matter, Sheet sheet);

}  // namespace qrpay::qr::poster
