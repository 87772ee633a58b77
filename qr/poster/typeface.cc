#include "qr/poster/typeface.h"

#include <fontconfig/fontconfig.h>
#include <pango/pangocairo.h>
#include <pango/pangofc-fontmap.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <mutex>
#include <system_error>

#include "base/check.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
// fontconfig links its patterns by offsets and not by pointers, so LeakSanitizer takes what pango's
// caches hold (a bounded number of fonts) for lost. Every program that draws text needs this.
// NOLINTBEGIN(readability-identifier-naming): the sanitizer looks for this name
extern "C" __attribute__((visibility("default"))) char const* __lsan_default_suppressions();
extern "C" char const* __lsan_default_suppressions() { return "leak:libfontconfig\n"; }
// NOLINTEND(readability-identifier-naming)
#endif
#endif

namespace qrpay::qr::poster {
namespace {

using base::Errc;
using base::fail;

constexpr char const* kFamily = "Noto Sans";
// Where Debian and Ubuntu (fonts-noto-core), Arch and Alpine, and Fedora put it.
constexpr std::array<std::string_view, 4> kDirectories = {
    "/usr/share/fonts/truetype/noto", "/usr/share/fonts/noto", "/usr/share/fonts/google-noto",
    "/usr/local/share/fonts/noto"};
// Pango is given tenths of a unit, since it was made for sizes of about 10 and not of 3.
constexpr double kTenths = 10;
constexpr double kMeasuredSize = 10;

template <class T>
struct Unreference {
  void operator()(T* object) const { g_object_unref(object); }
};
struct DestroyConfig {
  void operator()(FcConfig* config) const { FcConfigDestroy(config); }
};
struct FreeDescription {
  void operator()(PangoFontDescription* description) const {
    pango_font_description_free(description);
  }
};
struct FreeAttributes {
  void operator()(PangoAttrList* list) const { pango_attr_list_unref(list); }
};
struct FreeOptions {
  void operator()(cairo_font_options_t* options) const { cairo_font_options_destroy(options); }
};
using ConfigPtr = std::unique_ptr<FcConfig, DestroyConfig>;
using FontMapPtr = std::unique_ptr<PangoFontMap, Unreference<PangoFontMap>>;
using ContextPtr = std::unique_ptr<PangoContext, Unreference<PangoContext>>;
using LayoutPtr = std::unique_ptr<PangoLayout, Unreference<PangoLayout>>;

std::string code_point_name(gunichar c) {
  char buffer[16];
  std::snprintf(buffer, sizeof buffer, "U+%04X", static_cast<unsigned>(c));
  return buffer;
}

ContextPtr make_context(PangoFontMap* map) {
  ContextPtr context(pango_font_map_create_context(map));
  std::unique_ptr<cairo_font_options_t, FreeOptions> const options(cairo_font_options_create());
  cairo_font_options_set_antialias(options.get(), CAIRO_ANTIALIAS_GRAY);
  cairo_font_options_set_hint_style(options.get(), CAIRO_HINT_STYLE_NONE);
  cairo_font_options_set_hint_metrics(options.get(), CAIRO_HINT_METRICS_OFF);
  pango_cairo_context_set_font_options(context.get(), options.get());
  pango_context_set_round_glyph_positions(context.get(), FALSE);
  pango_context_set_base_dir(context.get(), PANGO_DIRECTION_LTR);
  pango_context_set_language(context.get(), pango_language_from_string("vi"));
  return context;
}

}  // namespace

struct Typeface::Fonts {
  std::mutex mutex;  // pango's objects are used by one thread at a time
  ConfigPtr config;
  FontMapPtr map;
  ContextPtr measuring;  // never told of a surface, so that widths do not depend on one
  ContextPtr showing;

  LayoutPtr lay_out(PangoContext* context, std::string_view text, double size, Weight weight) {
    std::unique_ptr<PangoFontDescription, FreeDescription> const font(pango_font_description_new());
    pango_font_description_set_family_static(font.get(), kFamily);
    pango_font_description_set_weight(
        font.get(), weight == Weight::kBold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    pango_font_description_set_absolute_size(font.get(), size * kTenths * PANGO_SCALE);
    LayoutPtr layout(pango_layout_new(context));
    pango_layout_set_auto_dir(layout.get(), FALSE);
    pango_layout_set_single_paragraph_mode(layout.get(), TRUE);
    pango_layout_set_font_description(layout.get(), font.get());
    std::unique_ptr<PangoAttrList, FreeAttributes> const attributes(pango_attr_list_new());
    pango_attr_list_insert(attributes.get(), pango_attr_fallback_new(FALSE));
    pango_layout_set_attributes(layout.get(), attributes.get());
    pango_layout_set_text(layout.get(), text.data(), static_cast<int>(text.size()));
    return layout;
  }
};

Typeface::Typeface() : fonts_(std::make_unique<Fonts>()) {}
Typeface::~Typeface() = default;

base::Result<std::shared_ptr<Typeface const>> Typeface::open(
    std::span<std::string_view const> directories) {
  std::shared_ptr<Typeface> face(new Typeface);
  Fonts& fonts = *face->fonts_;
  fonts.config.reset(FcConfigCreate());
  QRPAY_CHECK(fonts.config != nullptr);
  std::error_code error;
  for (std::string_view const directory : directories) {
    std::string const regular = std::string(directory) + "/NotoSans-Regular.ttf";
    std::string const bold = std::string(directory) + "/NotoSans-Bold.ttf";
    if (!std::filesystem::is_regular_file(regular, error) ||
        !std::filesystem::is_regular_file(bold, error)) {
      continue;
    }
    bool read = true;
    for (std::string const& path : {regular, bold}) {
      auto const* name = reinterpret_cast<FcChar8 const*>(path.c_str());
      read = FcConfigAppFontAddFile(fonts.config.get(), name) == FcTrue && read;
    }
    FcFontSet const* const found = FcConfigGetFonts(fonts.config.get(), FcSetApplication);
    if (!read || found == nullptr || found->nfont != 2) {
      return fail(Errc::kFontMissing, "Noto Sans: " + regular + " is not a font");
    }
    fonts.map.reset(pango_cairo_font_map_new_for_font_type(CAIRO_FONT_TYPE_FT));
    QRPAY_CHECK(fonts.map != nullptr);
    pango_fc_font_map_set_config(PANGO_FC_FONT_MAP(fonts.map.get()), fonts.config.get());
    fonts.measuring = make_context(fonts.map.get());
    fonts.showing = make_context(fonts.map.get());
    return std::shared_ptr<Typeface const>(std::move(face));
  }
  return fail(Errc::kFontMissing, "Noto Sans: install fonts-noto-core");
}

base::Result<std::shared_ptr<Typeface const>> Typeface::shared() {
  // Never destroyed: pango's and cairo's caches go on pointing into it when the process ends.
  static auto const* const face =
      new base::Result<std::shared_ptr<Typeface const>>(open(kDirectories));
  return *face;
}

base::Result<void> Typeface::check_glyphs(std::string_view text) const {
  std::lock_guard const lock(fonts_->mutex);
  FcFontSet const* const fonts = FcConfigGetFonts(fonts_->config.get(), FcSetApplication);
  char const* const end = text.data() + text.size();
  for (char const* at = text.data(); at < end; at = g_utf8_next_char(at)) {
    gunichar const c = g_utf8_get_char(at);
    for (int i = 0; i < fonts->nfont; ++i) {
      FcCharSet* glyphs = nullptr;
      bool const has_set =
          FcPatternGetCharSet(fonts->fonts[i], FC_CHARSET, 0, &glyphs) == FcResultMatch;
      // What is for private use means something else in every font.
      if (!has_set || FcCharSetHasChar(glyphs, c) == FcFalse ||
          g_unichar_type(c) == G_UNICODE_PRIVATE_USE) {
        return fail(Errc::kGlyphMissing, code_point_name(c));
      }
    }
  }
  return {};
}

double Typeface::measure(std::string_view text, double size, Weight weight) const {
  std::lock_guard const lock(fonts_->mutex);
  // Always at one size: nothing is hinted, so widths are proportional, and pango would load a font
  // for each size that a text is tried at.
  LayoutPtr const layout = fonts_->lay_out(fonts_->measuring.get(), text, kMeasuredSize, weight);
  PangoRectangle logical{};
  pango_layout_get_extents(layout.get(), /*ink_rect=*/nullptr, &logical);
  return static_cast<double>(logical.width) / PANGO_SCALE / kTenths / kMeasuredSize * size;
}

void Typeface::show(cairo_t* cairo, TextLine const& line) const {
  std::lock_guard const lock(fonts_->mutex);
  cairo_save(cairo);
  cairo_translate(cairo, line.x, line.baseline);
  cairo_scale(cairo, 1 / kTenths, 1 / kTenths);
  pango_cairo_update_context(cairo, fonts_->showing.get());
  {
    LayoutPtr const layout =
        fonts_->lay_out(fonts_->showing.get(), line.text, line.size, line.weight);
    cairo_move_to(cairo, 0, 0);
    pango_cairo_show_layout_line(cairo, pango_layout_get_line_readonly(layout.get(), 0));
  }
  cairo_restore(cairo);
}

}  // namespace qrpay::qr::poster
