// The QR library over HTTP: make, verify and print codes, and the codes of orders.
#include <gtest/gtest.h>

#include <algorithm>

#include "base/bytes.h"
#include "qr/draw/render.h"
#include "qr/draw/symbol.h"
#include "qr/payload.h"
#include "qr/picture/png.h"
#include "qr/picture/read.h"
#include "qr/scan/scan.h"
#include "tests/e2e/town.h"
#include "tests/gateway/http_client.h"

namespace qrpay::e2e {
namespace {

constexpr std::string_view kOrder =
    R"({"bank":"Vietcombank","account":"1903000012345","amount":45000,"note":"Đơn hàng 12")";

/// kOrder with further members.
std::string order_with(std::string_view more) {
  return std::string(kOrder) + (more.empty() ? "" : ",") + std::string(more) + "}";
}

std::vector<std::string> texts_in(std::string const& picture) {
  auto const image = qr::picture::read_picture(base::as_bytes(picture));
  EXPECT_TRUE(image);
  if (!image) return {};
  auto const texts = qr::scan::scan_codes(*image);
  EXPECT_TRUE(texts) << to_string(texts.error());
  return texts ? *texts : std::vector<std::string>();
}

class QrHttp : public testing::Test {
 protected:
  Answer make(std::string_view more) { return town_.till.post("/v1/qr", order_with(more)); }
  Answer send_picture(std::string bytes, std::string type = "image/png") {
    return town_.till.ask(
        {"POST", "/v1/qr/verify", std::move(bytes), {{"Content-Type", std::move(type)}}});
  }
  static void expect_refused(Answer const& answer, int status, std::string const& pointer) {
    EXPECT_EQ(answer.status, status) << answer.text;
    EXPECT_NE(answer.text.find(pointer), std::string::npos) << answer.text;
  }

  Server server_;
  Town town_{server_};
};

TEST_F(QrHttp, MakesACodeAndSaysAllAboutIt) {
  Answer const made = make("");
  ASSERT_EQ(made.status, 200) << made.text;
  std::string const payload = text_at(made.json, "payload");
  auto const read = qr::parse_payload(payload, qr::Policy::kStrict);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->bank_bin, "970436");
  EXPECT_EQ(read->additional.purpose, "Don hang 12");
  EXPECT_EQ(text_at(made.json, "kind"), "vietqr_account");
  EXPECT_EQ(text_at(made.json, "bank.short_name"), "Vietcombank");
  EXPECT_EQ(text_at(made.json, "fields.additional.purpose"), "Don hang 12");
  EXPECT_EQ(number_at(made.json, "amount"), 45'000);
  EXPECT_GT(number_at(made.json, "symbol.modules"), 20);
  EXPECT_EQ(text_at(made.json, "guard.fingerprint").size(), 9u);
}

TEST_F(QrHttp, EveryFormatShowsTheSameCode) {
  std::string const payload = text_at(make("").json, "payload");
  Answer const png = make(R"("format":"png","pixels_per_module":4)");
  EXPECT_EQ(png.header("content-type"), "image/png");
  EXPECT_EQ(texts_in(png.text), std::vector{payload});
  struct {
    std::string_view format;
    std::string_view type;
    std::string_view begins;
  } const cases[] = {{"svg", "image/svg+xml", "<svg"},
                     {"pdf", "application/pdf", "%PDF"},
                     {"escpos", "application/octet-stream", "\x1d"},
                     {"zpl", "text/plain; charset=us-ascii", "^XA"}};
  for (auto const& c : cases) {
    Answer const drawn = make("\"format\":\"" + std::string(c.format) + "\"");
    ASSERT_EQ(drawn.status, 200) << drawn.text;
    EXPECT_EQ(drawn.header("content-type"), c.type);
    EXPECT_NE(drawn.text.substr(0, 200).find(c.begins), std::string::npos) << c.format;
  }
  Answer const text = make(R"("format":"text","theme":"light")");
  EXPECT_TRUE(text.text.ends_with(payload + "\n"));
}

TEST_F(QrHttp, BadRequestsAreRefusedWithThePlace) {
  expect_refused(town_.till.post("/v1/qr", R"({"bank":"nobody","account":"1"})"), 400, "/bank");
  expect_refused(make(R"("colour":"red")"), 400, "/colour");
  expect_refused(make(R"("merchant":{"name":"Phở Bát Đàn"})"), 400, "/merchant_name");
  expect_refused(make(R"("tip":{"kind":"fixed"})"), 400, "/tip/amount");
  expect_refused(make(R"("module_um":99)"), 400, "/module_um");
  expect_refused(town_.till.post("/v1/qr", R"({"bank":"VCB","account":"1","note":")" +
                                               std::string(26, 'a') + "\"}"),
                 400, "/note");
  EXPECT_EQ(Caller::nobody(server_).post("/v1/qr", order_with("")).status, 401);
}

TEST_F(QrHttp, VerifiesTextWithEveryFault) {
  std::string payload = text_at(make("").json, "payload");
  Answer const good = town_.till.post("/v1/qr/verify", object({{"text", payload}}));
  ASSERT_EQ(good.status, 200) << good.text;
  EXPECT_NE(good.text.find("\"valid\":true"), std::string::npos) << good.text;
  payload.back() = payload.back() == '0' ? '1' : '0';
  Answer const bad = town_.till.post("/v1/qr/verify", object({{"text", payload}}));
  ASSERT_EQ(bad.status, 200) << "the question was fine; the code is not";
  EXPECT_NE(bad.text.find("\"valid\":false"), std::string::npos);
  auto const faults = array_at(bad.json, "faults");
  ASSERT_EQ(faults.size(), 1u);
  EXPECT_EQ(text_at(faults[0], "code"), "crc_mismatch");
  EXPECT_EQ(number_at(faults[0], "number"), 19);
}

TEST_F(QrHttp, ReadsEveryCodeOfAPicture) {
  std::string const one = text_at(make("").json, "payload");
  std::string const two = text_at(make(R"("merchant":{"mcc":"5411"})").json, "payload");
  ASSERT_FALSE(one.empty() || two.empty());
  ASSERT_NE(one, two);
  auto const image_of = [](std::string const& text) {
    auto const png = qr::draw::render_png(*qr::draw::make_symbol(text, {}), 4);
    return *qr::picture::read_png(base::as_bytes(*png));
  };
  auto const left = image_of(one);
  auto const right = image_of(two);
  qr::picture::BitImage both{left.width + right.width, std::max(left.height, right.height), {}};
  both.rows.assign(both.row_bytes() * both.height, 0xFF);
  auto const paste = [&both](qr::picture::GreyImage const& from, std::uint32_t at) {
    for (std::uint32_t y = 0; y < from.height; ++y)
      for (std::uint32_t x = 0; x < from.width; ++x)
        if (from.pixels[y * from.width + x] < 128)
          both.rows[y * both.row_bytes() + (at + x) / 8] &=
              static_cast<std::uint8_t>(~(0x80u >> ((at + x) % 8)));
  };
  paste(left, 0);
  paste(right, left.width);
  Answer const read = send_picture(*qr::picture::write_png(both));
  ASSERT_EQ(read.status, 200) << read.text;
  std::vector<std::string> texts;
  for (auto const& code : array_at(read.json, "codes")) texts.push_back(text_at(code, "text"));
  std::sort(texts.begin(), texts.end());
  std::vector<std::string> wanted{one, two};
  std::sort(wanted.begin(), wanted.end());
  EXPECT_EQ(texts, wanted);
}

TEST_F(QrHttp, PicturesThatAreNoneAreRefusedByName) {
  expect_refused(send_picture("not a picture"), 400, "QRPAY-5003");
  qr::picture::BitImage const blank{8, 8, std::vector<std::uint8_t>(8, 0xFF)};
  expect_refused(send_picture(*qr::picture::write_png(blank)), 422, "QRPAY-5005");
  // Refused by what it announces, before it comes.
  gateway::http::TestClient client(server_.endpoint().port);
  auto const reply =
      client.ask("POST /v1/qr/verify HTTP/1.1\r\nHost: x\r\nContent-Length: 8388609\r\n\r\n");
  EXPECT_EQ(reply.status, 413) << reply.body;
  EXPECT_EQ(town_.operators.get("/readyz").status, 200);
}

TEST_F(QrHttp, PostersSayWhatTheCodeSays) {
  std::string const body = R"({"shop_name":"Phở Bát Đàn","holder":"NGUYEN THI HOA","sheet":"a6",)"
                           R"("issue_date":"2026-11-24","format":"png","dpi":150,"code":)" +
                           order_with("") + "}";
  Answer const png = town_.merchant.post("/v1/qr/poster", body);
  ASSERT_EQ(png.status, 200) << png.text;
  EXPECT_EQ(texts_in(png.text), std::vector{text_at(make("").json, "payload")});
  Answer const again = town_.merchant.post("/v1/qr/poster", body);
  EXPECT_EQ(again.text, png.text);
  std::string pdf_body = body;
  pdf_body.replace(pdf_body.find("\"png\""), 5, "\"pdf\"");
  Answer const pdf = town_.merchant.post("/v1/qr/poster", pdf_body);
  EXPECT_EQ(pdf.header("content-type"), "application/pdf");
  EXPECT_TRUE(pdf.text.starts_with("%PDF"));
  expect_refused(town_.merchant.post("/v1/qr/poster", R"({"shop_name":"x"})"), 400, "/payload");
  expect_refused(
      town_.merchant.post("/v1/qr/poster", R"({"shop_name":"中","code":)" + order_with("") + "}"),
      422, "U+4E2D");
}

TEST_F(QrHttp, OrdersAndShopsHaveTheirCodesAsSvg) {
  ASSERT_EQ(town_.put_order("don-1", 45'000).status, 201);
  for (std::string const path : {"/v1/orders/don-1/qr.svg", "/v1/shops/hoa-cho/qr.svg"}) {
    Answer const svg = town_.merchant.get(path);
    ASSERT_EQ(svg.status, 200) << svg.text;
    EXPECT_EQ(svg.header("content-type"), "image/svg+xml");
    EXPECT_NE(svg.text.find("<path"), std::string::npos);
  }
}

}  // namespace
}  // namespace qrpay::e2e
