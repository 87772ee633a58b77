// What is written down for others: the examples of docs/formats/ and the list of signed codes that
// foreign parsers are tried on.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "base/crypto.h"
#include "qr/sign/key_list.h"
#include "qr/sign/signed_code.h"
#include "qr/sign/sticker_guard.h"
#include "tests/qr/sign/samples.h"

namespace qrpay::qr::sign {
namespace {

std::string file_text(std::string_view path) {
  std::string const whole = std::string(QRPAY_SOURCE_DIR) + "/" + std::string(path);
  std::ifstream file(whole, std::ios::binary);
  EXPECT_TRUE(file) << whole;
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// A block of its own: between two lines of three backticks.
void expect_block(std::string_view page, std::string_view block) {
  std::string const fenced = "```\n" + std::string(block) + "\n```\n";
  EXPECT_NE(file_text(page).find(fenced), std::string::npos) << page << " should hold\n" << fenced;
}

constexpr std::string_view kSigned = "docs/formats/signed_code.md";
constexpr std::string_view kList = "docs/formats/key_list.md";
constexpr std::string_view kGuard = "docs/formats/sticker_guard.md";

std::string example_list() {
  SigningKey const root = root_key(2);
  KeyList list = list_of({entry_of(code_key(1), "2026-11-01", "2028-12-31", "HTX Bình Liêu"),
                          entry_of(code_key(3), "2026-01-01", "2027-12-31", "Ngân hàng A")});
  for (KeyEntry& entry : list.keys) {
    if (entry.operator_name == "Ngân hàng A") {
      entry.revoked = Revocation{day_of("2026-11-20"), "mất máy tính"};
    }
  }
  std::vector<SigningKey const*> const roots = {&root};
  return sign_key_list(list, roots).value();
}

TEST(SignedFormats, SignedExampleIsTheOneOnThePage) {
  std::string const text = signed_text_of(order_spec(), code_key(1), "2027-12-31");
  expect_block(kSigned, text_of(order_spec()));
  expect_block(kSigned, format_public_key(code_key(1).public_key()));
  expect_block(kSigned, text);
  EXPECT_EQ(text,
            "00020101021238570010A00000072701270006970403011300110123456780208QRIBFTTA"
            "53037045405750005802VN62270106HD00420813QP7K2M9 BAN 4"
            "84890008vn.qrpay0102110208X2ZVV0Z60308202712310443yc6jbNP_0HfqixegDz6qeHwU83OiUp"
            "PkuucEBtYqw3N"
            "85650008vn.qrpay0102120443YC2C681uI7AVf9tbuMtDUWFo-SnS0dWIqzrGTf9GEAQ6304BF6A");

  // The message, made here from the page's words alone: no CRC, both halves as dots.
  std::string message = "qrpay signed code 1\n" + text.substr(0, text.size() - 8);
  std::string signature;
  for (std::size_t at = message.find("0443"); at != std::string::npos;
       at = message.find("0443", at + 47)) {
    signature += message.substr(at + 4, 43);
    message.replace(at + 4, 43, std::string(43, '.'));
  }
  EXPECT_EQ(signature, base::to_base64url(code_key(1).sign(message)));
  expect_block(kSigned, message);
}

TEST(SignedFormats, KeyListExampleIsTheOneOnThePage) {
  std::string list = example_list();
  std::vector<PublicKey> const roots = {root_key(2).public_key()};
  EXPECT_TRUE(open_key_list(list, roots));
  list.pop_back();
  expect_block(kList, list);
  expect_block(kList, format_public_key(roots[0]));
}

TEST(SignedFormats, GuardColoursAreTheOnesOnThePage) {
  std::string const page = file_text(kGuard);
  for (std::size_t n = 0; n < kGuardColourCount; ++n) {
    GuardColour const& colour = guard_colours()[n];
    char rgb[8];
    std::snprintf(rgb, sizeof rgb, "%06X", static_cast<unsigned>(colour.rgb));
    std::string const row =
        "| " + std::to_string(n) + " | " + std::string(colour.word) + " | #" + rgb + " |";
    EXPECT_NE(page.find(row), std::string::npos) << row;
  }
  std::string const text = text_of(order_spec());
  StickerGuard const guard = sticker_guard(read_payload(text).payload);
  EXPECT_NE(page.find("`" + guard.fingerprint + "`"), std::string::npos) << guard.fingerprint;
  EXPECT_NE(page.find("`" + std::string(guard.colour_word) + "`"), std::string::npos)
      << guard.colour_word;
}

// The tests of foreign parsers read this file: a signed code must say to them what the plain one
// says.
TEST(SignedFormats, ListForForeignParsersIsUpToDate) {
  std::string const text = file_text("tests/qr/sign/signed_codes.json");
  boost::json::array const list = boost::json::parse(text).as_array();
  std::vector<NamedSpec> const specs = named_specs();
  ASSERT_EQ(list.size(), specs.size());
  for (std::size_t n = 0; n < specs.size(); ++n) {
    EXPECT_EQ(list[n].at("name").as_string(), specs[n].name);
    EXPECT_EQ(list[n].at("plain").as_string(), text_of(specs[n].spec));
    EXPECT_EQ(list[n].at("signed").as_string(),
              signed_text_of(specs[n].spec, code_key(1), "2027-12-31"));
  }
}

}  // namespace
}  // namespace qrpay::qr::sign
