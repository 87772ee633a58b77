// The model's own keys and origins: which change of them is taken.
#include <algorithm>

#include "tests/sim/model.h"

namespace qrpay::sim {

using base::Errc;
using base::fail;

Model::Answer Model::on(Context const& context, engine::Genesis const& c) {
  if (context.key != nullptr || !records_.empty()) return fail(Errc::kForbidden);
  tag_secrets_ = key_files_ = {{next(), false}};
  log_ = {c.origin, {c.log_vkey}, {c.log_vkey}};
  return ModelRecord{};
}

// The note's text is three lines; whoever signs now may have signed it.
bool Model::vouched(std::string const& note, std::string const& vkey) const {
  std::vector<ledger::VerifierKey> keys;
  for (auto const& live : log_.live) {
    auto const key = ledger::parse_vkey(live);
    if (key) keys.push_back(*key);
  }
  auto const opened = ledger::open_note(note, keys);
  return opened &&
         opened->note.text == "qrpay log key\n" + vkey + "\n" + std::to_string(next()) + "\n";
}

Model::Answer Model::on(Context const& context, engine::LogKey const& c) {
  if (context.command.revision != 1) return fail(Errc::kInvalidField);
  auto const live = std::find(log_.live.begin(), log_.live.end(), c.vkey);
  if (c.retired) {
    if (live == log_.live.end() || log_.live.size() < 2) return fail(Errc::kInvalidField);
    log_.live.erase(live);
    return ModelRecord{};
  }
  if (log_.known.contains(c.vkey) || log_.live.size() >= 4 ||
      !c.vkey.starts_with(log_.origin + "+"))
    return fail(Errc::kInvalidField);
  if (!vouched(c.note, c.vkey)) return fail(Errc::kInvalidField);
  log_.live.push_back(c.vkey);
  log_.known.insert(c.vkey);
  return ModelRecord{};
}

Model::Answer Model::on(Context const& context, engine::Restore const& c) {
  if (context.command.revision != 1) return fail(Errc::kInvalidField);
  // Numbers of origins have one digit here.
  std::string const stem = log_.origin.substr(0, log_.origin.size() - 1);
  bool const later = c.origin.size() == log_.origin.size() && c.origin.starts_with(stem) &&
                     c.origin.back() > log_.origin.back() && c.origin.back() <= '9';
  if (!later || !c.log_vkey.starts_with(c.origin + "+") || c.restored.size != next() - 1 ||
      !vouched(c.note, c.log_vkey))
    return fail(Errc::kInvalidField);
  log_ = {c.origin, {c.log_vkey}, {c.log_vkey}};
  return ModelRecord{};
}

}  // namespace qrpay::sim
