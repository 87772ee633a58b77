#include "qr/draw/print_size.h"

#include "base/check.h"

namespace qrpay::qr::draw {
namespace {

constexpr std::uint64_t kUmPerInch = 25'400;

std::uint32_t divided_to_nearest(std::uint64_t number, std::uint64_t by) {
  return static_cast<std::uint32_t>((number + by / 2) / by);
}

std::uint32_t side_modules(Symbol const& symbol) {
  return static_cast<std::uint32_t>(symbol.width() + 2 * kQuietZoneModules);
}

}  // namespace

base::Result<PrintSize> print_size(Symbol const& symbol, PrintTarget const& target) {
  if (target.module_um < kModuleUmMin || target.module_um > kModuleUmMax) {
    return base::fail(base::Errc::kInvalidField, "/module_um: not 100 to 50000");
  }
  if (target.dots_per_inch < kDotsPerInchMin || target.dots_per_inch > kDotsPerInchMax) {
    return base::fail(base::Errc::kInvalidField, "/dots_per_inch: not 72 to 2400");
  }
  std::uint64_t const per_inch = target.dots_per_inch;
  PrintSize size;
  size.dots_per_module = divided_to_nearest(target.module_um * per_inch, kUmPerInch);
  if (size.dots_per_module == 0) {
    return base::fail(base::Errc::kInvalidField, "/module_um: less than one dot of the printer");
  }
  size.side_dots = side_modules(symbol) * size.dots_per_module;
  size.module_um = divided_to_nearest(size.dots_per_module * kUmPerInch, per_inch);
  size.side_um = divided_to_nearest(size.side_dots * kUmPerInch, per_inch);
  return size;
}

std::uint32_t side_um(Symbol const& symbol, std::uint32_t module_um) {
  QRPAY_CHECK(module_um <= kModuleUmMax);
  return side_modules(symbol) * module_um;
}

std::string format_mm(std::uint32_t micrometres) {
  std::string out = std::to_string(micrometres / 1'000);
  std::string thousandths = std::to_string(1'000 + micrometres % 1'000);
  thousandths[0] = '.';
  thousandths.erase(thousandths.find_last_not_of('0') + 1);
  if (thousandths.size() > 1) out += thousandths;
  return out;
}

}  // namespace qrpay::qr::draw
