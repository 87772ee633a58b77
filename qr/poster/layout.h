// Fitting text into widths, and stacking blocks of it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "qr/poster/drawing.h"
#include "qr/poster/typeface.h"

namespace qrpay::qr::poster {

/// How a text may be made to fit: first over more lines, then smaller, never below `size_min`.
struct FitRule {
  std::string_view pointer;  ///< of the field, for the refusal
  double width = 0;
  std::size_t lines_max = 1;
  double size = 0;
  double size_min = 0;
  Weight weight = Weight::kRegular;
};

/// Lines of one size. Wrapped between words only, lines about equally long.
struct TextBlock {
  std::vector<TextLine> lines;  ///< x and baseline are not set yet
  double size = 0;
};

/// Errors: kInvalidField, "<pointer>: does not fit at the smallest size".
[[nodiscard]] base::Result<TextBlock> fit_text(Typeface const& face, std::string_view text,
                                               FitRule const& rule);

enum class Align : std::uint8_t { kLeft = 1, kCentre = 2 };

/// Blocks under each other within one width, from the top down.
class Column {
 public:
  Column(Typeface const& face, double width, Align align)
      : face_(face), align_(align), drawing_{width, 0, {}, nullptr} {}

  [[nodiscard]] double width() const { return drawing_.width; }
  [[nodiscard]] double height() const { return drawing_.height; }
  [[nodiscard]] bool empty() const { return drawing_.shapes.empty(); }
  [[nodiscard]] Drawing const& drawing() const { return drawing_; }

  /// Empty room; nothing above the first block.
  void gap(double height);
  /// Errors: those of fit_text().
  [[nodiscard]] base::Result<void> text(std::string_view text, FitRule rule, Rgb rgb = kBlack);
  /// One line of figures, which need no room for accents: `small`, then `large` on the same
  /// baseline; both shrink together. Either may be empty. Errors: those of fit_text().
  struct Figures {
    std::string_view pointer;
    std::string_view small;
    std::string_view large;
    double small_size = 0;
    double large_size = 0;
    double size_min = 0;  ///< of the smaller
  };
  [[nodiscard]] base::Result<void> figures(Figures const& figures);
  /// Any drawing as a block, in the middle or at the left.
  void block(Drawing const& drawing);

 private:
  [[nodiscard]] double left_of(double width) const {
    return align_ == Align::kLeft ? 0 : (drawing_.width - width) / 2;
  }

  Typeface const& face_;
  Align align_;
  Drawing drawing_;
};

}  // namespace qrpay::qr::poster
