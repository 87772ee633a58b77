// What the tests of the matcher share: an index of open codes, and its answers as plain texts.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "engine/match.h"
#include "tests/engine/naive_match.h"

namespace qrpay::engine::test {

/// Orders are numbered from 1 in the order of `open`. Requires: all are well-formed and different.
inline CodeIndex index_of(std::vector<naive::OpenCode> const& open) {
  CodeIndex index;
  for (std::size_t i = 0; i < open.size(); ++i) {
    CodeKind const kind = open[i].own ? CodeKind::kOwn : CodeKind::kShop;
    QRPAY_CHECK(index.add(open[i].code, kind, base::Sequence(i + 1)));
  }
  return index;
}

inline std::vector<std::string> matches(CodeIndex const& index, std::string_view raw) {
  std::vector<std::string> codes;
  for (auto const& hit : match_note(index, fold_note(raw))) codes.push_back(hit.code);
  return codes;
}

inline std::vector<std::string> proposals(CodeIndex const& index, std::string_view raw) {
  std::vector<std::string> codes;
  for (auto const& one : propose(index, fold_note(raw))) codes.push_back(one.code);
  return codes;
}

inline NoteVerdict verdict(CodeIndex const& index, std::string_view prefix, std::string_view raw) {
  return read_note(index, prefix, fold_note(raw)).verdict;
}

}  // namespace qrpay::engine::test
