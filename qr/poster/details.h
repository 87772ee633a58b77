// The words and figures of a poster or a card, before anybody decides where they stand.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/money.h"
#include "qr/banks.h"
#include "qr/payload.h"
#include "qr/poster/poster.h"
#include "qr/poster/typeface.h"

namespace qrpay::qr::poster {

/// What the payload says, as people write it. Empty means absent.
struct MoneyDetails {
  std::string bank_short;    ///< "Vietcombank"; "970499" when nobody knows the identifier
  std::string bank_name;     ///< the legal name
  std::string account_head;  ///< all but the last four, in groups of four from the right
  std::string account_tail;  ///< the last four, or all of a shorter one
  std::optional<base::Vnd> amount;
  std::string amount_figures;  ///< "45.000 đ"
  std::string content;         ///< of the transfer
};

/// Reads a payload that is to be printed. A card number is shown by its last four digits alone.
/// Errors: kQrInvalid, a fault under Policy::kStrict; kInvalidField, "/payload: ...", not VietQR, a
///   QRCASH code, an amount that is not in dong.
[[nodiscard]] base::Result<QrPayload> read_printable(std::string_view text);
[[nodiscard]] MoneyDetails money_details(QrPayload const& payload, BankDirectory const& banks);

/// "45.000 đ".
[[nodiscard]] std::string format_dong(base::Vnd amount);
/// `text` in groups of `size` characters from the right. Requires: ASCII, size at least 1.
[[nodiscard]] std::string group_from_right(std::string_view text, std::size_t size, char between);

/// Everything that a poster says.
struct Details {
  std::string headline;
  std::string subline;  ///< the headline in the other language
  std::string shop_name;
  std::string holder;
  MoneyDetails money;
  std::string account_label;
  std::string amount_words;  ///< "Bốn mươi lăm nghìn đồng"
  std::string content_line;  ///< "Nội dung: HD 12"
  std::string note;
  std::string issued;        ///< "Ngày 24/11/2026"
  std::string guard_colour;  ///< "Màu xanh lá"
  std::string guard_code;    ///< "Mã kiểm ABCD-1234"
  std::uint32_t guard_rgb = 0;
};

/// Errors: those of draw_poster() that concern a field.
[[nodiscard]] base::Result<Details> poster_details(PosterSpec const& spec, Typeface const& face);

/// check_printable() and Typeface::check_glyphs() in one. Errors: theirs, with the pointer.
[[nodiscard]] base::Result<void> check_text(Typeface const& face, std::string_view pointer,
                                            std::string_view text, std::size_t characters_max);

}  // namespace qrpay::qr::poster
