// Marks are drawn where they belong; a hostile file is refused before it costs anything.
#include "qr/poster/brand.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "qr/draw/symbol.h"
#include "qr/poster/poster.h"
#include "tests/qr/poster/printed.h"

namespace qrpay::qr::poster {
namespace {

namespace fs = std::filesystem;
using base::Errc;

constexpr std::string_view kSvg =
    "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 40 20\">";

/// A brand folder for the length of a test.
class Folder {
 public:
  Folder() : path_(testing::TempDir() + "brand-" + std::to_string(getpid())) {
    fs::remove_all(path_);
    fs::create_directory(path_);
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(Folder const&) = delete;
  Folder& operator=(Folder const&) = delete;
  void put(std::string const& name, std::string const& text) const {
    std::ofstream(path_ + "/" + name, std::ios::binary) << text;
  }
  [[nodiscard]] std::string const& path() const { return path_; }

 private:
  std::string path_;
};

std::string mark(std::string_view inside) {
  return std::string(kSvg) + std::string(inside) + "</svg>";
}

std::string const kRed = mark("<rect width=\"40\" height=\"20\" fill=\"#c00000\"/>");

TEST(Brand, LoadsMarksInTheOrderOfTheirNames) {
  Folder const folder;
  folder.put("2-wide.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 90 10\"/>");
  folder.put("1-flat.svg", kRed);
  folder.put("README.txt", "not a mark");
  auto const brand = Brand::load(folder.path());
  ASSERT_TRUE(brand) << to_string(brand.error());
  ASSERT_EQ((*brand)->size(), 2u);
  EXPECT_DOUBLE_EQ((*brand)->aspect(0), 2);
  EXPECT_DOUBLE_EQ((*brand)->aspect(1), 9);
}

TEST(Brand, AnEmptyFolderHoldsNoMarksAndAMissingOneIsAnError) {
  Folder const folder;
  auto const brand = Brand::load(folder.path());
  ASSERT_TRUE(brand);
  EXPECT_EQ((*brand)->size(), 0u);
  EXPECT_EQ(Brand::load(folder.path() + "/absent").error().errc, Errc::kIo);
}

TEST(Brand, MarksStayOutsideTheQuietZoneOnEverySheet) {
  Folder const folder;
  // Black, and drawn far beyond its own box.
  folder.put("a.svg",
             "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 40 20\" "
             "overflow=\"visible\"><rect x=\"-900\" y=\"-900\" width=\"2000\" "
             "height=\"2000\"/></svg>");
  folder.put("b.svg", kRed);
  auto const brand = Brand::load(folder.path());
  ASSERT_TRUE(brand) << to_string(brand.error());
  std::string const payload = order_payload();
  for (Sheet const sheet : {Sheet::kA6, Sheet::kA5, Sheet::kA4Eight, Sheet::kStrip80}) {
    auto spec = spec_of(payload, sheet);
    auto const plain = draw_poster(spec, Format::kPng, 150);
    spec.brand = *brand;
    auto const branded = draw_poster(spec, Format::kPng, 150);
    ASSERT_TRUE(plain);
    ASSERT_TRUE(branded) << to_string(branded.error());
    EXPECT_NE(*plain, *branded);
    auto image = grey_of(*branded);
    if (sheet == Sheet::kA4Eight) image = crop(image, 0, 0, image.width / 2, image.height / 4);
    EXPECT_EQ(scanned(image), payload);
    auto const place = find_symbol(image);
    ASSERT_TRUE(place);
    auto const symbol = draw::make_symbol(payload, {.level = draw::Level::kH});
    ASSERT_TRUE(symbol);
    EXPECT_GE(quiet_pixels(image, *place), 4 * place->width / symbol->width());
  }
}

TEST(Brand, RefusesTooManyMarks) {
  Folder const folder;
  for (char c = 'a'; c < 'a' + 5; ++c) folder.put(std::string(1, c) + ".svg", kRed);
  EXPECT_EQ(Brand::load(folder.path()).error().errc, Errc::kTooLarge);
}

TEST(Brand, RefusesFilesThatAreNotDrawingsByName) {
  struct Case {
    std::string text;
    Errc errc;
  };
  std::string const huge = mark("<path d=\"" + std::string(kBrandBytesMax, '0') + "\"/>");
  for (Case const& c : {Case{huge, Errc::kImageTooLarge}, Case{"", Errc::kImageMalformed},
                        Case{"not xml", Errc::kImageMalformed},
                        Case{std::string(kSvg) + "<g>", Errc::kImageMalformed},
                        Case{"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 900 1\"/>",
                             Errc::kImageMalformed}}) {
    Folder const folder;
    folder.put("logo.svg", c.text);
    auto const brand = Brand::load(folder.path());
    ASSERT_FALSE(brand) << c.text.substr(0, 80);
    EXPECT_EQ(brand.error().errc, c.errc);
    EXPECT_TRUE(brand.error().detail.starts_with("logo.svg: ")) << brand.error().detail;
  }
}

TEST(Brand, RefusesWhatIsNotAFile) {
  Folder const folder;
  fs::create_directory(folder.path() + "/d.svg");
  EXPECT_EQ(Brand::load(folder.path()).error().errc, Errc::kIo);
}

// Each of these would load a file, expand without end, run, draw for ever, or use another font.
TEST(Brand, RefusesHostileTexts) {
  std::string const bomb =
      "<!DOCTYPE svg [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\">]>";
  for (std::string const& text :
       {bomb + mark("<title>&b;</title>"),
        mark("<image href=\"file:///etc/passwd\"/>"),
        mark("<image href=\"data:image/png;base64,AAAA\"/>"),
        mark("<use href=\"#a\"/>"),
        mark("<x:use xmlns:x=\"http://www.w3.org/2000/svg\" href=\"#a\"/>"),
        mark("<script>1</script>"),
        mark("<text>a</text>"),
        mark("<rect fill=\"url(file:///etc/passwd)\"/>"),
        mark("<rect fill=\"URL( 'x.svg#a')\"/>"),
        mark("<linearGradient xlink:href=\"other.svg#a\"/>"),
        mark("<filter id=\"a\"/>"),
        mark("<rect filter=\"blur(9999px)\"/>"),
        mark("<rect style=\"f\\69lter:blur(9px)\"/>"),
        mark("<rect style=\"&#102;ilter:blur(9px)\"/>"),
        mark("<pattern id=\"a\"/>"),
        mark("<path d=\"M0 0h9e9\" stroke-dasharray=\"0.0001\"/>"),
        mark("<style>@import url(#a);</style>"),
        mark("<foreignObject/>"),
        mark("<clipPath/>"),
        mark("<mask/>"),
        "<?xml version=\"1.0\" encoding=\"UTF-7\"?>" + kRed,
        "<?xml version=\"1.0\"?><?xml-stylesheet href=\"#a\"?>" + kRed,
        mark("<![CDATA[<image/>]]>"),
        mark("<metadata/><image/>"),
        mark("<metadata><x/></metadata><image/>"),
        mark("<!-- no end"),
        mark("</g></g></g>")}) {
    auto const checked = check_brand_text(text);
    ASSERT_FALSE(checked) << text;
    EXPECT_EQ(checked.error().errc, Errc::kImageMalformed) << text;
  }
}

TEST(Brand, RefusesTooManyElementsAndTooDeepOnes) {
  std::string many;
  for (std::size_t i = 0; i <= kBrandElementsMax; ++i) many += "<g/>";
  EXPECT_EQ(check_brand_text(mark(many)).error().errc, Errc::kImageTooLarge);
  std::string deep;
  for (std::size_t i = 0; i <= kBrandDepthMax; ++i) deep += "<g>";
  EXPECT_EQ(check_brand_text(mark(deep)).error().errc, Errc::kImageTooLarge);
  std::string const rules(40u << 10, ' ');
  EXPECT_EQ(check_brand_text(mark("<style>" + rules + "</style>")).error().errc,
            Errc::kImageTooLarge);
}

TEST(Brand, TakesWhatDrawingProgramsWrite) {
  for (std::string const& text :
       {kRed, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<!-- <image> -->\n" + kRed + "\n",
        mark("<metadata><rdf:RDF><cc:Work rdf:about=\"\"/></rdf:RDF></metadata><g><path/></g>"),
        mark("<defs><linearGradient id=\"a\"><stop offset=\"0\"/></linearGradient>"
             "<linearGradient id=\"b\" xlink:href=\"#a\"/></defs><rect fill=\"url(#b)\"/>"),
        mark("<style type=\"text/css\">.a{fill:#fff}</style><title>A &amp; B</title>")}) {
    auto const checked = check_brand_text(text);
    EXPECT_TRUE(checked) << text << ": " << to_string(checked.error());
  }
}

}  // namespace
}  // namespace qrpay::qr::poster
