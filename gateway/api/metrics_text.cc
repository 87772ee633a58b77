#include "gateway/api/metrics_text.h"

#include "base/check.h"
#include "base/world.h"

namespace qrpay::gateway::api {

namespace {

constexpr std::string_view kTypes[] = {"counter", "gauge", "histogram"};

void add_label(std::string& text, std::string_view name, std::string_view value) {
  text += text.ends_with('{') ? "" : ",";
  text += name;
  text += "=\"";
  for (char const ch : value) {
    if (ch == '\\' || ch == '"') text += '\\';
    if (ch == '\n')
      text += "\\n";
    else
      text += ch;
  }
  text += '"';
}

}  // namespace

std::string seconds_text(std::int64_t microseconds) {
  std::string text = std::to_string(microseconds / base::kSecond);
  std::int64_t const rest = microseconds % base::kSecond;
  if (rest == 0) return text;
  std::string digits = std::to_string(rest);
  digits.insert(0, 6 - digits.size(), '0');
  digits.erase(digits.find_last_not_of('0') + 1);
  return text + '.' + digits;
}

void MetricsText::family(std::string_view name, Type type, std::string_view help) {
  name_ = name;
  text_ += "# HELP " + name_ + ' ';
  text_ += help;
  text_ += "\n# TYPE " + name_ + ' ';
  text_ += kTypes[static_cast<std::size_t>(type)];
  text_ += '\n';
}

void MetricsText::line(std::string_view suffix, Labels labels, std::string_view bound,
                       std::string_view value) {
  text_ += name_;
  text_ += suffix;
  if (labels.size() > 0 || !bound.empty()) {
    text_ += '{';
    for (auto const& [name, text] : labels) add_label(text_, name, text);
    if (!bound.empty()) add_label(text_, "le", bound);
    text_ += '}';
  }
  text_ += ' ';
  text_ += value;
  text_ += '\n';
}

void MetricsText::sample(Labels labels, std::uint64_t value) {
  line("", labels, "", std::to_string(value));
}
void MetricsText::sample(Labels labels, std::int64_t value) {
  line("", labels, "", std::to_string(value));
}

void MetricsText::histogram(Labels labels, Histogram const& values) {
  QRPAY_CHECK(values.counts.size() == values.bounds.size() + 1);
  auto const in_unit = [&](std::int64_t value) {
    return values.microseconds ? seconds_text(value) : std::to_string(value);
  };
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < values.bounds.size(); ++i) {
    below += values.counts[i];
    line("_bucket", labels, in_unit(values.bounds[i]), std::to_string(below));
  }
  below += values.counts.back();
  line("_bucket", labels, "+Inf", std::to_string(below));
  line("_sum", labels, "", in_unit(values.sum));
  line("_count", labels, "", std::to_string(below));
}

}  // namespace qrpay::gateway::api
