// Makes a code, verifies it, draws it, reads the drawing: what a project outside does first.
#include <cstdio>
#include <string>

#include "base/bytes.h"
#include "qr/build.h"
#include "qr/draw/render.h"
#include "qr/draw/symbol.h"
#include "qr/payload.h"
#include "qr/scan/scan.h"

namespace qr = qrpay::qr;
namespace base = qrpay::base;

int main() {
  qr::PayloadSpec spec;
  spec.bank_bin = "970403";
  spec.account = "0011012345678";
  spec.amount = base::Vnd(50'000);
  auto const text = qr::build_payload(spec);
  if (!text) return 1;
  auto const symbol = qr::draw::make_symbol(*text, {});
  if (!symbol) return 2;
  auto const png = qr::draw::render_png(*symbol);
  if (!png) return 3;
  auto const seen = qr::scan::scan_file(base::as_bytes(*png));
  if (!seen || *seen != *text) return 4;
  qr::Reading const reading = qr::read_payload(*seen);
  if (!reading.accepted(qr::Policy::kStrict)) return 5;

  std::string damaged = *text;
  damaged[damaged.size() - 10] ^= 1;
  qr::Fault const* fault =
      qr::first_refusal(qr::read_payload(damaged).faults, qr::Policy::kLenient);
  if (fault == nullptr) return 6;

  std::printf("%s: %s\n", std::string(reading.payload.account).c_str(), text->c_str());
  std::printf("%s\n", to_string(*fault).c_str());
}
