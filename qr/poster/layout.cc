#include "qr/poster/layout.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace qrpay::qr::poster {
namespace {

using base::Errc;
using base::fail;

// A step that the eye hardly sees.
constexpr double kShrink = 0.96;
// Between the small and the large figures, of the larger size.
constexpr double kFiguresGap = 0.32;

base::Unexpected<base::Error> does_not_fit(std::string_view pointer) {
  return fail(Errc::kInvalidField, std::string(pointer) + ": does not fit at the smallest size");
}

/// Widths of the words of a text at size 1, measured once.
struct Words {
  std::vector<std::string_view> texts;
  std::vector<double> widths;
  double blank = 0;
};

Words words_of(Typeface const& face, std::string_view text, Weight weight) {
  Words words;
  words.blank = face.measure(" ", /*size=*/1, weight);
  for (std::size_t at = 0; at < text.size();) {
    std::size_t const end = std::min(text.find(' ', at), text.size());
    words.texts.push_back(text.substr(at, end - at));
    words.widths.push_back(face.measure(words.texts.back(), /*size=*/1, weight));
    at = end + 1;
  }
  return words;
}

// Index of the first word of each line, or nothing when a word is wider than a line.
std::optional<std::vector<std::size_t>> wrap(Words const& words, double width) {
  std::vector<std::size_t> starts;
  double used = 0;
  for (std::size_t i = 0; i < words.texts.size(); ++i) {
    if (words.widths[i] > width) return std::nullopt;
    if (starts.empty() || used + words.blank + words.widths[i] > width) {
      starts.push_back(i);
      used = words.widths[i];
    } else {
      used += words.blank + words.widths[i];
    }
  }
  return starts;
}

// The narrowest width that needs no more lines than `width` does, so that no word stands alone.
std::vector<std::size_t> balance(Words const& words, double width,
                                 std::vector<std::size_t> starts) {
  double narrow = width / static_cast<double>(starts.size() + 1);
  double wide = width;
  for (int step = 0; step < 10; ++step) {
    double const middle = (narrow + wide) / 2;
    auto tried = wrap(words, middle);
    if (tried && tried->size() == starts.size()) {
      starts = std::move(*tried);
      wide = middle;
    } else {
      narrow = middle;
    }
  }
  return starts;
}

std::vector<TextLine> lines_of(Typeface const& face, Words const& words,
                               std::vector<std::size_t> const& starts, FitRule const& rule) {
  std::vector<TextLine> lines;
  for (std::size_t i = 0; i < starts.size(); ++i) {
    std::size_t const last = (i + 1 < starts.size() ? starts[i + 1] : words.texts.size()) - 1;
    char const* const begin = words.texts[starts[i]].data();
    char const* const end = words.texts[last].data() + words.texts[last].size();
    TextLine line;
    line.text.assign(begin, end);
    line.size = rule.size;
    line.weight = rule.weight;
    line.width = face.measure(line.text, line.size, line.weight);
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace

base::Result<TextBlock> fit_text(Typeface const& face, std::string_view text, FitRule const& rule) {
  Words const words = words_of(face, text, rule.weight);
  FitRule chosen = rule;
  while (true) {
    double const width = rule.width / chosen.size;
    auto starts = wrap(words, width);
    if (starts && starts->size() <= rule.lines_max) {
      if (starts->size() > 1) *starts = balance(words, width, *starts);
      return TextBlock{lines_of(face, words, *starts, chosen), chosen.size};
    }
    if (chosen.size <= rule.size_min) return does_not_fit(rule.pointer);
    chosen.size = std::max(chosen.size * kShrink, rule.size_min);
  }
}

void Column::gap(double height) {
  if (!empty()) drawing_.height += height;
}

base::Result<void> Column::text(std::string_view text, FitRule rule, Rgb rgb) {
  rule.width = drawing_.width;
  QRPAY_TRY(TextBlock block, fit_text(face_, text, rule));
  for (TextLine& line : block.lines) {
    line.x = left_of(line.width);
    line.baseline = drawing_.height + kAscent * line.size;
    line.rgb = rgb;
    drawing_.height += kLineHeight * line.size;
    drawing_.shapes.emplace_back(std::move(line));
  }
  return {};
}

base::Result<void> Column::figures(Figures const& figures) {
  auto const measure = [&](std::string_view text, double size) {
    return text.empty() ? 0 : face_.measure(text, size, Weight::kBold);
  };
  // Wide enough that readers of the text layer see two words of the larger size.
  bool const both = !figures.small.empty() && !figures.large.empty();
  double const blank = both ? kFiguresGap * figures.large_size : 0;
  double const small = measure(figures.small, figures.small_size);
  double const large = measure(figures.large, figures.large_size);
  double const scale = std::min(1.0, drawing_.width / (small + blank + large));
  double const smaller = figures.small.empty() ? figures.large_size : figures.small_size;
  if (smaller * scale < figures.size_min) return does_not_fit(figures.pointer);

  double const size = std::max(figures.small.empty() ? 0 : figures.small_size,
                               figures.large.empty() ? 0 : figures.large_size) *
                      scale;
  double const baseline = drawing_.height + (kCapHeight + 0.08) * size;
  double x = left_of((small + blank + large) * scale);
  auto const put = [&](std::string_view text, double width, double text_size) {
    if (text.empty()) return;
    drawing_.shapes.emplace_back(TextLine{std::string(text), x, baseline, width * scale,
                                          text_size * scale, Weight::kBold, kBlack});
    x += (width + blank) * scale;
  };
  put(figures.small, small, figures.small_size);
  put(figures.large, large, figures.large_size);
  drawing_.height += (kCapHeight + 0.30) * size;
  return {};
}

void Column::block(Drawing const& drawing) {
  drawing_.append(drawing, left_of(drawing.width), drawing_.height);
  drawing_.height += drawing.height;
}

}  // namespace qrpay::qr::poster
