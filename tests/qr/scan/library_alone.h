// Plain ZXing, which our reader is compared with.
#pragma once

#include <optional>
#include <string>

#include "qr/picture/image.h"

namespace qrpay::qr::scan {

/// "ZXing 1.4.0".
[[nodiscard]] std::string library_name();

/// What one call of the library reads, with QR codes as the only format and every option that makes
/// it look harder.
[[nodiscard]] std::optional<std::string> read_with_library_alone(picture::GreyImage const& image);

}  // namespace qrpay::qr::scan
