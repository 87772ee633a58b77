// The guard in front of the library: how many corners of codes a picture shows.
#include "qr/scan/finders.h"

#include <gtest/gtest.h>

#include "qr/scan/binarize.h"
#include "tests/qr/drawn.h"
#include "tests/qr/scan/pictures.h"

namespace qrpay::qr::scan {
namespace {

TEST(Finders, CountsFinderPatternsUpToTheLimit) {
  EXPECT_EQ(count_finder_patterns(binarize(image_of(kStatic)), 200), 3u);
  EXPECT_EQ(count_finder_patterns(binarize(tiled_with_finders(10)), 200), 100u);
  EXPECT_EQ(count_finder_patterns(binarize(tiled_with_finders(20)), 200), 201u);
}

// A pattern of the least size that the library reads must not fall between the rows looked at.
TEST(Finders, CountsThoseOfTwoPixelsAModule) {
  EXPECT_GE(count_finder_patterns(binarize(image_of(kStatic, 2)), 200), 3u);
}

}  // namespace
}  // namespace qrpay::qr::scan
