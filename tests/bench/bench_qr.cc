// QR codes on one core: text, symbol, picture and back, beside the libraries underneath.
#define ZX_USE_UTF8 1
#include <ZXing/ReadBarcode.h>
#include <qrencode.h>

#include <string>
#include <vector>

#include "qr/build.h"
#include "qr/draw/render.h"
#include "qr/draw/symbol.h"
#include "qr/payload.h"
#include "qr/picture/png.h"
#include "qr/scan/scan.h"
#include "tests/bench/micro.h"
#include "tests/bench/read_rates.h"

namespace {

using namespace qrpay;
using bench::rate_of;

qr::PayloadSpec spec_of(std::string_view purpose) {
  qr::PayloadSpec spec;
  spec.bank_bin = "970436";
  spec.account = "1903000012345";
  spec.amount = base::Vnd(45'000);
  spec.order_bound = true;
  spec.additional.purpose = purpose;
  return spec;
}

void bench_text(std::string const& payload) {
  std::string purpose = "QNH7K2M9P4X";
  std::string text;
  auto const built = rate_of([&](std::size_t i) {
    purpose[3] = static_cast<char>('A' + i % 26);
    if (!qr::build_payload_into(spec_of(purpose), text)) bench::give_up("qr_build");
    bench::keep(text.data());
  });
  bench::print_row({.name = "qr_build", .per_second = built, .unit = "payloads"});
  auto const verified = rate_of([&](std::size_t) {
    auto const read = qr::parse_payload(payload, qr::Policy::kStrict);
    if (!read || read->amount_vnd != base::Vnd(45'000)) bench::give_up("qr_verify");
    bench::keep(read->crc.data());
  });
  bench::print_row({.name = "qr_verify", .per_second = verified, .unit = "payloads"});
}

/// Payloads that differ in their last characters, so that nothing can be remembered.
std::vector<std::string> different_payloads() {
  std::vector<std::string> payloads;
  std::string purpose = "QNH7K2M9P4X";
  for (std::size_t i = 0; i < 64; ++i) {
    purpose[3] = static_cast<char>('A' + i % 26);
    purpose[4] = static_cast<char>('A' + i / 26);
    payloads.push_back(bench::must(qr::build_payload(spec_of(purpose)), "payload"));
  }
  return payloads;
}

void bench_symbol() {
  auto const payloads = different_payloads();
  for (auto const& payload : payloads) {
    auto const symbol = bench::must(qr::draw::make_symbol(payload, {}), "symbol");
    auto const png = bench::must(qr::draw::render_png(symbol, 4), "png");
    bench::check(bench::must(qr::scan::scan_file(base::as_bytes(png)), "scan") == payload,
                 "qr_symbol: another text");
  }
  auto const alone = rate_of([&](std::size_t i) {
    std::string const& payload = payloads[i % payloads.size()];
    QRinput* input = QRinput_new2(0, QR_ECLEVEL_M);
    auto const* bytes = reinterpret_cast<unsigned char const*>(payload.data());
    QRinput_append(input, QR_MODE_8, static_cast<int>(payload.size()), bytes);
    QRcode* code = QRcode_encodeInput(input);
    if (code == nullptr) bench::give_up("libqrencode");
    bench::keep(code->data);
    QRcode_free(code);
    QRinput_free(input);
  });
  auto const ours = rate_of([&](std::size_t i) {
    auto const symbol = qr::draw::make_symbol(payloads[i % payloads.size()], {.boost = false});
    if (!symbol) bench::give_up("qr_symbol");
    bench::keep(symbol->width());
  });
  bench::print_row({.name = "qr_symbol",
                    .per_second = ours,
                    .unit = "symbols",
                    .floor_name = "libqrencode alone",
                    .floor_per_second = alone});
}

std::string zxing_alone(qr::picture::GreyImage const& image) {
  ZXing::ImageView const view(image.pixels.data(), static_cast<int>(image.width),
                              static_cast<int>(image.height), ZXing::ImageFormat::Lum);
#if __has_include(<ZXing/ReaderOptions.h>)
  ZXing::ReaderOptions options;
#else
  ZXing::DecodeHints options;
#endif
  options.setFormats(ZXing::BarcodeFormat::QRCode);
  return ZXing::ReadBarcode(view, options).text();
}

void bench_picture(std::string const& payload) {
  auto const symbol = bench::must(qr::draw::make_symbol(payload, {}), "symbol");
  auto const png = bench::must(qr::draw::render_png(symbol), "png");
  auto const drawn = rate_of([&](std::size_t) {
    auto const file = qr::draw::render_png(symbol);
    if (!file) bench::give_up("qr_png");
    bench::keep(file->data());
  });
  bench::print_row({.name = "qr_png",
                    .per_second = drawn,
                    .unit = "pictures",
                    .remark = bench::grouped(static_cast<double>(png.size())) + " bytes each"});
  auto const image = bench::must(qr::picture::read_png(base::as_bytes(png)), "read_png");
  bench::check(zxing_alone(image) == payload, "ZXing reads another text");
  bench::check(bench::must(qr::scan::scan_image(image), "scan") == payload,
               "qr_scan: another text");
  auto const alone = rate_of([&](std::size_t) { bench::keep(zxing_alone(image).data()); });
  auto const ours =
      rate_of([&](std::size_t) { bench::keep(qr::scan::scan_image(image).has_value()); });
  bench::print_row({.name = "qr_scan_clean",
                    .per_second = ours,
                    .unit = "pictures",
                    .floor_name = "ZXing alone",
                    .floor_per_second = alone,
                    .remark = std::to_string(image.width) + " pixels wide"});
}

}  // namespace

int main(int argc, char** argv) {
  bench::Choice const choice(argc, argv);
  bench::print_note("conditions", bench::conditions());
  auto const payload = bench::must(qr::build_payload(spec_of("QNH7K2M9P4X")), "payload");
  if (choice.has("text")) bench_text(payload);
  if (choice.has("symbol")) bench_symbol();
  if (choice.has("picture")) bench_picture(payload);
  if (choice.has("read")) bench::bench_read_rates();
  return 0;
}
