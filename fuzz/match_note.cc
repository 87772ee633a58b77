// The matcher against the naive model, on any note and any codes.
//
// Input: a line with the merchant's prefix; lines "o CODE" (own) and "s CODE" (the shop's); an
// empty line; the note. The last character of an own code is repaired to be its check character, so
// that mutations do not all end at the index's door.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "engine/match.h"
#include "engine/order_code.h"
#include "tests/engine/naive_match.h"

namespace {

namespace engine = qrpay::engine;
namespace naive = qrpay::engine::naive;

/// More only makes the naive model slow.
constexpr std::size_t kOpenCodesMax = 12;
constexpr std::size_t kNoteBytesMax = 700;

std::string_view take_line(std::string_view& text) {
  auto const end = std::min(text.find('\n'), text.size());
  auto const line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

std::string with_right_check(std::string_view code) {
  std::string repaired(code);
  bool const in_alphabet = std::all_of(code.begin(), code.end(),
                                       [](char c) { return engine::code_value(c) >= 0; });
  if (code.empty() || !in_alphabet) return repaired;
  repaired.pop_back();
  repaired.push_back(engine::check_character(repaired));
  return repaired;
}

template <class Found>
std::vector<std::string> codes_of(Found const& found) {
  std::vector<std::string> codes;
  for (auto const& one : found) codes.push_back(one.code);
  return codes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view input(reinterpret_cast<char const*>(data), size);
  std::string prefix(take_line(input));
  if (!engine::valid_prefix(prefix)) prefix.clear();

  engine::CodeIndex index;
  std::vector<naive::OpenCode> open;
  for (auto line = take_line(input); !line.empty(); line = take_line(input)) {
    if (open.size() == kOpenCodesMax) continue;
    auto const text = line.substr(std::min<std::size_t>(2, line.size()));
    naive::OpenCode const code =
        line[0] == 'o' ? naive::OpenCode{with_right_check(text), true}
                       : naive::OpenCode{std::string(text), false};
    auto const kind = code.own ? engine::CodeKind::kOwn : engine::CodeKind::kShop;
    auto const order = qrpay::base::Sequence(open.size() + 1);
    if (index.add(code.code, kind, order)) open.push_back(code);
  }
  QRPAY_CHECK(index.size() == open.size());

  auto const raw = input.substr(0, kNoteBytesMax);
  auto const note = engine::fold_note(raw);
  auto const model = naive::fold(raw);
  QRPAY_CHECK(note.joined == model.s && note.lookalike == model.m);
  QRPAY_CHECK(codes_of(engine::match_note(index, note)) == naive::match(open, model));
  QRPAY_CHECK(codes_of(engine::propose(index, note)) == naive::propose(open, model));
  QRPAY_CHECK(engine::read_note(index, prefix, note).verdict ==
              naive::verdict(open, prefix, model));

  for (auto const& code : open) QRPAY_CHECK(index.remove(code.code));
  QRPAY_CHECK(index.size() == 0);
  QRPAY_CHECK(engine::match_note(index, note).empty() && engine::propose(index, note).empty());
  return 0;
}
