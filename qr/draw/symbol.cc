#include "qr/draw/symbol.h"

#include <utility>

#include "base/check.h"
#include "qr/draw/encoder.h"
#include "qr/draw/plan.h"

namespace qrpay::qr::draw {

Level level_for(Use use) {
  switch (use) {
    case Use::kScreen: return Level::kM;
    case Use::kPrint: return Level::kQ;
    case Use::kSticker: return Level::kH;
    case Use::kCentreMark: return Level::kH;
  }
  QRPAY_CHECK(false);
}

Symbol::Symbol(std::size_t width, std::vector<std::uint8_t> modules, Level level)
    : width_(width), modules_(std::move(modules)), level_(level) {
  QRPAY_CHECK(width_ >= 21 && width_ <= 177 && modules_.size() == width_ * width_);
}

base::Result<Symbol> make_symbol(std::string_view text, SymbolOptions const& options) {
  if (text.empty()) return base::fail(base::Errc::kInvalidField, "/payload: empty");
  auto const plan = plan_symbol(text, options);
  if (!plan) return base::fail(base::Errc::kQrTooLong);
  EncodedSymbol const drawn = encode(text, *plan);
  return Symbol(drawn.width, drawn.modules(), plan->level);
}

}  // namespace qrpay::qr::draw
