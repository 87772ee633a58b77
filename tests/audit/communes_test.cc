#include "audit/communes.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <string>

namespace qrpay::audit {
namespace {

TEST(Communes, AreThoseInForceInTheDataTable) {
  std::ifstream file(QRPAY_SOURCE_DIR "/data/admin_units.csv");
  std::map<std::string, std::string> in_force;
  std::string line;
  while (std::getline(file, line)) {
    // code,name,full_name,level,parent_code,valid_from,valid_to,...; no field before is quoted.
    std::string cells[7];
    std::size_t at = 0;
    for (auto& cell : cells) {
      std::size_t const comma = line.find(',', at);
      cell = line.substr(at, comma - at);
      at = comma + 1;
    }
    if (cells[3] == "commune" && cells[4] == kQuangNinh && cells[6].empty() &&
        cells[5] == base::format_day(kCommunesValidFrom))
      in_force[cells[0]] = cells[2];
  }
  std::map<std::string, std::string> compiled_in;
  for (auto const& commune : communes()) compiled_in.emplace(commune.code, commune.full_name);
  EXPECT_EQ(compiled_in, in_force);
  EXPECT_EQ(compiled_in.size(), 54U);
}

TEST(Communes, AreFoundByCode) {
  ASSERT_NE(find_commune("06652"), nullptr);
  EXPECT_EQ(find_commune("06652")->full_name, "Phường Hà Tu");
  EXPECT_EQ(find_commune("07192")->full_name, "Đặc khu Cô Tô");
  for (auto const* code : {"", "22", "06651", "07193", "6652", "066520"})
    EXPECT_EQ(find_commune(code), nullptr) << code;
}

}  // namespace
}  // namespace qrpay::audit
