// Text inside HTML, XML and SVG.
#pragma once

#include <string>
#include <string_view>

namespace qrpay::base {

/// Appends `text` with & < > " ' as references, so that it is text wherever it stands: between
/// tags or in a quoted attribute. Bytes are not looked at otherwise.
void append_markup(std::string& out, std::string_view text);
[[nodiscard]] std::string to_markup(std::string_view text);

}  // namespace qrpay::base
