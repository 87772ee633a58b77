// Asks one witness over HTTP: c2sp.org/tlog-witness as a client.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gateway/http/client.h"
#include "ledger/witness.h"

namespace qrpay::gateway::witness {

/// C2SP's network has some fifteen; more would make every checkpoint a page long.
inline constexpr std::size_t kWitnessesMax = 16;

/// Where a witness is (its submission prefix) and how it signs.
struct WitnessAddress {
  http::BaseUrl url;
  ledger::VerifierKey key;  ///< of type kCosignature
};

/// Pairs urls with keys by their place.
/// Errors: kConfigInvalid: not as many keys as urls, over 16, a key twice or of another type.
[[nodiscard]] base::Result<std::vector<WitnessAddress>> parse_addresses(
    std::vector<std::string> const& urls, std::vector<std::string> const& vkeys);

/// Not shared between threads.
class Asker {
 public:
  Asker(WitnessAddress address, http::ClientOptions options);

  struct Reply {
    ledger::WitnessStatus status = ledger::WitnessStatus::kMalformed;
    ledger::NoteSignature cosignature;  ///< with 200; verified
    std::uint64_t size = 0;             ///< with 409: what the witness says it cosigned last
  };
  /// Errors: those of Client::send(); kWitnessRefused, an answer that the protocol does not have or
  ///   a cosignature that does not verify.
  [[nodiscard]] base::Result<Reply> add_checkpoint(ledger::AddCheckpoint const& request);

  /// The last checkpoint of `origin` that it cosigned, as it serves it; nullopt when it has none or
  /// is a witness without this page. Nothing is verified. Errors: those of Client::send().
  [[nodiscard]] base::Result<std::optional<std::string>> newest(std::string_view origin);

  [[nodiscard]] ledger::VerifierKey const& key() const { return address_.key; }

 private:
  WitnessAddress address_;
  http::Client client_;
};

}  // namespace qrpay::gateway::witness
