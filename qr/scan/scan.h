// Picture -> the texts of the QR codes in it, for pictures as they come: blurred, dark, crooked.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "base/world.h"
#include "qr/picture/image.h"

namespace qrpay::qr::scan {

/// How long a user waits who holds a phone over a code.
inline constexpr std::int64_t kScanBudgetMs = 400;

struct ScanOptions {
  base::Clock* clock = &base::system_clock();
  /// No further try begins after so many ms, nor one that would end later, judging by the tries
  /// before it. The first tries are made whatever it says.
  std::int64_t budget_ms = kScanBudgetMs;
};

/// The distinct texts, at least one, of the QR codes in `image`, as UTF-8 (a code without an ECI
/// header whose bytes are not UTF-8 is converted by the library's guess).
///
/// A ladder of tries, from the picture as it is to sharpened, softened and enlarged ones; each
/// looks at several sizes of it, draws codes that lie aslant anew, and looks at the negative where
/// the picture itself shows nothing. The first try that finds a VietQR code with the right CRC
/// ends it. Where only other texts are found (links, other schemes), two more tries look for a
/// VietQR code beside them.
///
/// A text that begins like EMVCo's and whose CRC is wrong is most likely a misread: it is returned
/// only when two tries read the very same, so that it stands in the code. Says nothing else about
/// the texts: give them to read_payload(), which refuses that one by name.
///
/// 0.2 to 0.5 ms for a clean picture of 300 to 450 pixels, which is less than the library alone;
/// some 30 ms for one of that size without a code. At most budget_ms and one try more: 0.1 s for
/// kImagePixelsMax. Bounded for hostile pictures too, since a picture that shows more than 200
/// finder patterns is not searched. Takes up to 4 bytes a pixel besides `image`. Threads: any.
/// Errors: kNoCodeFound; kUnsupportedSymbol, no QR code but a Micro QR code (with ZXing 2.2 and
///   later also rMQR; 1.4 does not know it and says kNoCodeFound); kImageMalformed, pixels do not
///   match the sizes; kImageTooLarge, over picture::kImagePixelsMax.
[[nodiscard]] base::Result<std::vector<std::string>> scan_codes(picture::GreyImage const& image,
                                                                ScanOptions const& options = {});

/// The only one. Further errors: kSeveralCodes, codes with different texts, so nobody can say which
/// one is meant (several codes with one text are one); `detail` holds their number.
[[nodiscard]] base::Result<std::string> scan_image(picture::GreyImage const& image,
                                                   ScanOptions const& options = {});

/// The same for a picture file. Further errors: those of picture::read_picture().
[[nodiscard]] base::Result<std::string> scan_file(base::ByteView file,
                                                  ScanOptions const& options = {});

}  // namespace qrpay::qr::scan
