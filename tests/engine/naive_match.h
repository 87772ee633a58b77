// A second implementation of INTERFACES 6.4 and of DESIGN 5's line, written for obviousness: every
// code is searched in every place. The matcher is compared with it by test and by fuzzing.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "engine/match.h"
#include "engine/order_code.h"

namespace qrpay::engine::naive {

struct OpenCode {
  std::string code;  ///< as the shop or we wrote it
  bool own = false;
};

struct Note {
  std::string s;
  std::string m;
  std::vector<std::size_t> boundaries;
};

inline std::string keep_letters_and_digits(std::string_view text) {
  std::string out;
  for (char const c : base::fold_upper(text)) {
    if ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) out += c;
  }
  return out;
}

inline Note fold(std::string_view raw) {
  Note note;
  std::string const upper = base::fold_upper(raw) + " ";
  std::string token;
  for (char const c : upper) {
    std::string const kept = keep_letters_and_digits(std::string_view(&c, 1));
    token += kept;
    if (!kept.empty() || token.empty()) continue;
    note.s += token;
    note.boundaries.push_back(note.s.size());
    token.clear();
  }
  note.s = note.s.substr(0, 512);
  for (char const c : note.s) note.m += c == 'O' ? '0' : c == 'I' || c == 'L' ? '1' : c;
  return note;
}

struct Hit {
  std::string code;
  std::size_t start = 0;
  std::size_t end = 0;
};

inline bool falls_away(Note const& note, Hit const& inner, Hit const& outer) {
  bool const inside = outer.start <= inner.start && inner.end <= outer.end &&
                      outer.end - outer.start > inner.end - inner.start;
  if (!inside) return false;
  for (auto const boundary : note.boundaries) {
    bool const across = outer.start < boundary && boundary < outer.end;
    if (across && (inner.start == boundary || inner.end == boundary)) return false;
  }
  return true;
}

/// Folded codes by position, then code.
inline std::vector<std::string> match(std::vector<OpenCode> const& open, Note const& note) {
  std::vector<Hit> hits;
  for (auto const& one : open) {
    std::string const code = one.own ? one.code : keep_letters_and_digits(one.code);
    std::string const& text = one.own ? note.m : note.s;
    for (std::size_t at = 0; at + code.size() <= text.size(); ++at) {
      if (text.substr(at, code.size()) == code) hits.push_back({code, at, at + code.size()});
    }
  }
  std::vector<std::pair<std::size_t, std::string>> left;
  for (auto const& inner : hits) {
    bool const gone = std::any_of(hits.begin(), hits.end(), [&](Hit const& outer) {
      return falls_away(note, inner, outer);
    });
    if (!gone) left.emplace_back(inner.start, inner.code);
  }
  std::sort(left.begin(), left.end());
  std::vector<std::string> codes;
  for (auto const& [start, code] : left) {
    if (std::find(codes.begin(), codes.end(), code) == codes.end()) codes.push_back(code);
  }
  if (codes.size() > kCodesListedMax) codes.resize(kCodesListedMax);
  return codes;
}

/// Least number of edits (swaps of neighbours are one) between `code` and any part of `text`: the
/// table of Sellers with a swap added.
inline std::size_t edits_to_a_part(std::string_view code, std::string_view text) {
  std::vector<std::vector<std::size_t>> d(code.size() + 1,
                                          std::vector<std::size_t>(text.size() + 1, 0));
  for (std::size_t i = 1; i <= code.size(); ++i) {
    d[i][0] = i;
    for (std::size_t j = 1; j <= text.size(); ++j) {
      d[i][j] = std::min({d[i - 1][j - 1] + (code[i - 1] == text[j - 1] ? 0U : 1U),
                          d[i - 1][j] + 1, d[i][j - 1] + 1});
      if (i > 1 && j > 1 && code[i - 1] == text[j - 2] && code[i - 2] == text[j - 1]) {
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
      }
    }
  }
  return *std::min_element(d.back().begin(), d.back().end());
}

/// By code.
inline std::vector<std::string> propose(std::vector<OpenCode> const& open, Note const& note) {
  std::vector<std::string> codes;
  if (!match(open, note).empty()) return codes;
  for (auto const& one : open) {
    if (one.own && edits_to_a_part(one.code, note.m) <= 1) codes.push_back(one.code);
  }
  std::sort(codes.begin(), codes.end());
  return codes;
}

inline NoteVerdict verdict(std::vector<OpenCode> const& open, std::string_view prefix,
                           Note const& note) {
  auto const matches = match(open, note).size();
  if (matches > 1) return NoteVerdict::kSeveral;
  if (matches == 1) return NoteVerdict::kOneCode;
  if (!propose(open, note).empty()) return NoteVerdict::kDamaged;
  if (prefix.empty()) return NoteVerdict::kNoCode;
  for (std::size_t at = 0; at < note.m.size(); ++at) {
    if (note.m.substr(at, prefix.size()) != prefix) continue;
    if (check_code(note.m.substr(at, prefix.size() + 9))) return NoteVerdict::kDamaged;
    std::string run = note.m.substr(at + prefix.size());
    run = run.substr(0, run.find_first_not_of(kCodeAlphabet));
    if (run.size() >= 5 && run.find_first_of("0123456789") != run.npos) {
      return NoteVerdict::kDamaged;
    }
  }
  return NoteVerdict::kNoCode;
}

}  // namespace qrpay::engine::naive
