// Text -> the dark and light modules of a QR symbol.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace qrpay::qr::draw {

/// Error correction: the share of the symbol that may be lost.
enum class Level : std::uint8_t {
  kL = 1,  ///<  7 %
  kM = 2,  ///< 15 %
  kQ = 3,  ///< 25 %
  kH = 4,  ///< 30 %
};

/// Where a symbol will be seen, which says how much of it may be lost.
enum class Use : std::uint8_t {
  kScreen = 1,      ///< clean, but small: M
  kPrint = 2,       ///< folds and stains: Q
  kSticker = 3,     ///< sun, scratches and the next sticker over its edge: H
  kCentreMark = 4,  ///< a mark over the middle, whatever it is shown on: H
};

/// The least error correction for that use (specification pages VIETQR 7 and ECOSYSTEM 4.1: a mark
/// of 20 % of the width reads at M, one of 30 % at H only).
[[nodiscard]] Level level_for(Use use);

/// Light modules that must surround a symbol on each side (ISO 18004). Added by the renderers.
inline constexpr std::size_t kQuietZoneModules = 4;

/// A square of modules, without its quiet zone.
class Symbol {
 public:
  /// Requires: width * width modules, row by row, 1 for dark.
  Symbol(std::size_t width, std::vector<std::uint8_t> modules, Level level);
  /// Modules on a side: 21 (version 1) to 177 (version 40).
  [[nodiscard]] std::size_t width() const { return width_; }
  [[nodiscard]] unsigned version() const { return static_cast<unsigned>((width_ - 17) / 4); }
  /// What the symbol was drawn with: what was asked for, or better (SymbolOptions::boost).
  [[nodiscard]] Level level() const { return level_; }
  /// Column `x` and row `y` from the top left; false (light) anywhere outside.
  [[nodiscard]] bool dark(std::size_t x, std::size_t y) const {
    return x < width_ && y < width_ && modules_[y * width_ + x] != 0;
  }

 private:
  std::size_t width_;
  std::vector<std::uint8_t> modules_;
  Level level_;
};

struct SymbolOptions {
  /// At least this much error correction.
  Level level = Level::kM;
  /// Mixed numeric, alphanumeric and byte segments where that is smaller. EMVCo MPM 1.1, 4.12.1
  /// asks for byte mode only; most readers take both.
  bool compact = false;
  /// Use the highest level that fits the version which `level` needs anyway: more may be lost, and
  /// the symbol is no larger. Off for those who compare with the bits of another encoder.
  bool boost = true;
};

/// The smallest symbol of at least that level that holds `text`: byte mode, with an ECI header for
/// UTF-8 (000026) when the text is not ASCII. Deterministic. About 10 us for a usual payload.
/// Threads: any.
/// Errors: kInvalidField, `text` is empty; kQrTooLong, no version of that level holds it (2,953
///   bytes at L, 2,331 at M, 1,663 at Q, 1,273 at H; with an ECI header one less).
[[nodiscard]] base::Result<Symbol> make_symbol(std::string_view text, SymbolOptions const& options);

}  // namespace qrpay::qr::draw
