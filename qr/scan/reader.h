// Black and white -> the texts of the QR codes in it. Sole includer of ZXing-C++ (1.4 and 2.x).
#pragma once

#include <string>
#include <vector>

#include "qr/picture/image.h"

namespace qrpay::qr::scan {

/// The distinct texts of the QR codes in a binarized picture, at most eight, as UTF-8: the bytes of
/// the code where they are UTF-8 and nothing says otherwise, else as the library converts them.
/// Empty for a picture that shows fewer than three finder patterns, and for one that shows more
/// than 200: those would take time by the cube of their number. About 1.6 ns a pixel, and up to
/// 0.03 s for the patterns. Threads: any.
[[nodiscard]] std::vector<std::string> read_bits(picture::GreyImage const& bits);

/// Is there a Micro QR code? With ZXing 2.2 and later also: an rMQR code, which 1.4 cannot see.
[[nodiscard]] bool holds_small_symbol(picture::GreyImage const& bits);

}  // namespace qrpay::qr::scan
