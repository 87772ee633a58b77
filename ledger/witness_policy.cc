#include "ledger/witness_policy.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "ledger/lines.h"

namespace qrpay::ledger {

using base::Errc;
using base::fail;
using base::Result;

namespace {

constexpr std::string_view kNobody = "none";

base::Unexpected<base::Error> malformed(std::string why) {
  return fail(Errc::kNoteMalformed, std::move(why));
}

/// Nullopt when the line holds a control character other than the tab.
std::optional<std::vector<std::string_view>> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  std::size_t begin = 0;
  for (std::size_t at = 0; at <= line.size(); ++at) {
    auto const c = at < line.size() ? static_cast<unsigned char>(line[at]) : ' ';
    if (c == ' ' || c == '\t') {
      if (at > begin) words.push_back(line.substr(begin, at - begin));
      begin = at + 1;
    } else if (c < 0x20 || c == 0x7f) {
      return std::nullopt;
    }
  }
  return words;
}

bool holds_key(std::span<VerifierKey const> keys, VerifierKey const& key) {
  return std::any_of(keys.begin(), keys.end(),
                     [&key](VerifierKey const& one) { return one.public_key == key.public_key; });
}

}  // namespace

std::size_t WitnessPolicy::place_of(std::string_view name) const {
  auto const found = std::find_if(parties_.begin(), parties_.end(),
                                  [name](Party const& party) { return party.name == name; });
  return static_cast<std::size_t>(found - parties_.begin());
}

Result<void> WitnessPolicy::add_log(Words const& words) {
  if (words.size() < 2 || words.size() > 3) return malformed("log VKEY [URL]");
  QRPAY_TRY(VerifierKey key, parse_vkey(words[1]));
  if (key.type != SignatureType::kEd25519) return malformed("not the key of a log");
  if (holds_key(logs_, key)) return malformed("a log twice");
  if (logs_.size() == kPolicyEntriesMax) return malformed("over 256 logs");
  logs_.push_back(std::move(key));
  return {};
}

Result<void> WitnessPolicy::add_witness(Words const& words) {
  if (words.size() < 3 || words.size() > 4) return malformed("witness NAME VKEY [URL]");
  QRPAY_TRY(VerifierKey key, parse_vkey(words[2]));
  if (key.type != SignatureType::kCosignature) return malformed("not the key of a witness");
  if (words[1] == kNobody || place_of(words[1]) != parties_.size())
    return malformed("the name is taken");
  if (holds_key(witnesses_, key)) return malformed("a witness twice");
  if (witnesses_.size() == kPolicyEntriesMax) return malformed("over 256 witnesses");
  parties_.push_back({std::string(words[1]), witnesses_.size(), {}, 1});
  witnesses_.push_back(std::move(key));
  return {};
}

Result<void> WitnessPolicy::add_group(Words const& words) {
  if (words.size() < 4) return malformed("group NAME all|any|K MEMBER...");
  if (words[1] == kNobody || place_of(words[1]) != parties_.size())
    return malformed("the name is taken");
  if (parties_.size() - witnesses_.size() == kPolicyEntriesMax) return malformed("over 256 groups");
  Party group{std::string(words[1]), 0, {}, 0};
  for (std::size_t i = 3; i < words.size(); ++i) {
    std::size_t const place = place_of(words[i]);
    if (place == parties_.size()) return malformed("a member that no earlier line defines");
    // A party counts in one group only, so that nobody is heard twice.
    for (Party const& other : parties_)
      if (std::find(other.members.begin(), other.members.end(), place) != other.members.end())
        return malformed("a member of another group");
    if (std::find(group.members.begin(), group.members.end(), place) != group.members.end())
      return malformed("a member twice");
    group.members.push_back(place);
  }
  std::size_t const count = group.members.size();
  auto const number = parse_decimal(words[2]);
  group.needed = words[2] == "all" ? count : words[2] == "any" ? 1 : number.value_or(0);
  if (group.needed < 1 || group.needed > count) return malformed("threshold");
  parties_.push_back(std::move(group));
  return {};
}

Result<void> WitnessPolicy::set_quorum(Words const& words) {
  if (words.size() != 2) return malformed("quorum NAME");
  if (has_quorum_) return malformed("a second quorum");
  has_quorum_ = true;
  needs_nobody_ = words[1] == kNobody;
  quorum_ = place_of(words[1]);
  if (!needs_nobody_ && quorum_ == parties_.size())
    return malformed("a quorum that no earlier line defines");
  return {};
}

Result<void> WitnessPolicy::add_line(Words const& words) {
  if (words[0] == "log") return add_log(words);
  if (words[0] == "witness") return add_witness(words);
  if (words[0] == "group") return add_group(words);
  if (words[0] == "quorum") return set_quorum(words);
  return malformed("neither log, witness, group nor quorum");
}

Result<WitnessPolicy> WitnessPolicy::parse(std::string_view text) {
  if (text.size() > kPolicyBytesMax) return malformed("policy over 256 KiB");
  WitnessPolicy policy;
  LineReader lines(text);
  for (std::size_t number = 1; auto const line = lines.next(); ++number) {
    auto const words = words_of(*line);
    std::string const where = "line " + std::to_string(number) + ": ";
    if (!words) return malformed(where + "control character");
    if (words->empty() || words->front().starts_with('#')) continue;
    if (auto const added = policy.add_line(*words); !added)
      return fail(added.error().errc, where + added.error().detail);
  }
  if (!lines.rest().empty()) return malformed("the last line has no end");
  if (!policy.has_quorum_) return malformed("no quorum line");
  return policy;
}

bool WitnessPolicy::is_met(std::span<Cosignature const> cosignatures) const {
  if (needs_nobody_) return true;
  std::vector<bool> witnessed(parties_.size());
  for (std::size_t i = 0; i < parties_.size(); ++i) {
    Party const& party = parties_[i];
    if (party.members.empty()) {
      VerifierKey const& key = witnesses_[party.witness];
      witnessed[i] = std::any_of(cosignatures.begin(), cosignatures.end(),
                                 [&key](Cosignature const& one) { return one.witness == key; });
      continue;
    }
    auto const count = std::count_if(party.members.begin(), party.members.end(),
                                     [&](std::size_t member) { return witnessed[member]; });
    witnessed[i] = static_cast<std::size_t>(count) >= party.needed;
  }
  return witnessed[quorum_];
}

Result<void> WitnessPolicy::check(std::span<Cosignature const> cosignatures) const {
  if (is_met(cosignatures)) return {};
  return fail(Errc::kNoteUnverified, "the policy's quorum of witnesses did not cosign");
}

}  // namespace qrpay::ledger
