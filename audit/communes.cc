#include "audit/communes.h"

#include <algorithm>
#include <iterator>

namespace qrpay::audit {
namespace {

// One a line, so that a change of the law is one line of a diff.
// clang-format off
constexpr Commune kCommunes[] = {
    {"06652", "Phường Hà Tu"},
    {"06658", "Phường Cao Xanh"},
    {"06661", "Phường Việt Hưng"},
    {"06673", "Phường Bãi Cháy"},
    {"06676", "Phường Hà Lầm"},
    {"06685", "Phường Hồng Gai"},
    {"06688", "Phường Hạ Long"},
    {"06706", "Phường Tuần Châu"},
    {"06709", "Phường Móng Cái 2"},
    {"06712", "Phường Móng Cái 1"},
    {"06724", "Xã Hải Sơn"},
    {"06733", "Xã Hải Ninh"},
    {"06736", "Phường Móng Cái 3"},
    {"06757", "Xã Vĩnh Thực"},
    {"06760", "Phường Mông Dương"},
    {"06778", "Phường Quang Hanh"},
    {"06781", "Phường Cửa Ông"},
    {"06793", "Phường Cẩm Phả"},
    {"06799", "Xã Hải Hòa"},
    {"06811", "Phường Uông Bí"},
    {"06820", "Phường Vàng Danh"},
    {"06832", "Phường Yên Tử"},
    {"06838", "Xã Bình Liêu"},
    {"06841", "Xã Hoành Mô"},
    {"06856", "Xã Lục Hồn"},
    {"06862", "Xã Tiên Yên"},
    {"06874", "Xã Điền Xá"},
    {"06877", "Xã Đông Ngũ"},
    {"06886", "Xã Hải Lạng"},
    {"06895", "Xã Đầm Hà"},
    {"06913", "Xã Quảng Tân"},
    {"06922", "Xã Quảng Hà"},
    {"06931", "Xã Quảng Đức"},
    {"06946", "Xã Đường Hoa"},
    {"06967", "Xã Cái Chiên"},
    {"06970", "Xã Ba Chẽ"},
    {"06979", "Xã Kỳ Thượng"},
    {"06985", "Xã Lương Minh"},
    {"06994", "Đặc khu Vân Đồn"},
    {"07030", "Phường Hoành Bồ"},
    {"07054", "Xã Quảng La"},
    {"07060", "Xã Thống Nhất"},
    {"07069", "Phường Mạo Khê"},
    {"07081", "Phường Bình Khê"},
    {"07090", "Phường An Sinh"},
    {"07093", "Phường Đông Triều"},
    {"07114", "Phường Hoàng Quế"},
    {"07132", "Phường Quảng Yên"},
    {"07135", "Phường Đông Mai"},
    {"07147", "Phường Hiệp Hòa"},
    {"07168", "Phường Hà An"},
    {"07180", "Phường Liên Hòa"},
    {"07183", "Phường Phong Cốc"},
    {"07192", "Đặc khu Cô Tô"},
};
// clang-format on
static_assert(std::size(kCommunes) == 54);
static_assert(std::ranges::is_sorted(kCommunes, {}, &Commune::code));

}  // namespace

std::span<Commune const> communes() { return kCommunes; }

Commune const* find_commune(std::string_view code) {
  auto const* const found = std::ranges::lower_bound(kCommunes, code, {}, &Commune::code);
  if (found == std::end(kCommunes) || found->code != code) return nullptr;
  return found;
}

}  // namespace qrpay::audit
