// A site that draws its codes at vietqr.io, pointed at qrpay instead: the same calls, the same
// shapes of answers. The requests are those of the service's public documentation.
#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/crypto.h"
#include "cli/process.h"
#include "gateway/compat/vietqr_io.h"
#include "qr/payload.h"
#include "qr/picture/read.h"
#include "qr/scan/scan.h"
#include "tests/e2e/town.h"

namespace qrpay::e2e {
namespace {

/// The only code in a picture, and the picture's sizes.
struct Seen {
  std::string text;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
};
Seen look_at(std::string const& picture) {
  auto const image = qr::picture::read_picture(base::as_bytes(picture));
  EXPECT_TRUE(image);
  if (!image) return {};
  auto const text = qr::scan::scan_image(*image);
  EXPECT_TRUE(text) << to_string(text.error());
  return {text ? *text : std::string(), image->width, image->height};
}

class VietQrIo : public testing::Test {
 protected:
  Answer generate(std::string const& body) { return site_.post("/v2/generate", body); }

  Server server_;
  Caller site_ = Caller::nobody(server_);
};

TEST_F(VietQrIo, GeneratesWhatTheDocumentationPromises) {
  Answer const made = site_.ask(
      {"POST",
       "/v2/generate",
       R"({"accountNo":"113366668888","accountName":"QUY VAC XIN PHONG CHONG COVID",)"
       R"("acqId":"970415","addInfo":"Ung Ho Quy Vac Xin","amount":"79000","template":"compact"})",
       {{"x-client-id", "a"}, {"x-api-key", "b"}}});
  ASSERT_EQ(made.status, 200) << made.text;
  EXPECT_EQ(text_at(made.json, "code"), "00");
  EXPECT_EQ(text_at(made.json, "desc"), "Gen VietQR successful!");
  std::string const payload = text_at(made.json, "data.qrCode");
  auto const read = qr::parse_payload(payload, qr::Policy::kStrict);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->bank_bin, "970415");
  EXPECT_EQ(read->account, "113366668888");
  EXPECT_EQ(read->amount, "79000");
  EXPECT_EQ(read->additional.purpose, "Ung Ho Quy Vac Xin");
  EXPECT_EQ(number_at(made.json, "data.acqId"), 970'415);
  std::string const url = text_at(made.json, "data.qrDataURL");
  std::string const head = "data:image/png;base64,";
  ASSERT_TRUE(url.starts_with(head));
  auto const png = base::from_base64(std::string_view(url).substr(head.size()));
  ASSERT_TRUE(png);
  Seen const seen = look_at(*png);
  EXPECT_EQ(seen.text, payload);
  EXPECT_EQ(seen.width, 540u);
  EXPECT_EQ(seen.height, 540u);
}

TEST_F(VietQrIo, TakesNumbersAndUnknownMembersAsThere) {
  Answer const made = generate(
      R"({"accountNo":113366668888,"acqId":970415,"amount":79000,"format":"text","more":[1]})");
  ASSERT_EQ(made.status, 200) << made.text;
  EXPECT_NE(text_at(made.json, "data.qrCode").find("0112113366668888"), std::string::npos);
}

TEST_F(VietQrIo, RefusesInItsOwnShape) {
  struct {
    std::string_view body;
    std::string_view says;
  } const cases[] = {
      {R"({"acqId":970415})", "/accountNo"},
      {R"({"accountNo":"113366668888"})", "/acqId"},
      {R"({"accountNo":"113366668888","acqId":970415,"amount":"50.000"})", "amount"},
      {R"({"accountNo":"113366668888","acqId":970415,"amount":0})", "amount"},
      {R"({"accountNo":"113366668888","acqId":970415,"template":"neon"})", "/template"},
      {R"({"accountNo":"11336666_888","acqId":970415})", "/account"},
      {"[", "offset"},
  };
  for (auto const& c : cases) {
    Answer const refused = generate(std::string(c.body));
    EXPECT_EQ(refused.status, 400) << c.body;
    EXPECT_TRUE(text_at(refused.json, "code").starts_with("QRPAY-")) << refused.text;
    EXPECT_NE(text_at(refused.json, "desc").find(c.says), std::string::npos) << refused.text;
  }
}

TEST_F(VietQrIo, ListsTheBanks) {
  Answer const banks = site_.get("/v2/banks");
  ASSERT_EQ(banks.status, 200);
  EXPECT_EQ(text_at(banks.json, "code"), "00");
  auto const list = array_at(banks.json, "data");
  EXPECT_EQ(text_at(banks.json, "desc"),
            "Get Bank list successful! Total " + std::to_string(list.size()) + " banks");
  EXPECT_GE(list.size(), 60u);
  for (auto const& bank : list) {
    if (text_at(bank, "bin") != "970436") continue;
    EXPECT_EQ(text_at(bank, "code"), "VCB");
    EXPECT_EQ(text_at(bank, "shortName"), "Vietcombank");
    EXPECT_EQ(text_at(bank, "short_name"), "Vietcombank");
    EXPECT_EQ(number_at(bank, "transferSupported"), 1);
  }
}

TEST_F(VietQrIo, QuickLinksAreThePicturesOfTheirTemplates) {
  struct {
    std::string_view card;
    std::uint32_t width;
    std::uint32_t height;
  } const cards[] = {
      {"compact2", 540, 640}, {"compact", 540, 540}, {"qr_only", 480, 480}, {"print", 600, 776}};
  for (auto const& card : cards) {
    for (std::string const suffix : {"png", "jpg"}) {
      Answer const picture =
          site_.get("/image/vietinbank-113366668888-" + std::string(card.card) + "." + suffix +
                    "?amount=79000&addInfo=ung%20ho%20quy%20vac%20xin"
                    "&accountName=Quy%20Vac%20Xin");
      ASSERT_EQ(picture.status, 200) << picture.text;
      EXPECT_EQ(picture.header("content-type"), suffix == "png" ? "image/png" : "image/jpeg");
      Seen const seen = look_at(picture.text);
      EXPECT_EQ(seen.width, card.width);
      EXPECT_EQ(seen.height, card.height);
      auto const read = qr::parse_payload(seen.text, qr::Policy::kStrict);
      ASSERT_TRUE(read);
      EXPECT_EQ(read->bank_bin, "970415");
      EXPECT_EQ(read->additional.purpose, "ung ho quy vac xin");
    }
    Answer const svg = site_.get("/image/970415-113366668888-" + std::string(card.card) + ".svg");
    EXPECT_EQ(svg.status, 200);
    EXPECT_EQ(svg.header("content-type"), "image/svg+xml");
  }
}

TEST_F(VietQrIo, WrongLinksAreRefused) {
  for (std::string const link :
       {"/image/970415-113366668888-neon.png", "/image/970415-113366668888-print.gif",
        "/image/970415-113366668888.png", "/image/-1-print.png", "/image/970415--print.png"})
    EXPECT_EQ(site_.get(link).status, 404) << link;
  EXPECT_EQ(site_.get("/image/nobody-113366668888-print.png").status, 400);
  EXPECT_EQ(site_.get("/image/970415-113366668888-print.png?amount=1e3").status, 400);
}

TEST(VietQrIoLink, IsTakenApartAtTheOuterDashes) {
  auto const link = gateway::compat::parse_quick_link("970415-A-B-compact2.png");
  ASSERT_TRUE(link);
  EXPECT_EQ(link->bank, "970415");
  EXPECT_EQ(link->account, "A-B") << "which the payload's builder will refuse";
  EXPECT_EQ(link->suffix, "png");
}

}  // namespace
}  // namespace qrpay::e2e
