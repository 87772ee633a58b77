// The claims of each row of vectors/match.json and vectors/transfer_content.json.
#include <algorithm>
#include <boost/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/conformance/run.h"
#include "tests/engine/match_support.h"

namespace qrpay::conformance {
namespace {

namespace json = boost::json;
using engine::CodeIndex;
using engine::NoteVerdict;
using Codes = std::vector<std::string>;

std::string text_of(json::value const& row, std::string_view key) {
  return std::string(row.at(key).as_string());
}

Codes codes_of(json::value const& list) {
  Codes codes;
  for (auto const& one : list.as_array()) codes.emplace_back(one.as_string());
  return codes;
}

std::string joined(Codes const& codes) {
  std::string text;
  for (auto const& code : codes) text += code + ' ';
  return text;
}

std::string sorted_text(Codes codes) {
  std::sort(codes.begin(), codes.end());
  return joined(codes);
}

std::string_view verdict_name(NoteVerdict verdict) {
  switch (verdict) {
    case NoteVerdict::kNoCode: return "no code";
    case NoteVerdict::kOneCode: return "one code";
    case NoteVerdict::kSeveral: return "several";
    case NoteVerdict::kDamaged: return "damaged";
  }
  return "?";
}

// For the merchant whose prefix it has, whichever of the file's that is.
bool is_damaged_for_somebody(CodeIndex const& index, std::string_view raw) {
  for (auto const* prefix : {"MCA", "VDN", "QN", "CAY", "TYN", "SHP", "BCH", "DHA"}) {
    if (engine::test::verdict(index, prefix, raw) == NoteVerdict::kDamaged) return true;
  }
  return false;
}

// The verdict for a merchant of another prefix; nullopt where the file does not settle it.
std::optional<NoteVerdict> verdict_of_class(std::string_view name) {
  if (name == "two") return NoteVerdict::kSeveral;
  if (name == "none" || name == "reference" || name == "closed") return NoteVerdict::kNoCode;
  if (name == "cut1" || name == "typo") return NoteVerdict::kDamaged;
  if (name == "cut3") return std::nullopt;
  return NoteVerdict::kOneCode;
}

Row check_match_row(json::value const& row) {
  Row out{text_of(row, "id"), {}};
  std::vector<engine::naive::OpenCode> open;
  for (auto const& one : row.at("open").as_array()) {
    open.push_back({text_of(one, "code"), one.at("own").as_bool()});
  }
  CodeIndex const index = engine::test::index_of(open);
  std::string const raw = text_of(row, "raw");
  expect_equal(out.problems, "match", sorted_text(engine::test::matches(index, raw)),
               sorted_text(codes_of(row.at("match"))));
  expect_equal(out.problems, "proposes", joined(engine::test::proposals(index, raw)),
               sorted_text(codes_of(row.at("proposes"))));

  std::string const name = text_of(row, "class");
  if (auto const wanted = verdict_of_class(name))
    expect_equal(out.problems, "verdict", verdict_name(engine::test::verdict(index, "ZZ", raw)),
                 verdict_name(*wanted));
  // Well-formed and not open, or three characters short: damaged for its own merchant. What is left
  // of M136, VDN CKETVK, has no digit, so rule (c) lets it pass for a word.
  bool const is_damage = name == "closed" || (name == "cut3" && out.name != "M136");
  if ((is_damage || name == "cut3") && is_damaged_for_somebody(index, raw) != is_damage)
    out.problems.emplace_back(is_damage ? "no damage to its merchant" : "damage to a word");
  return out;
}

}  // namespace

std::vector<Row> check_match(json::value const& file) {
  std::vector<Row> out;
  for (auto const& row : file.at("vectors").as_array()) out.push_back(check_match_row(row));
  return out;
}

std::vector<Row> check_transfer_content(json::value const& file) {
  // Every code of the file is open at once.
  CodeIndex index;
  std::set<std::string> distinct;
  std::vector<Row> out;
  for (auto const& row : file.as_array()) {
    Row& answer = out.emplace_back(Row{text_of(row, "raw"), {}});
    if (row.at("embedded_code").is_null()) continue;
    std::string const code = text_of(row, "embedded_code");
    auto const folded = engine::fold_shop_code(code);
    bool const is_new = folded && distinct.insert(*folded).second;
    base::Sequence const order(distinct.size());
    if (index.add(code, engine::CodeKind::kShop, order) != is_new)
      answer.problems.push_back("cannot be opened: " + code);
  }
  for (std::size_t i = 0; i < out.size(); ++i) {
    json::value const& code = file.as_array()[i].at("embedded_code");
    Codes wanted;
    if (!code.is_null()) wanted.push_back(engine::fold_shop_code(code.as_string()).value_or("?"));
    expect_equal(out[i].problems, "match", sorted_text(engine::test::matches(index, out[i].name)),
                 sorted_text(wanted));
  }
  return out;
}

}  // namespace qrpay::conformance
