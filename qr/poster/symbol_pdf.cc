#include "qr/poster/symbol_pdf.h"

#include <memory>

#include "qr/poster/canvas.h"
#include "qr/poster/drawing.h"

namespace qrpay::qr::poster {

base::Result<std::string> draw_symbol_pdf(draw::Symbol const& symbol, SymbolPdf const& options) {
  if (options.module_um < draw::kModuleUmMin || options.module_um > draw::kModuleUmMax) {
    return base::fail(base::Errc::kInvalidField, "/module_um: not 100 to 50000");
  }
  SymbolMark const mark{std::make_shared<draw::Symbol const>(symbol), 0, 0,
                        options.module_um / 1000.0};
  Drawing const page{mark.side(), mark.side(), {mark}, nullptr};
  return paint_pdf(page, {"QR", options.issued});
}

}  // namespace qrpay::qr::poster
