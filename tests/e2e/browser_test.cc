// The order page in a real browser, as a phone shows it: is the code on the screen readable?
#include <gtest/gtest.h>

#include "base/files.h"
#include "cli/process.h"
#include "qr/picture/png.h"
#include "qr/scan/scan.h"
#include "tests/e2e/town.h"

namespace qrpay::e2e {
namespace {

constexpr char const* kChromium = "/usr/bin/chromium";

/// One run of the browser on `url`; `what` is what it is to do.
cli::Finished browse(Server const& server, std::string const& what, std::string const& url) {
  std::string const profile = server.directory() + "/browser";
  auto finished = cli::run_process(
      {kChromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
       "--disable-background-networking", "--disable-component-update", "--disable-sync",
       "--user-data-dir=" + profile, "--window-size=360,740", what, url});
  EXPECT_TRUE(finished.has_value());
  return finished ? *finished : cli::Finished{};
}

TEST(Browser, ShowsACodeThatAPhoneCanReadAndThenThatItIsPaid) {
  ASSERT_TRUE(base::file_exists(kChromium)) << "installed by ./dev test";
  Server server;
  Town town(server);
  Answer const order = town.put_order("don-1", 45'000);
  std::string const url = server.url() + text_at(order.json, "page");

  std::string const picture = server.directory() + "/page.png";
  ASSERT_EQ(browse(server, "--screenshot=" + picture, url).exit_code, 0);
  auto const png = base::read_file(picture, qr::picture::kImageBytesMax);
  ASSERT_TRUE(png.has_value());
  auto const scanned = qr::scan::scan_file(base::as_bytes(*png));
  ASSERT_TRUE(scanned.has_value()) << to_string(scanned.error());
  EXPECT_EQ(*scanned, text_at(order.json, "qr"));

  Answer const paid = town.pay({"ev-1", "FT1", 45'000, text_at(order.json, "code")});
  ASSERT_EQ(text_at(paid.json, "outcome"), "paid");
  std::string const dom = browse(server, "--dump-dom", url).output;
  EXPECT_NE(dom.find("Đã thanh toán"), std::string::npos) << dom;
  EXPECT_EQ(dom.find("qr.png"), std::string::npos) << "a paid order has nothing to scan";
}

}  // namespace
}  // namespace qrpay::e2e
