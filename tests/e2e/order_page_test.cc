// What a payer sees: the page of an order, its code as a picture, and the sticker of a shop.
#include <gtest/gtest.h>

#include "base/bytes.h"
#include "qr/payload.h"
#include "qr/scan/scan.h"
#include "tests/e2e/town.h"

namespace qrpay::e2e {
namespace {

/// The text of the code in a PNG answer.
std::string scan(Answer const& png) {
  EXPECT_EQ(png.status, 200) << png.text;
  EXPECT_EQ(png.header("content-type"), "image/png");
  auto const scanned = qr::scan::scan_file(base::as_bytes(png.text));
  EXPECT_TRUE(scanned);
  return scanned ? *scanned : std::string();
}

struct Paid {
  Server server;
  Town town{server};
  Answer order = town.put_order("don-1", 45'000);
  std::string code = text_at(order.json, "code");
  std::string page = text_at(order.json, "page");
  Caller payer = Caller::nobody(server);
};

TEST(OrderPage, ShowsTheOrderWithoutAScript) {
  Paid paid;
  Answer const html = paid.payer.get(paid.page);
  ASSERT_EQ(html.status, 200) << html.text;
  EXPECT_EQ(html.header("content-type"), "text/html; charset=utf-8");
  EXPECT_NE(html.header("content-security-policy").find("default-src 'none'"), std::string::npos);
  EXPECT_EQ(html.header("cache-control"), "no-store");
  EXPECT_EQ(html.text.find("<script"), std::string::npos);
  for (std::string const& shown :
       {std::string("45.000 đ"), paid.code, std::string("NGUYEN THI HOA"), paid.page + "/qr.png",
        std::string("Quét mã để thanh toán")})
    EXPECT_NE(html.text.find(shown), std::string::npos) << shown;
  EXPECT_EQ(html.text.find("don-1"), std::string::npos) << "ids are not for strangers";
}

TEST(OrderPage, FollowsTheState) {
  Paid paid;
  auto const heading = [&](std::string const& words) {
    return paid.payer.get(paid.page).text.find("<h1>" + words + "</h1>") != std::string::npos;
  };
  EXPECT_TRUE(heading("Quét mã để thanh toán"));
  (void)paid.town.pay({"c1", "FT1", 5'000, paid.code});
  EXPECT_TRUE(heading("Chưa đủ tiền"));
  (void)paid.town.pay({"c2", "FT2", 40'000, paid.code});
  EXPECT_TRUE(heading("Đã thanh toán"));
  EXPECT_EQ(paid.payer.get(paid.page).text.find("http-equiv=\"refresh\""), std::string::npos)
      << "a paid page is at rest";
  Answer const second = paid.town.put_order("don-2", 1'000);
  Answer const cancelled =
      paid.town.till.ask({"POST", "/v1/orders/don-2/cancel", {}, {{"If-Match", "\"1\""}}});
  ASSERT_EQ(cancelled.status, 200);
  EXPECT_NE(paid.payer.get(text_at(second.json, "page")).text.find("<h1>Đã hủy</h1>"),
            std::string::npos);
}

TEST(OrderPage, ANameIsTextNotMarkup) {
  Server const server;
  Town town(server);
  town.add_shop("chua", "hoa");
  town.put("/v1/accounts/chua", R"({"merchant":"hoa","bin":"970436","number":"1903000077777",)"
                                R"("holder":"<script>alert('x')</script>&","static_shop":"chua"})");
  Answer const order =
      town.merchant.put("/v1/orders/chua-1", object({{"shop", "chua"}}, {{"amount", 1'000}}));
  ASSERT_EQ(order.status, 201) << order.text;
  Answer const html = Caller::nobody(server).get(text_at(order.json, "page"));
  EXPECT_EQ(html.text.find("<script"), std::string::npos);
  EXPECT_NE(html.text.find("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;"),
            std::string::npos);
}

TEST(OrderPage, AGuessedTokenIsNotFound) {
  Paid paid;
  std::string guess = paid.page;
  guess.back() = guess.back() == 'A' ? 'Q' : 'A';
  EXPECT_EQ(paid.payer.get(guess).status, 404);
  EXPECT_EQ(paid.payer.get(guess + "/qr.png").status, 404);
  EXPECT_EQ(paid.payer.get("/p/").status, 404);
}

TEST(OrderPage, EveryPictureOfTheOrderReadsAsItsVietQr) {
  Paid paid;
  std::string const qr = text_at(paid.order.json, "qr");
  EXPECT_EQ(scan(paid.town.till.get("/v1/orders/don-1/qr.png")), qr);
  EXPECT_EQ(scan(paid.payer.get(paid.page + "/qr.png")), qr);
  Answer const drawn = paid.town.till.get("/v1/orders/don-1/qr.txt");
  EXPECT_TRUE(drawn.text.ends_with(qr + "\n")) << drawn.text;
  auto const payload = qr::parse_payload(qr, qr::Policy::kStrict);
  ASSERT_TRUE(payload) << to_string(payload.error());
  EXPECT_EQ(payload->bank_bin, kBin);
  EXPECT_EQ(payload->account, kAccount);
  EXPECT_EQ(payload->amount_vnd, base::Vnd(45'000));
  EXPECT_EQ(payload->additional.purpose, paid.code);
  auto const verified = run_qrpay({"qr", "verify", "--strict", qr});
  EXPECT_EQ(verified.exit_code, 0) << verified.output;
}

TEST(Sticker, ReadsAsTheShopsAccountWithoutAmountOrNote) {
  Server const server;
  Town town(server);
  std::string const text = scan(town.merchant.get("/v1/shops/hoa-cho/qr.png"));
  auto const payload = qr::parse_payload(text, qr::Policy::kStrict);
  ASSERT_TRUE(payload) << to_string(payload.error());
  EXPECT_EQ(payload->bank_bin, kBin);
  EXPECT_EQ(payload->account, kAccount);
  EXPECT_TRUE(payload->amount.empty());
  EXPECT_TRUE(payload->additional.purpose.empty());
  EXPECT_TRUE(town.till.get("/v1/shops/hoa-cho/qr.txt").text.ends_with(text + "\n"));
}

TEST(Sticker, AShopWithoutAnAccountHasNone) {
  Server const server;
  Town town(server);
  town.add_shop("moi", "hoa");
  EXPECT_EQ(town.merchant.get("/v1/shops/moi/qr.png").status, 404);
}

}  // namespace
}  // namespace qrpay::e2e
