#include "qr/poster/drawing.h"

namespace qrpay::qr::poster {
namespace {

struct Moved {
  double x;
  double y;

  Shape operator()(Panel panel) const {
    panel.box.x += x;
    panel.box.y += y;
    return panel;
  }
  Shape operator()(TextLine line) const {
    line.x += x;
    line.baseline += y;
    return line;
  }
  Shape operator()(SymbolMark mark) const {
    mark.x += x;
    mark.y += y;
    return mark;
  }
  Shape operator()(BrandMark mark) const {
    mark.box.x += x;
    mark.box.y += y;
    return mark;
  }
};

}  // namespace

void Drawing::append(Drawing const& other, double x, double y) {
  shapes.reserve(shapes.size() + other.shapes.size());
  for (Shape const& shape : other.shapes) shapes.push_back(std::visit(Moved{x, y}, shape));
}

}  // namespace qrpay::qr::poster
