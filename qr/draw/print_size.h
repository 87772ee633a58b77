// From millimetres to a printer's dots and back, for everything that prints a symbol. Pure.
//
// Lengths are whole micrometres: 500 is the half millimetre that a counter sign is printed at.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"
#include "qr/draw/symbol.h"

namespace qrpay::qr::draw {

/// A tenth of a millimetre is under what a phone resolves at the shortest distance it focuses at;
/// fifty are a banner across a street.
inline constexpr std::uint32_t kModuleUmMin = 100;
inline constexpr std::uint32_t kModuleUmMax = 50'000;
inline constexpr std::uint32_t kModuleUmDefault = 500;

/// Receipt printers have 180 or 203, label printers up to 600, presses up to 2,400.
inline constexpr std::uint32_t kDotsPerInchMin = 72;
inline constexpr std::uint32_t kDotsPerInchMax = 2'400;

/// The module that is wanted, and the printer it is wanted of.
struct PrintTarget {
  std::uint32_t module_um = kModuleUmDefault;
  std::uint32_t dots_per_inch = 203;
};

/// The nearest that the printer can do: all modules have the same whole number of dots, since a
/// reader takes modules of unequal width for blur.
struct PrintSize {
  std::uint32_t dots_per_module = 0;
  std::uint32_t side_dots = 0;  ///< of the square with its quiet zone
  std::uint32_t module_um = 0;  ///< what those dots measure, to the nearest micrometre
  std::uint32_t side_um = 0;  ///< likewise; not module_um times modules, which would add up errors
};

/// Errors: kInvalidField, module_um or dots_per_inch is out of the ranges above, or a module would
///   be less than one dot.
[[nodiscard]] base::Result<PrintSize> print_size(Symbol const& symbol, PrintTarget const& target);

/// The side with its quiet zone where there are no dots: PDF and SVG. Requires: module_um at most
/// kModuleUmMax.
[[nodiscard]] std::uint32_t side_um(Symbol const& symbol, std::uint32_t module_um);

/// Millimetres without trailing zeros: 24500 is "24.5", 500 is "0.5", 3000 is "3".
[[nodiscard]] std::string format_mm(std::uint32_t micrometres);

}  // namespace qrpay::qr::draw
