#include "qr/poster/details.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "base/check.h"
#include "qr/poster/printable.h"
#include "qr/sign/sticker_guard.h"

namespace qrpay::qr::poster {
namespace {

using base::Errc;
using base::fail;

constexpr std::size_t kGroup = 4;

struct Words {
  std::string_view headline;
  std::string_view account;
  std::string_view merchant;
  std::string_view card;
  std::string_view content;
  std::string_view issued;
  std::string_view colour;
  std::string_view guard;
};

constexpr Words kVietnameseWords = {"Quét mã để thanh toán",
                                    "Số tài khoản",
                                    "Mã đơn vị",
                                    "Số thẻ",
                                    "Nội dung: ",
                                    "Ngày ",
                                    "Màu ",
                                    "Mã kiểm "};
constexpr Words kEnglishWords = {"Scan to pay", "Account number", "Merchant number", "Card number",
                                 "Content: ",   "Issued ",        "Colour ",         "Check code "};

Words const& words_in(Language language) {
  return language == Language::kEnglish ? kEnglishWords : kVietnameseWords;
}

// Vietnamese people write the day first.
std::string format_issued(base::Day day, Language language) {
  std::string const iso = base::format_day(day);
  if (language == Language::kEnglish) return iso;
  return iso.substr(8, 2) + "/" + iso.substr(5, 2) + "/" + iso.substr(0, 4);
}

// The first letter of a number is ASCII in Vietnamese: m, h, b, n, s, t, c, k.
std::string format_words(base::Vnd amount, Region region) {
  std::string words = vnd_words(amount, region) + " đồng";
  QRPAY_CHECK(words[0] >= 'a' && words[0] <= 'z');
  words[0] = static_cast<char>(words[0] - 'a' + 'A');
  return words;
}

bool is_holder_character(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view(" .,&'()/-").find(c) != std::string_view::npos;
}

base::Result<void> check_fields(PosterSpec const& spec, Typeface const& face) {
  if (spec.shop_name.empty()) return fail(Errc::kInvalidField, "/shop_name: empty");
  QRPAY_TRY_VOID(check_text(face, "/shop_name", spec.shop_name, kShopNameCharactersMax));
  QRPAY_TRY_VOID(check_text(face, "/holder", spec.holder, kHolderCharactersMax));
  if (!std::all_of(spec.holder.begin(), spec.holder.end(), is_holder_character)) {
    return fail(Errc::kInvalidField, "/holder: not in capitals without marks, as banks write it");
  }
  return check_text(face, "/note", spec.note, kNoteCharactersMax);
}

std::string_view account_label(Words const& words, std::optional<Service> service) {
  if (service == Service::kTransferToCard) return words.card;
  return service == Service::kPush ? words.merchant : words.account;
}

}  // namespace

base::Result<void> check_text(Typeface const& face, std::string_view pointer, std::string_view text,
                              std::size_t characters_max) {
  QRPAY_TRY_VOID(check_printable(pointer, text, characters_max));
  if (auto const known = face.check_glyphs(text); !known) {
    return fail(known.error().errc, std::string(pointer) + ": " + known.error().detail);
  }
  return {};
}

std::string group_from_right(std::string_view text, std::size_t size, char between) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i > 0 && (text.size() - i) % size == 0) out += between;
    out += text[i];
  }
  return out;
}

std::string format_dong(base::Vnd amount) {
  return group_from_right(std::to_string(amount.dong()), /*size=*/3, '.') + " đ";
}

base::Result<QrPayload> read_printable(std::string_view text) {
  QRPAY_TRY(QrPayload payload, parse_payload(text, Policy::kStrict));
  if (payload.scheme != Scheme::kVietQr) {
    return fail(Errc::kInvalidField, "/payload: not a VietQR code");
  }
  if (payload.service() == Service::kCash) {
    return fail(Errc::kInvalidField, "/payload: a code of an ATM is not for a poster");
  }
  if (!payload.amount.empty() && !payload.amount_vnd) {
    return fail(Errc::kInvalidField, "/payload: the amount is not one in dong");
  }
  for (std::string_view const shown : {payload.account, payload.additional.purpose}) {
    if (!std::all_of(shown.begin(), shown.end(), [](char c) { return c >= ' ' && c <= '~'; })) {
      return fail(Errc::kInvalidField, "/payload: not in printable ASCII");
    }
  }
  return payload;
}

MoneyDetails money_details(QrPayload const& payload, BankDirectory const& banks) {
  MoneyDetails details;
  Bank const* const bank = banks.by_bin(payload.bank_bin);
  details.bank_short = bank != nullptr ? bank->short_name : std::string(payload.bank_bin);
  if (bank != nullptr && bank->name != bank->short_name) details.bank_name = bank->name;
  std::string_view const account = payload.account;
  std::size_t const tail = std::min(account.size(), kGroup);
  details.account_tail = account.substr(account.size() - tail);
  details.account_head = group_from_right(account.substr(0, account.size() - tail), kGroup, ' ');
  if (payload.service() == Service::kTransferToCard) details.account_head = "•••• •••• ••••";
  details.amount = payload.amount_vnd;
  if (details.amount) details.amount_figures = format_dong(*details.amount);
  details.content = payload.additional.purpose;
  return details;
}

base::Result<Details> poster_details(PosterSpec const& spec, Typeface const& face) {
  QRPAY_TRY_VOID(check_fields(spec, face));
  QRPAY_TRY(QrPayload const payload, read_printable(spec.payload));
  Words const& words = words_in(spec.language);
  bool const english = spec.language == Language::kEnglish;
  Details details;
  details.headline = words.headline;
  details.subline = (english ? kVietnameseWords : kEnglishWords).headline;
  details.shop_name = spec.shop_name;
  details.holder = spec.holder;
  details.money = money_details(payload, spec.banks != nullptr ? *spec.banks : builtin_banks());
  details.account_label = account_label(words, payload.service());
  if (details.money.amount) details.amount_words = format_words(*details.money.amount, spec.region);
  if (!details.money.content.empty()) {
    details.content_line = std::string(words.content) + details.money.content;
  }
  details.note = spec.note;
  details.issued = std::string(words.issued) + format_issued(spec.issued, spec.language);
  sign::StickerGuard const guard = sign::sticker_guard(payload);
  details.guard_colour = std::string(words.colour) + std::string(guard.colour_word);
  details.guard_code = std::string(words.guard) + guard.fingerprint;
  details.guard_rgb = guard.rgb;
  // The operator's own list of banks may hold any letter.
  for (std::string const* name : {&details.money.bank_short, &details.money.bank_name}) {
    QRPAY_TRY_VOID(check_text(face, "/banks", *name, kBankNameBytesMax));
  }
  return details;
}

}  // namespace qrpay::qr::poster
