// New generations of secrets, on a ledger that no server holds (decision 0014).
#pragma once

#include <string>

#include "cli/config.h"
#include "engine/command.h"

namespace qrpay::cli {

struct RotateOptions {
  /// Directory that gets the new secret before anything else; made if missing. "" = none, which a
  /// rotation of the dedupe secret refuses: without that secret the ledger is read-only for ever.
  std::string backup;
  std::string by;  ///< who asked, kept in the record's sealed section; "" = the system's user
};

struct Rotated {
  std::uint32_t generation = 0;
  base::Sequence sequence;  ///< the record that announced it
  std::string file;
  std::string backup;        ///< the copy's file; "" = none
  bool same_disk = false;    ///< file and copy lie on one file system
  bool credentials = false;  ///< the other generations are credentials: this one should become one
};

/// Makes the next generation, keeps a copy, then records it. A crash in between leaves a file that
/// the next call takes up; nothing uses it before the record is durable.
/// Errors: those of OfflineLedger::open(); kInvalidField (no copy asked for, or one that is the
/// original; too many generations); kWrongSecret (file and copy differ); kIo.
[[nodiscard]] base::Result<Rotated> rotate(Config const& config, engine::SecretUse use,
                                           RotateOptions const& options);

/// Records that no key of `generation` lives any more, then removes its file. May be called again
/// after a crash. Errors: those of OfflineLedger::open(); kInvalidField (the newest, unknown, or a
/// key of it is not revoked: `detail` names it); kIo.
[[nodiscard]] base::Result<Rotated> retire_server(Config const& config, std::uint32_t generation,
                                                  std::string const& by);

}  // namespace qrpay::cli
