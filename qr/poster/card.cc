#include "qr/poster/card.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "base/check.h"
#include "qr/draw/symbol.h"
#include "qr/picture/jpeg.h"
#include "qr/poster/canvas.h"
#include "qr/poster/details.h"
#include "qr/poster/layout.h"
#include "qr/poster/svg_page.h"
#include "qr/poster/typeface.h"

namespace qrpay::qr::poster {
namespace {

using base::Errc;
using base::fail;

// Plain words where the originals have the marks of NAPAS and of the bank.
constexpr std::string_view kScheme = "VietQR";

// Text in pixels: 11 is the least that a screen shows legibly.
constexpr double kTextMin = 11;
constexpr double kSchemeSize = 30;
constexpr double kBankSize = 24;
constexpr double kAmountSize = 34;
constexpr double kHolderSize = 19;
constexpr double kAccountSize = 24;
constexpr double kSmallSize = 16;

struct Template {
  CardTemplate card;
  std::string_view name;
  CardSize size;
  double margin;  // left and right of text
  bool scheme;    // words above the code
  bool bank;      // short name below the code
  bool details;   // amount, content, holder, account
  bool full;      // legal name of the bank, and a frame
};

constexpr Template kTemplates[] = {
    {CardTemplate::kCompact2, "compact2", {540, 640}, 20, true, true, true, false},
    {CardTemplate::kCompact, "compact", {540, 540}, 20, true, true, false, false},
    {CardTemplate::kQrOnly, "qr_only", {480, 480}, 0, false, false, false, false},
    {CardTemplate::kPrint, "print", {600, 776}, 36, true, true, true, true},
};

Template const& template_of(CardTemplate card) {
  auto const* const found = std::find_if(std::begin(kTemplates), std::end(kTemplates),
                                         [card](Template const& row) { return row.card == card; });
  QRPAY_CHECK(found != std::end(kTemplates));
  return *found;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

base::Result<void> write_text(Column& column, std::string_view pointer, std::string_view text,
                              double size, Weight weight, Rgb rgb = kBlack) {
  if (text.empty()) return {};
  FitRule const rule{pointer, /*width=*/0, /*lines_max=*/2, size, kTextMin, weight};
  return column.text(text, rule, rgb);
}

base::Result<void> write_details(Template const& row, MoneyDetails const& money,
                                 std::string_view holder, Column& column) {
  if (row.bank) {
    QRPAY_TRY_VOID(write_text(column, "/banks", money.bank_short, kBankSize, Weight::kBold));
  }
  if (row.full) {
    QRPAY_TRY_VOID(
        write_text(column, "/banks", money.bank_name, kSmallSize, Weight::kRegular, kGrey));
  }
  if (!row.details) return {};
  column.gap(4);
  QRPAY_TRY_VOID(write_text(column, "/holder", holder, kHolderSize, Weight::kBold));
  QRPAY_TRY_VOID(column.figures({"/payload/account", money.account_head, money.account_tail,
                                 kAccountSize, kAccountSize, kTextMin}));
  if (money.amount) {
    column.gap(4);
    QRPAY_TRY_VOID(
        column.figures({"/payload/amount", {}, money.amount_figures, 0, kAmountSize, kTextMin}));
  }
  std::string const content = money.content.empty() ? "" : "Nội dung: " + money.content;
  return write_text(column, "/payload/content", content, kSmallSize, Weight::kRegular);
}

base::Result<Drawing> lay_out(CardSpec const& spec, Typeface const& face) {
  Template const& row = template_of(spec.card);
  QRPAY_TRY_VOID(check_text(face, "/holder", spec.holder, kCardHolderCharactersMax));
  QRPAY_TRY(QrPayload const payload, read_printable(spec.payload));
  MoneyDetails const money =
      money_details(payload, spec.banks != nullptr ? *spec.banks : builtin_banks());
  for (std::string const* name : {&money.bank_short, &money.bank_name}) {
    QRPAY_TRY_VOID(check_text(face, "/banks", *name, kBankNameBytesMax));
  }
  draw::Use const use = row.full ? draw::Use::kPrint : draw::Use::kScreen;
  QRPAY_TRY(draw::Symbol symbol, draw::make_symbol(spec.payload, {.level = draw::level_for(use)}));

  double const width = row.size.width;
  double const height = row.size.height;
  Column above(face, width - 2 * row.margin, Align::kCentre);
  if (row.scheme) {
    QRPAY_TRY_VOID(write_text(above, "/scheme", kScheme, kSchemeSize, Weight::kBold));
  }
  Column below(face, width - 2 * row.margin, Align::kCentre);
  QRPAY_TRY_VOID(write_details(row, money, spec.holder, below));

  double const edge = row.full ? 14 : (row.scheme ? 8 : 0);
  double const room = height - 2 * edge - above.height() - below.height();
  SymbolMark mark{std::make_shared<draw::Symbol const>(std::move(symbol)), 0, 0, 1};
  mark.module = std::floor(std::min(room, width - 2 * edge) / mark.side());
  if (mark.module < 2) return fail(Errc::kInvalidField, "/payload: too long for this template");

  double const spare = room - mark.side();
  mark.x = std::floor((width - mark.side()) / 2);
  mark.y = std::floor(edge + above.height() + spare / 2);
  Drawing page{width, height, {}, nullptr};
  if (row.full) {
    Box const frame{6, 6, width - 12, height - 12};
    page.shapes.emplace_back(Panel{frame, 14, {}, kBlack, 2});
  }
  page.append(above.drawing(), row.margin, edge + spare / 4);
  page.append(below.drawing(), row.margin, mark.y + mark.side() + spare / 4);
  page.shapes.emplace_back(mark);
  return page;
}

}  // namespace

std::optional<CardTemplate> find_card_template(std::string_view name) {
  for (Template const& row : kTemplates) {
    if (std::equal(name.begin(), name.end(), row.name.begin(), row.name.end(),
                   [](char a, char b) { return lower(a) == b; })) {
      return row.card;
    }
  }
  return std::nullopt;
}

std::string_view card_template_name(CardTemplate card) { return template_of(card).name; }

CardSize card_size(CardTemplate card) { return template_of(card).size; }

base::Result<std::string> draw_card(CardSpec const& spec, CardFormat format) {
  QRPAY_TRY(auto const face, Typeface::shared());
  QRPAY_TRY(Drawing const drawing, lay_out(spec, *face));
  if (format == CardFormat::kSvg) return write_svg_page(drawing);
  QRPAY_TRY(picture::RgbImage const image, paint_image(drawing, /*pixels_per_unit=*/1));
  if (format == CardFormat::kJpeg) return picture::write_jpeg(image);
  return write_colour_png(image, /*dpi=*/0);
}

}  // namespace qrpay::qr::poster
