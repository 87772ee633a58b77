// Whom a reader believes, as a file: c2sp.org/tlog-policy.
//
//   log <vkey> [<url>]
//   witness <name> <vkey> [<url>]
//   group <name> all|any|<k> <member>...     members: witnesses and groups of earlier lines
//   quorum <name>|none                       exactly one
//
// Blank lines and lines that begin with # are passed over. Pure.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "ledger/checkpoint.h"
#include "ledger/note.h"

namespace qrpay::ledger {

inline constexpr std::size_t kPolicyBytesMax = 256 * 1024;
/// Of logs, of witnesses, and of groups. C2SP: at least 32 of each.
inline constexpr std::size_t kPolicyEntriesMax = 256;

class WitnessPolicy {
 public:
  /// Errors: kNoteMalformed, `detail` begins with the line's number; kKeyUnsupported, likewise, a
  ///   key of a type that we cannot verify.
  [[nodiscard]] static base::Result<WitnessPolicy> parse(std::string_view text);

  [[nodiscard]] std::span<VerifierKey const> logs() const { return logs_; }
  [[nodiscard]] std::span<VerifierKey const> witnesses() const { return witnesses_; }
  /// For open_checkpoint() and its kin: they find the cosignatures, is_met() judges them.
  [[nodiscard]] LogPolicy log_policy() const {
    return {.log_keys = logs_, .witnesses = witnesses_};
  }
  /// Do these witnesses make the quorum? Cost: at most once along all members of all groups.
  [[nodiscard]] bool is_met(std::span<Cosignature const> cosignatures) const;
  /// is_met() as a Result. Errors: kNoteUnverified.
  [[nodiscard]] base::Result<void> check(std::span<Cosignature const> cosignatures) const;

 private:
  /// A witness (no members) or a group, of which `needed` members must have witnessed.
  struct Party {
    std::string name;
    std::size_t witness = 0;           ///< place in witnesses_, of one without members
    std::vector<std::size_t> members;  ///< places in parties_, all before this one
    std::size_t needed = 0;
  };
  using Words = std::vector<std::string_view>;
  [[nodiscard]] base::Result<void> add_line(Words const& words);
  [[nodiscard]] base::Result<void> add_log(Words const& words);
  [[nodiscard]] base::Result<void> add_witness(Words const& words);
  [[nodiscard]] base::Result<void> add_group(Words const& words);
  [[nodiscard]] base::Result<void> set_quorum(Words const& words);
  [[nodiscard]] std::size_t place_of(std::string_view name) const;

  std::vector<VerifierKey> logs_;
  std::vector<VerifierKey> witnesses_;
  std::vector<Party> parties_;
  bool has_quorum_ = false;
  bool needs_nobody_ = false;
  std::size_t quorum_ = 0;  ///< place in parties_
};

}  // namespace qrpay::ledger
