// Text -> the dark and light modules of a QR symbol. Sole includer of libqrencode.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace qrpay::qr::draw {

/// Error correction: the share of the symbol that may be lost. M on screens, Q in print, H on
/// stickers and under a centre mark.
enum class Level : std::uint8_t {
  kL = 1,  ///<  7 %
  kM = 2,  ///< 15 %
  kQ = 3,  ///< 25 %
  kH = 4,  ///< 30 %
};

/// Light modules that must surround a symbol on each side (ISO 18004). Added by the renderers.
inline constexpr std::size_t kQuietZoneModules = 4;

/// A square of modules, without its quiet zone.
class Symbol {
 public:
  /// Requires: width * width modules, row by row, 1 for dark.
  Symbol(std::size_t width, std::vector<std::uint8_t> modules);
  /// Modules on a side: 21 (version 1) to 177 (version 40).
  [[nodiscard]] std::size_t width() const { return width_; }
  [[nodiscard]] unsigned version() const { return static_cast<unsigned>((width_ - 17) / 4); }
  /// Column `x` and row `y` from the top left; false (light) anywhere outside.
  [[nodiscard]] bool dark(std::size_t x, std::size_t y) const {
    return x < width_ && y < width_ && modules_[y * width_ + x] != 0;
  }

 private:
  std::size_t width_;
  std::vector<std::uint8_t> modules_;
};

struct SymbolOptions {
  Level level = Level::kM;
  /// Mixed numeric, alphanumeric and byte segments where that is smaller. EMVCo MPM 1.1, 4.12.1
  /// asks for byte mode only; most readers take both.
  bool compact = false;
};

/// The smallest symbol of that level that holds `text`: byte mode, with an ECI header for UTF-8
/// (000026) when the text is not ASCII. Deterministic. 0.1 to 0.2 ms for a usual payload.
/// Threads: any.
/// Errors: kInvalidField, `text` is empty; kQrTooLong, no version of that level holds it (2,953
///   bytes at L, 2,331 at M, 1,663 at Q, 1,273 at H).
[[nodiscard]] base::Result<Symbol> make_symbol(std::string_view text, SymbolOptions const& options);

}  // namespace qrpay::qr::draw
