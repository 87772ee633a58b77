// A poster of the code that it is given, as PDF.
#include <cstdio>

#include "qr/poster/poster.h"

namespace poster = qrpay::qr::poster;

int main(int argc, char** argv) {
  if (argc != 2) return 1;
  poster::PosterSpec spec;
  spec.payload = argv[1];
  spec.shop_name = "Quán Phở Thìn";
  auto const pdf = poster::draw_poster(spec, poster::Format::kPdf);
  if (!pdf) {
    std::printf("%s\n", to_string(pdf.error()).c_str());
    return 2;
  }
  std::printf("%.5s, %s\n", pdf->c_str(), pdf->size() > 2'000 ? "with a page" : "empty");
}
