#include "base/markup.h"

namespace qrpay::base {

void append_markup(std::string& out, std::string_view text) {
  for (char const c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
}

std::string to_markup(std::string_view text) {
  std::string out;
  append_markup(out, text);
  return out;
}

}  // namespace qrpay::base
