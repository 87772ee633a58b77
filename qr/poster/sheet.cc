#include "qr/poster/sheet.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "qr/poster/layout.h"

namespace qrpay::qr::poster {
namespace {

// Sizes of text in mm on A6, as large as they like to be. The eye goes from the shop to the code to
// the four digits that a seller compares, and to the amount.
constexpr double kHeadlineSize = 6.6;
constexpr double kSublineSize = 3.3;
constexpr double kShopSize = 7.0;
constexpr double kHolderSize = 4.4;
constexpr double kBankSize = 4.4;
constexpr double kSmallSize = 2.9;
constexpr double kAccountSize = 5.8;
constexpr double kAccountTailSize = 9.6;
constexpr double kAmountSize = 11.0;
constexpr double kAmountWordsSize = 3.7;
constexpr double kBrandHeight = 7.0;
// The code is why people look: text gives way to this share of the width, down to this density.
constexpr double kSymbolShare = 0.55;
constexpr double kDensityForShare = 0.76;

/// A piece of upright paper.
struct Paper {
  double width;
  double height;  // 0: as long as needed
  double scale;   // of all sizes against A6
  double margin;  // that printers leave white, and scissors take
  bool coloured;  // framed in the colour of the guard
  double module_min;
};

constexpr Paper kPaperA6 = {105, 148, 1.0, 4.0, true, kModuleMin};
constexpr Paper kPaperA5 = {148, 210, 1.41, 5.0, true, kModuleMin};
constexpr Paper kPaperStrip = {80, 0, 0.80, 4.0, false, kStripModuleMin};

// The largest module that keeps a symbol within `side`, in whole dots.
double module_within(Matter const& matter, double side) {
  auto const modules = static_cast<double>(matter.symbol->width() + 2 * draw::kQuietZoneModules);
  return std::floor(side / modules / matter.dot + 1e-6) * matter.dot;
}

// White where it has 3:1 at least, which bold letters of this size need (WCAG 2; its gamma taken as
// 2): people read it more easily on a strong colour than black of a higher ratio.
Rgb ink_on(Rgb ground) {
  auto const part = [ground](unsigned shift) {
    double const value = ((ground >> shift) & 0xFFu) / 255.0;
    return value * value;
  };
  double const luminance = 0.2126 * part(16) + 0.7152 * part(8) + 0.0722 * part(0);
  return luminance > 0.30 ? kBlack : kWhite;
}

// Marks of the operator in a row, all of one height, shrunk together to `width`.
Drawing brand_row(Brand const& brand, double width, double height) {
  double total = 0;
  for (std::size_t i = 0; i < brand.size(); ++i) total += brand.aspect(i) * height;
  double const gap = height / 2;
  total += gap * static_cast<double>(brand.size() - 1);
  double const scale = std::min(1.0, width / total);
  Drawing row{total * scale, height * scale, {}, nullptr};
  double x = 0;
  for (std::size_t i = 0; i < brand.size(); ++i) {
    double const mark = brand.aspect(i) * height * scale;
    row.shapes.emplace_back(BrandMark{i, {x, 0, mark, height * scale}});
    x += mark + gap * scale;
  }
  return row;
}

// Guard and date in one line where both fit, else below each other: a swatch of the colour, its
// word, the fingerprint, the day of issue.
Drawing guard_rows(Matter const& matter, double width, double size, bool coloured) {
  Details const& details = matter.details;
  Drawing out{width, 0, {}, nullptr};
  double x = 0;
  double y = 0;
  double const gap = size;
  auto const put = [&](std::string const& text, Weight weight, bool at_right) {
    double const text_width = matter.face.measure(text, size, weight);
    if (x > 0 && x + text_width > width) {
      x = 0;
      y += kLineHeight * size;
    }
    double const left = at_right && x > 0 ? width - text_width : x;
    out.shapes.emplace_back(
        TextLine{text, left, y + kAscent * size, text_width, size, weight, kBlack});
    x = left + text_width + gap;
  };
  if (coloured) {
    double const side = 0.9 * size;
    Box const swatch{0, (kAscent - kCapHeight) * size - 0.09 * size, side, side};
    out.shapes.emplace_back(Panel{swatch, side / 5, details.guard_rgb, kGrey, /*line_width=*/0.15});
    x = side + size / 3;
  }
  put(details.guard_colour, Weight::kBold, /*at_right=*/false);
  put(details.guard_code, Weight::kRegular, /*at_right=*/false);
  put(details.issued, Weight::kRegular, /*at_right=*/true);
  out.height = y + kLineHeight * size;
  return out;
}

/// Puts the parts of a poster into a column, each at its size on this paper.
class Writer {
 public:
  Writer(Matter const& matter, Column& column, double scale, double text_min)
      : matter_(matter), column_(column), scale_(scale), text_min_(text_min) {}

  base::Result<void> text(std::string_view pointer, std::string_view text, double size,
                          std::size_t lines, Weight weight = Weight::kRegular, Rgb rgb = kBlack) {
    if (text.empty()) return {};
    FitRule rule{pointer, /*width=*/0, lines, sized(size), text_min_, weight};
    return column_.text(text, rule, rgb);
  }

  base::Result<void> account() {
    MoneyDetails const& money = matter_.details.money;
    return column_.figures({"/payload/account", money.account_head, money.account_tail,
                            sized(kAccountSize), sized(kAccountTailSize), text_min_});
  }

  base::Result<void> amount(double size) {
    MoneyDetails const& money = matter_.details.money;
    if (!money.amount) return {};
    QRPAY_TRY_VOID(
        column_.figures({"/payload/amount", {}, money.amount_figures, 0, sized(size), text_min_}));
    return text("/payload/amount", matter_.details.amount_words, kAmountWordsSize, /*lines=*/3);
  }

  void gap(double height) { column_.gap(height * scale_ * matter_.density); }

  [[nodiscard]] double sized(double size) const {
    return std::max(size * scale_ * matter_.density, text_min_);
  }

 private:
  Matter const& matter_;
  Column& column_;
  double scale_;
  double text_min_;
};

base::Result<void> write_head(Matter const& matter, Paper const& paper, Column& column) {
  Writer writer(matter, column, paper.scale, kTextMin);
  Rgb const ink = paper.coloured ? ink_on(matter.details.guard_rgb) : kBlack;
  QRPAY_TRY_VOID(writer.text("/headline", matter.details.headline, kHeadlineSize, /*lines=*/1,
                             Weight::kBold, ink));
  return writer.text("/headline", matter.details.subline, kSublineSize, /*lines=*/1,
                     paper.coloured ? Weight::kBold : Weight::kRegular, ink);
}

base::Result<void> write_body(Matter const& matter, Paper const& paper, Column& column) {
  Details const& details = matter.details;
  Writer writer(matter, column, paper.scale, kTextMin);
  QRPAY_TRY_VOID(writer.text("/holder", details.holder, kHolderSize, /*lines=*/2, Weight::kBold));
  writer.gap(0.6);
  QRPAY_TRY_VOID(
      writer.text("/banks", details.money.bank_short, kBankSize, /*lines=*/1, Weight::kBold));
  QRPAY_TRY_VOID(writer.text("/banks", details.money.bank_name, kSmallSize, /*lines=*/2,
                             Weight::kRegular, kGrey));
  writer.gap(1.0);
  QRPAY_TRY_VOID(writer.text("/account_label", details.account_label, kSmallSize, /*lines=*/1,
                             Weight::kRegular, kGrey));
  writer.gap(0.8);
  QRPAY_TRY_VOID(writer.account());
  writer.gap(1.4);
  QRPAY_TRY_VOID(writer.amount(kAmountSize));
  QRPAY_TRY_VOID(
      writer.text("/payload/content", details.content_line, kAmountWordsSize, /*lines=*/2));
  QRPAY_TRY_VOID(writer.text("/note", details.note, kAmountWordsSize, /*lines=*/2));
  if (matter.brand != nullptr) {
    writer.gap(1.0);
    column.block(brand_row(*matter.brand, column.width(), writer.sized(kBrandHeight)));
  }
  return {};
}

base::Result<std::optional<Drawing>> lay_out_upright(Matter const& matter, Paper const& paper) {
  double const border = paper.coloured ? 1.4 * paper.scale : 0;
  double const edge = paper.margin + border;
  double const pad = paper.coloured ? 3.5 * paper.scale : 0;
  double const text_width = paper.width - 2 * (edge + pad);
  Column head(matter.face, text_width, Align::kCentre);
  QRPAY_TRY_VOID(write_head(matter, paper, head));
  Column name(matter.face, text_width, Align::kCentre);
  QRPAY_TRY_VOID(
      Writer(matter, name, paper.scale, kTextMin)
          .text("/shop_name", matter.details.shop_name, kShopSize, /*lines=*/3, Weight::kBold));
  Column body(matter.face, text_width, Align::kCentre);
  QRPAY_TRY_VOID(write_body(matter, paper, body));
  Drawing const guard =
      guard_rows(matter, text_width, std::max(2.6 * paper.scale, kTextMin), paper.coloured);

  double const band = head.height() + (paper.coloured ? 3.0 : 1.0) * paper.scale;
  double const above = paper.margin + band + name.height() + 1.2 * paper.scale;
  double const below = body.height() + guard.height + edge + 2.2 * paper.scale;
  double const room = paper.height > 0 ? paper.height - above - below : paper.width;
  double const side_max = std::min(room, paper.width - 2 * edge - (paper.coloured ? 1.0 : 0.0));
  double const module = module_within(matter, side_max);
  if (module < paper.module_min - 1e-6) return std::optional<Drawing>{};

  SymbolMark mark{matter.symbol, 0, 0, module};
  double const side = mark.side();
  if (matter.density > kDensityForShare && side < kSymbolShare * paper.width) {
    return std::optional<Drawing>{};
  }
  double const height = paper.height > 0 ? paper.height : above + side + below;
  double const spare = height - above - side - below;
  Drawing page{paper.width, height, {}, matter.brand};
  if (paper.coloured) {
    Box const frame{paper.margin, paper.margin, paper.width - 2 * paper.margin,
                    height - 2 * paper.margin};
    double const radius = 4 * paper.scale;
    // A thin dark line too, so that a pale colour still has an edge.
    page.shapes.emplace_back(Panel{frame, radius, matter.details.guard_rgb, kGrey, 0.15});
    Box const inner{edge, paper.margin + band, frame.width - 2 * border,
                    frame.height - band - border};
    page.shapes.emplace_back(Panel{inner, radius - border, kWhite, {}, 0});
  }
  double const left = edge + pad;
  page.append(head.drawing(), left, paper.margin + (band - head.height()) / 2);
  page.append(name.drawing(), left, paper.margin + band + 1.2 * paper.scale + spare * 0.2);
  mark.x = (paper.width - side) / 2;
  mark.y = above + spare * 0.4;
  page.append(body.drawing(), left, mark.y + side + spare * 0.3);
  page.append(guard, left, height - edge - 1.2 * paper.scale - guard.height);
  page.shapes.emplace_back(mark);
  return std::optional<Drawing>(std::move(page));
}

// --- eight cards -----------------------------------------------------------------------------

constexpr double kCardWidth = 105;
constexpr double kCardHeight = 74.25;
constexpr double kCardMargin = 4.0;
constexpr double kCardBorder = 1.0;
constexpr double kCardSymbolMax = 62.5;
constexpr double kCardScale = 0.62;  // of A6

base::Result<void> write_card(Matter const& matter, Column& column) {
  Details const& details = matter.details;
  MoneyDetails const& money = details.money;
  Writer writer(matter, column, kCardScale, kCardTextMin);
  QRPAY_TRY_VOID(
      writer.text("/shop_name", details.shop_name, kShopSize, /*lines=*/4, Weight::kBold));
  writer.gap(1.5);
  QRPAY_TRY_VOID(writer.text("/holder", details.holder, kHolderSize, /*lines=*/3, Weight::kBold));
  QRPAY_TRY_VOID(
      writer.text("/banks", money.bank_short, kBankSize * 1.2, /*lines=*/1, Weight::kBold));
  writer.gap(1.5);
  // The column is narrow: the last four stand on a line of their own.
  QRPAY_TRY_VOID(column.figures(
      {"/payload/account", money.account_head, {}, writer.sized(kAccountSize), 0, kCardTextMin}));
  QRPAY_TRY_VOID(column.figures({"/payload/account",
                                 {},
                                 money.account_tail,
                                 0,
                                 writer.sized(kAccountTailSize * 1.4),
                                 kCardTextMin}));
  writer.gap(1.0);
  QRPAY_TRY_VOID(writer.amount(kAmountSize));
  QRPAY_TRY_VOID(writer.text("/payload/content", details.content_line, kSmallSize, /*lines=*/3));
  QRPAY_TRY_VOID(writer.text("/note", details.note, kSmallSize, /*lines=*/3));
  if (matter.brand != nullptr) {
    writer.gap(1.5);
    column.block(brand_row(*matter.brand, column.width(), writer.sized(kBrandHeight)));
  }
  return {};
}

base::Result<std::optional<Drawing>> lay_out_card(Matter const& matter) {
  double const edge = kCardMargin + kCardBorder;
  SymbolMark mark{matter.symbol, edge + 0.3, 0, module_within(matter, kCardSymbolMax)};
  if (mark.module < kModuleMin - 1e-6) return std::optional<Drawing>{};
  mark.y = (kCardHeight - mark.side()) / 2;
  double const flag_left = mark.x + mark.side() + 0.2;
  double const left = flag_left + 1.8;
  double const width = kCardWidth - edge - 2.0 - left;

  Column head(matter.face, width, Align::kLeft);
  Writer writer(matter, head, kCardScale, kCardTextMin);
  Rgb const ink = ink_on(matter.details.guard_rgb);
  QRPAY_TRY_VOID(writer.text("/headline", matter.details.headline, kHeadlineSize, /*lines=*/2,
                             Weight::kBold, ink));
  QRPAY_TRY_VOID(writer.text("/headline", matter.details.subline, kSublineSize, /*lines=*/2,
                             Weight::kBold, ink));
  Column body(matter.face, width, Align::kLeft);
  QRPAY_TRY_VOID(write_card(matter, body));
  Drawing const guard = guard_rows(matter, width, kCardTextMin, /*coloured=*/true);

  double const band = head.height() + 2.0;
  double const guard_top = kCardHeight - edge - 1.0 - guard.height;
  double const body_top = kCardMargin + band + 1.5;
  double const spare = guard_top - body_top - body.height() - 1.0;
  if (spare < 0) return std::optional<Drawing>{};

  Drawing card{kCardWidth, kCardHeight, {}, matter.brand};
  Box const frame{kCardMargin, kCardMargin, kCardWidth - 2 * kCardMargin,
                  kCardHeight - 2 * kCardMargin};
  card.shapes.emplace_back(Panel{frame, 3, matter.details.guard_rgb, kGrey, 0.15});
  Box const inner{edge, edge, frame.width - 2 * kCardBorder, frame.height - 2 * kCardBorder};
  card.shapes.emplace_back(Panel{inner, 2, kWhite, {}, 0});
  Box const flag{flag_left, edge - 0.1, kCardWidth - edge - flag_left + 0.1,
                 kCardMargin + band - edge};
  card.shapes.emplace_back(Panel{flag, 0, matter.details.guard_rgb, {}, 0});
  card.append(head.drawing(), left, kCardMargin + (band - head.height()) / 2 + 0.3);
  card.append(body.drawing(), left, body_top + spare * 0.4);
  card.append(guard, left, guard_top);
  card.shapes.emplace_back(mark);
  return std::optional<Drawing>(std::move(card));
}

base::Result<std::optional<Drawing>> lay_out_eight(Matter const& matter) {
  QRPAY_TRY(std::optional<Drawing> const card, lay_out_card(matter));
  if (!card) return std::optional<Drawing>{};
  Drawing page{2 * kCardWidth, 4 * kCardHeight, {}, matter.brand};
  for (int row = 0; row < 4; ++row) {
    for (int column = 0; column < 2; ++column)
      page.append(*card, column * kCardWidth, row * kCardHeight);
  }
  // Where to cut.
  auto const cut = [&page](Box const& box) {
    page.shapes.emplace_back(Panel{box, 0, Rgb{0xB0B0B0}, {}, 0});
  };
  for (int row = 1; row < 4; ++row) cut({0, row * kCardHeight - 0.05, page.width, 0.1});
  cut({kCardWidth - 0.05, 0, 0.1, page.height});
  return std::optional<Drawing>(std::move(page));
}

}  // namespace

base::Result<std::optional<Drawing>> lay_out_sheet(Matter const& matter, Sheet sheet) {
  switch (sheet) {
    case Sheet::kA6: return lay_out_upright(matter, kPaperA6);
    case Sheet::kA5: return lay_out_upright(matter, kPaperA5);
    case Sheet::kA4Eight: return lay_out_eight(matter);
    case Sheet::kStrip80: return lay_out_upright(matter, kPaperStrip);
  }
  return base::fail(base::Errc::kInvalidField, "/sheet: unknown");
}

}  // namespace qrpay::qr::poster
