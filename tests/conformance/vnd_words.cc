// The claims of each row of vectors/vnd_words.json.
#include "qr/vnd_words.h"

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/conformance/run.h"

namespace qrpay::conformance {
namespace {

constexpr std::string_view kSilent = "(nothing)";

// null stands for an amount that is not announced.
std::string text_of(boost::json::value const& value) {
  return value.is_null() ? std::string(kSilent) : std::string(value.as_string());
}

template <class Items>
std::string joined(Items const& items) {
  std::string out;
  for (std::string_view const item : items) out.append(out.empty() ? "" : " ").append(item);
  return out;
}

Row check_row(boost::json::object const& object) {
  base::Vnd const amount(object.at("amount").as_int64());
  Row out{std::to_string(amount.dong()), {}};
  auto const expect = [&](std::string_view key, std::string_view got) {
    expect_equal(out.problems, key, got, text_of(object.at(key)));
  };
  qr::Announcement received;  // the plain form, whatever the amount
  received.amount = amount;
  expect("words", qr::vnd_words(amount, qr::Region::kNorth));
  expect("words_south", qr::vnd_words(amount, qr::Region::kSouth));
  expect("display", qr::vnd_display(amount));
  expect("spoken",
         qr::spoken_sentence(received, qr::Region::kNorth).value_or(std::string(kSilent)));
  expect("spoken_ascii",
         qr::spoken_ascii(received, qr::Region::kNorth).value_or(std::string(kSilent)));
  std::vector<std::string> clips;
  for (auto const& clip : object.at("clips").as_array()) clips.emplace_back(clip.as_string());
  expect_equal(out.problems, "clips", joined(qr::vnd_clips(amount)), joined(clips));
  return out;
}

}  // namespace

std::vector<Row> check_vnd_words(boost::json::value const& file) {
  std::vector<Row> out;
  for (auto const& row : file.as_object().at("vectors").as_array()) {
    out.push_back(check_row(row.as_object()));
  }
  return out;
}

}  // namespace qrpay::conformance
