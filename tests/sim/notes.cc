#include "tests/sim/notes.h"

#include <boost/json.hpp>
#include <fstream>
#include <sstream>

namespace qrpay::sim {
namespace {

struct Frame {
  std::string before;
  std::string after;
};

/// What stands around the code where a sample carries it in one piece.
std::vector<Frame> const& frames() {
  static std::vector<Frame> const all = [] {
    std::vector<Frame> found{{"", ""}};
    for (auto const& sample : sample_notes()) {
      auto const at = sample.code.empty() ? std::string::npos : sample.raw.find(sample.code);
      if (at == std::string::npos) continue;
      found.push_back({sample.raw.substr(0, at), sample.raw.substr(at + sample.code.size())});
    }
    return found;
  }();
  return all;
}

}  // namespace

std::vector<SampleNote> const& sample_notes() {
  static std::vector<SampleNote> const all = [] {
    std::ifstream file(QRPAY_VECTORS_DIR "/transfer_content.json");
    std::ostringstream text;
    text << file.rdbuf();
    std::vector<SampleNote> notes;
    auto const rows = boost::json::parse(text.str());
    for (auto const& row : rows.as_array()) {
      auto const& code = row.at("embedded_code");
      notes.push_back({std::string(row.at("raw").as_string()),
                       code.is_null() ? "" : std::string(code.as_string())});
    }
    return notes;
  }();
  return all;
}

std::string decorate(std::string const& code, Dice& dice) {
  std::string written;
  bool const split = dice.percent(20);
  bool const lower = dice.percent(30);
  for (char const c : code) {
    if (split && dice.percent(15)) written += dice.text_of({" ", ".", "-", "\n"});
    written += lower && c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  Frame const& frame = dice.one_of(frames());
  return frame.before + written + frame.after;
}

std::string damage(std::string code, Dice& dice) {
  static constexpr std::string_view kAny = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ .";
  for (auto edits = 1 + dice.below(2); edits > 0 && code.size() > 1; --edits) {
    auto const at = dice.below(code.size());
    switch (dice.below(5)) {
      case 0: code[at] = kAny[dice.below(kAny.size())]; break;
      case 1: code.erase(at, 1); break;
      case 2: code.insert(at, 1, kAny[dice.below(kAny.size())]); break;
      case 3: std::swap(code[at], code[at > 0 ? at - 1 : 0]); break;
      case 4: code.resize(at + 1); break;
    }
  }
  for (auto& c : code) {
    if (c == '0' && dice.percent(20)) c = 'O';
    if (c == '1' && dice.percent(20)) c = 'l';
  }
  return code;
}

std::string small_talk(Dice& dice) {
  if (dice.percent(50)) return dice.one_of(sample_notes()).raw;
  return dice.text_of({"", "chuyen tien", "Nguyễn Văn A chuyển tiền mua phở", "QPY", "QPY 1",
                       "tra tien com 35k", "\xE1\xBA\xFF", "CT DEN:523320101151", "QNA-2026"});
}

}  // namespace qrpay::sim
