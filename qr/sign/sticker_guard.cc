#include "qr/sign/sticker_guard.h"

#include <algorithm>
#include <iterator>
#include <span>

#include "base/bytes.h"
#include "base/crypto.h"
#include "qr/sign/crockford.h"

namespace qrpay::qr::sign {
namespace {

constexpr std::string_view kDomain = "qrpay sticker guard 1\n";

// 2^14 hashes a try: 44 compared bits cost a look-alike 2^58 hashes, a year of one graphics card.
constexpr int kStretchRounds = 16'384;

constexpr std::array<GuardColour, kGuardColourCount> kColours = {{
    {"đỏ", 0xE3000F},
    {"cam", 0xFF7A00},
    {"vàng", 0xFFD900},
    {"xanh cốm", 0xB4E000},
    {"xanh lá cây", 0x1E8E2E},
    {"xanh rêu", 0x4A5A10},
    {"xanh ngọc", 0x00BFA5},
    {"xanh da trời", 0x6EC6FF},
    {"xanh dương", 0x0047D6},
    {"tím", 0x7B1FC8},
    {"hồng", 0xFFB3C7},
    {"cánh sen", 0xE6148C},
    {"nâu", 0xA0622D},
    {"rượu vang", 0x6A0F2E},
    {"xám", 0x9A9A9A},
    {"đen", 0x000000},
}};

bool is_account(TlvObject const& object) { return object.tag >= 2 && object.tag <= 51; }

// The VietQR account by its meaning, so that neither the order inside 38 nor an absent 38.02
// (which means QRPUSH) gives the same account another guard.
void write_vietqr(base::ByteWriter& out, QrPayload const& payload) {
  auto const service = payload.service();
  out.text16("vietqr");
  out.text16(service ? service_code(*service) : payload.service_code);
  out.text16(payload.bank_bin);
  out.text16(payload.account);
}

std::string guarded_text(QrPayload const& payload) {
  base::SmallVector<TlvObject, 4> accounts;
  std::copy_if(payload.objects.begin(), payload.objects.end(), std::back_inserter(accounts),
               is_account);
  std::sort(accounts.begin(), accounts.end(),
            [](TlvObject const& a, TlvObject const& b) { return a.tag < b.tag; });
  std::string text;
  base::ByteWriter out(text);
  out.text(kDomain);
  if (payload.scheme == Scheme::kVietQr) write_vietqr(out, payload);
  for (TlvObject const& object : accounts) {
    if (payload.scheme == Scheme::kVietQr && object.tag == payload.account_tag) continue;
    out.u8(object.tag);
    out.text16(object.value);
  }
  return text;
}

}  // namespace

std::array<GuardColour, kGuardColourCount> const& guard_colours() { return kColours; }

StickerGuard sticker_guard(QrPayload const& payload) {
  base::Digest digest = base::sha256(base::as_bytes(guarded_text(payload)));
  for (int round = 0; round < kStretchRounds; ++round) digest = base::sha256(digest);
  std::string const code = to_crockford(std::span(digest).first<kCrockfordBytes>());
  GuardColour const& colour = kColours[digest[kCrockfordBytes] >> 4];
  return {code.substr(0, 4) + "-" + code.substr(4), colour.word, colour.rgb};
}

}  // namespace qrpay::qr::sign
