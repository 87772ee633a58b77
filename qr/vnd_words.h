// Amounts of dong in Vietnamese words, as sentences to be spoken, and as recorded clips. Pure.
//
// Groups of three digits, from the left; zero groups are silent; every group after the first that
// is said is said with all three digits. These are the rules of the npm package
// read-vietnamese-number, which tests/npm compares with; ICU says 1,050,000 wrongly.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/money.h"

namespace qrpay::qr {

/// How a number is said. Numbers are stable: they are stored in the settings of a shop.
enum class Region : std::uint8_t {
  kNorth = 1,  ///< linh, nghìn
  kSouth = 2,  ///< lẻ, ngàn
};

/// "một trăm linh năm nghìn": lower case, NFC, without the currency; 0 is "không".
/// Requires: 0 or more; any int64 is read.
[[nodiscard]] std::string vnd_words(base::Vnd amount, Region region);

/// "50.000\u00a0₫": the form of the locale vi-VN, negative amounts with a leading minus. For
/// screens and paper; never parsed back.
[[nodiscard]] std::string vnd_display(base::Vnd amount);

/// Something to be said aloud at a till.
struct Announcement {
  /// Numbers are stable.
  enum class Form : std::uint8_t {
    kReceived = 1,   ///< "Đã nhận {amount} đồng": exact, or no order
    kUnderpaid = 2,  ///< "Chú ý, chuyển thiếu. Mới nhận {amount} đồng, còn thiếu {difference} đồng"
    kOverpaid = 3,   ///< "Đã nhận {amount} đồng, thừa {difference} đồng"
    kSmall = 4,      ///< "Chú ý, chỉ {amount} đồng": 200 instead of 200.000 is a known fraud
    kOutage = 5,     ///< "Lúc mất mạng có {payments} giao dịch, tổng {amount} đồng"
  };
  Form form = Form::kReceived;
  base::Vnd amount;            ///< received now; after an outage: the sum
  base::Vnd difference;        ///< missing, or too much; read by kUnderpaid and kOverpaid only
  std::uint32_t payments = 0;  ///< read by kOutage only
  bool sandbox = false;        ///< "Thử nghiệm. " comes before, so that nobody hands out goods
};

/// Under this amount a payment without a difference is announced as kSmall.
inline constexpr base::Vnd kSmallAmount{1000};

/// The form for one payment of `received` dong; `asked` is what was still open, if there is an
/// order. Requires: neither is negative.
[[nodiscard]] Announcement announce_payment(base::Vnd received, std::optional<base::Vnd> asked);

/// The sentence, first letter upper case, without a final stop. nullopt when there is nothing to
/// say: an amount of 0 is never announced, nor a difference or a number of payments of 0.
/// Requires: nothing is negative.
[[nodiscard]] std::optional<std::string> spoken_sentence(Announcement const& announcement,
                                                         Region region);

/// The same without diacritics, for displays that lack them. Not for a voice: "mười" and "mươi"
/// are one word there.
[[nodiscard]] std::optional<std::string> spoken_ascii(Announcement const& announcement,
                                                      Region region);

/// Ids of the recordings that say spoken_sentence(), in order; empty when that is nullopt. A clip
/// pack has one recording per id and is one region's voice: in a southern pack `linh` says "lẻ" and
/// `nghin` "ngàn". Ids are stable ASCII in static memory: 22 serve every kReceived (`muoi_10` and
/// `muoi_x`, `mot` and `mot_x1` differ in sound), 7 more the other forms.
[[nodiscard]] std::vector<std::string_view> announcement_clips(Announcement const& announcement);

/// announcement_clips() of the plain form kReceived, whatever the amount.
[[nodiscard]] std::vector<std::string_view> vnd_clips(base::Vnd amount);

}  // namespace qrpay::qr
