// npm_cases payloads|words: what the scripts beside this file compare, one JSON object a line.
//
//   payloads  {"input": {...}, "payload": "00020101..."}   every input that a spec can say
//   words     {"amount": "15", "words_north": "...", "words_south": "..."}
//
// The same lines at every run.
#include <boost/json.hpp>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/time_text.h"
#include "qr/build.h"
#include "qr/payload.h"
#include "qr/sign/signed_code.h"
#include "qr/sign/signing_key.h"
#include "qr/vnd_words.h"

namespace qrpay::qr {
namespace {

namespace json = boost::json;

void print_line(json::object const& line) {
  std::string const text = json::serialize(line) + "\n";
  QRPAY_CHECK(std::fwrite(text.data(), 1, text.size(), stdout) == text.size());
}

/// Fixed on every machine, unlike the distributions of the standard library.
class Dice {
 public:
  /// 0 to `count` - 1.
  std::uint64_t below(std::uint64_t count) { return random_() % count; }
  bool one_in(std::uint64_t count) { return below(count) == 0; }

  std::string text(std::string_view alphabet, std::size_t size_min, std::size_t size_max) {
    std::string made(size_min + below(size_max - size_min + 1), ' ');
    for (char& c : made) c = alphabet[below(alphabet.size())];
    return made;
  }

 private:
  std::mt19937_64 random_{20'261'124};
};

constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kLettersAndDigits =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Of EMVCo's "ans", with the ones that trip up JSON, regular expressions and URLs.
constexpr std::string_view kAns = "0123456789 ABCXYZabcxyz-_.,:;/\\\"'&#%+?=@$~ ";

/// A spec whose texts live in itself.
struct Input {
  Service service = Service::kTransferToAccount;
  std::string bank_bin, account, mcc, merchant_name, merchant_city, postal_code;
  std::int64_t amount = 0;  ///< 0: absent
  bool order_bound = false;
  std::optional<Tip> tip;
  std::string bill_number, mobile_number, store_label, loyalty_number, reference_label,
      customer_label, terminal_label, purpose, consumer_data_request;
  std::string language, local_name, local_city;
  std::string unreserved;  ///< of tag 80

  [[nodiscard]] base::Result<std::string> build() const {
    PayloadSpec spec;
    spec.service = service;
    spec.bank_bin = bank_bin;
    spec.account = account;
    if (amount != 0) spec.amount = base::Vnd(amount);
    spec.order_bound = order_bound;
    spec.mcc = mcc;
    spec.merchant_name = merchant_name;
    spec.merchant_city = merchant_city;
    spec.postal_code = postal_code;
    spec.tip = tip;
    spec.additional = {bill_number,
                       mobile_number,
                       store_label,
                       loyalty_number,
                       reference_label,
                       customer_label,
                       terminal_label,
                       purpose,
                       consumer_data_request,
                       {},
                       {}};
    spec.language = {language, local_name, local_city};
    TlvObject const object{80, 0, unreserved};
    if (!unreserved.empty()) spec.unreserved = {&object, 1};
    return build_payload(spec);
  }

  [[nodiscard]] json::object to_json() const {
    json::object out;
    auto const put = [](json::object& to, std::string_view name, std::string_view value) {
      if (!value.empty()) to[name] = value;
    };
    put(out, "service", service_code(service));
    put(out, "bank_bin", bank_bin);
    put(out, "account", account);
    put(out, "initiation", amount != 0 || order_bound ? "12" : "11");
    if (amount != 0) put(out, "amount", std::to_string(amount));
    put(out, "mcc", mcc);
    put(out, "merchant_name", merchant_name);
    put(out, "merchant_city", merchant_city);
    put(out, "postal_code", postal_code);
    if (tip) put_tip(out);
    json::object additional;
    put(additional, "bill_number", bill_number);
    put(additional, "mobile_number", mobile_number);
    put(additional, "store_label", store_label);
    put(additional, "loyalty_number", loyalty_number);
    put(additional, "reference_label", reference_label);
    put(additional, "customer_label", customer_label);
    put(additional, "terminal_label", terminal_label);
    put(additional, "purpose", purpose);
    put(additional, "consumer_data_request", consumer_data_request);
    if (!additional.empty()) out["additional"] = additional;
    put(out, "language", language);
    if (!unreserved.empty()) out["unreserved"] = {{"80", unreserved}};
    return out;
  }

 private:
  void put_tip(json::object& out) const {
    out["tip_indicator"] = "0" + std::to_string(static_cast<int>(tip->kind));
    if (tip->kind == Tip::Kind::kFixed) out["fee_fixed"] = std::to_string(tip->fixed.dong());
    if (tip->kind != Tip::Kind::kPercent) return;
    char text[8];
    std::snprintf(text, sizeof text, "%02d.%02d", tip->percent_hundredths / 100,
                  tip->percent_hundredths % 100);
    out["fee_percent"] = text;
  }
};

std::int64_t draw_amount(Dice& dice) {
  std::uint64_t const digits = 1 + dice.below(13);
  std::uint64_t limit = 1;
  for (std::uint64_t i = 0; i < digits; ++i) limit *= 10;
  return static_cast<std::int64_t>(1 + dice.below(limit - 1));
}

/// A transfer: what every library can say, and a little that they cannot.
Input draw_transfer(Dice& dice) {
  Input input;
  input.bank_bin = dice.text(kDigits, 6, 6);
  input.account = dice.text(kLettersAndDigits, 1, 19);
  if (dice.one_in(4)) {
    input.service = Service::kTransferToCard;
    input.account = dice.text(kDigits, 16, 19);
  }
  if (!dice.one_in(4)) input.amount = draw_amount(dice);
  input.order_bound = dice.one_in(8);
  auto const alphabet = [&] { return dice.one_in(8) ? kAns : kLettersAndDigits; };
  if (dice.one_in(4)) input.bill_number = dice.text(alphabet(), 1, 25);
  if (dice.one_in(8)) input.reference_label = dice.text(alphabet(), 1, 25);
  if (!dice.one_in(4)) input.purpose = dice.text(dice.one_in(4) ? kAns : "Tra tien 0 1", 1, 25);
  return input;
}

/// Anything a spec can say.
Input draw_anything(Dice& dice) {
  Input input = draw_transfer(dice);
  if (input.service == Service::kTransferToAccount && dice.one_in(2))
    input.service = dice.one_in(2) ? Service::kPush : Service::kCash;
  bool const cash = input.service == Service::kCash;
  input.mcc = cash ? "6011" : dice.text(kDigits, 4, 4);
  input.merchant_name = dice.text(kAns, 1, 25);
  input.merchant_city = dice.text(kAns, 1, 15);
  if (dice.one_in(4)) input.postal_code = dice.text(kDigits, 1, 10);
  if (dice.one_in(4)) {
    input.tip = Tip{static_cast<Tip::Kind>(1 + dice.below(3)), base::Vnd(draw_amount(dice)),
                    static_cast<std::uint16_t>(1 + dice.below(9'999))};
  }
  if (cash) input.reference_label = dice.text(kDigits, 1, 20);
  if (cash || dice.one_in(4)) input.terminal_label = dice.text(kLettersAndDigits, 1, 10);
  for (std::string* field :
       {&input.mobile_number, &input.store_label, &input.loyalty_number, &input.customer_label})
    if (dice.one_in(6)) *field = dice.text(kAns, 1, 12);
  if (dice.one_in(6)) input.consumer_data_request = dice.one_in(2) ? "AME" : "M";
  if (dice.one_in(5)) {
    input.language = "vi";
    input.local_name = dice.one_in(8)   ? "Ph\u1edf \U0001F35C"
                       : dice.one_in(2) ? "Ph\u1edf B\u00e1t \u0110\u00e0n"
                                        : "QUAN NUOC";
    if (dice.one_in(2)) input.local_city = "H\u00e0 N\u1ed9i";
  }
  if (dice.one_in(6)) input.unreserved = "0007a.b.com0103" + dice.text(kLettersAndDigits, 3, 3);
  return input;
}

void print_payload_case(Input const& input) {
  auto const payload = input.build();
  if (!payload && payload.error().errc == base::Errc::kTooLarge) return;  // 62 or all too long
  QRPAY_CHECK(payload.has_value());
  print_line({{"input", input.to_json()}, {"payload", *payload}});
}

/// The same with a signature, whose templates the others must pass over.
void print_signed_case(Input const& input, sign::SigningKey const& key) {
  auto const payload = input.build();
  if (!payload) return;
  auto const signed_payload =
      sign::sign_payload(*payload, key, base::parse_day("2027-12-31").value());
  if (!signed_payload && signed_payload.error().errc == base::Errc::kTooLarge) return;
  QRPAY_CHECK(signed_payload.has_value());
  json::object out = input.to_json();
  json::object unreserved;
  Reading const reading = read_payload(*signed_payload);
  for (TlvObject const& object : reading.payload.objects)
    if (object.tag >= 80) unreserved[std::to_string(object.tag)] = object.value;
  out["unreserved"] = unreserved;
  print_line({{"input", out}, {"payload", *signed_payload}});
}

void print_payloads() {
  Dice dice;
  for (int i = 0; i < 3'000; ++i) print_payload_case(draw_transfer(dice));
  for (int i = 0; i < 3'000; ++i) print_payload_case(draw_anything(dice));
  base::Bytes32 seed;
  seed.fill(7);
  sign::SigningKey const key(sign::KeyRole::kCode, base::Secret(seed));
  for (int i = 0; i < 200; ++i) print_signed_case(draw_transfer(dice), key);
  for (int i = 0; i < 200; ++i) print_signed_case(draw_anything(dice), key);
}

void print_words_case(std::int64_t amount) {
  base::Vnd const vnd(amount);
  print_line({{"amount", std::to_string(amount)},
              {"words_north", vnd_words(vnd, Region::kNorth)},
              {"words_south", vnd_words(vnd, Region::kSouth)}});
}

void print_words() {
  Dice dice;
  for (std::int64_t amount = 0; amount < 100'000; ++amount) print_words_case(amount);
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  for (std::int64_t power = 100'000; power <= kMax / 10; power *= 10)
    for (std::int64_t const times : {1, 2, 5, 9})
      for (std::int64_t d = -60; d <= 60; ++d) print_words_case(power * times + d);
  for (int i = 0; i < 60'000; ++i) print_words_case(draw_amount(dice));
  // Zero groups, everywhere, up to the last int64.
  for (int i = 0; i < 60'000; ++i) {
    std::int64_t amount = 0;
    for (int group = 0; group < 6; ++group) {
      auto const drawn = static_cast<std::int64_t>(dice.below(1'500));
      amount = amount * 1'000 + (drawn < 1'000 ? drawn : 0);
    }
    print_words_case(amount);
  }
  print_words_case(kMax);
}

}  // namespace
}  // namespace qrpay::qr

int main(int argc, char** argv) {
  std::string_view const subject = argc == 2 ? argv[1] : "";
  if (subject == "payloads") {
    qrpay::qr::print_payloads();
  } else if (subject == "words") {
    qrpay::qr::print_words();
  } else {
    std::fputs("npm_cases payloads|words\n", stderr);
    return 2;
  }
  return std::fflush(stdout) == 0 ? 0 : 1;
}
