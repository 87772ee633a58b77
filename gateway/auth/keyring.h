// API keys as the gateway knows them: who a token or a signing key stands for.
//
// A fold of Key and registration records, fed with what is durable, so a key works and a revocation
// bites as soon as its answer can have left. Secrets are not stored: they are derived from the
// key file of the key's generation and the salt in the key's record.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/crypto.h"
#include "engine/state.h"
#include "ledger/generations.h"
#include "ledger/tags.h"

namespace qrpay::gateway::auth {

using base::Sequence;
using engine::Role;

/// Whom a request speaks for.
struct Principal {
  Sequence key;  ///< first record of the key
  Role role{};
  Sequence scope;                 ///< merchant, terminal or bank
  Sequence tenant;                ///< whose ids its commands are among
  std::vector<std::string> bins;  ///< of a bank
};

/// What, with the key file of its generation, a key's secrets follow from.
struct KeyOrigin {
  ledger::IdTag id;  ///< as its record carries it, whatever generation that tag is of
  base::Bytes32 salt{};
  std::uint32_t generation = 1;
  /// nullopt where the record does not make a key.
  [[nodiscard]] static std::optional<KeyOrigin> of(ledger::Record const& record);
};

class KeyRing {
 public:
  /// `tagger` outlives this.
  KeyRing(ledger::SecretGenerations key_files, ledger::Tagger const& tagger);

  /// Each durable record once, in order: the journal's at the start, then each batch. One thread.
  void apply(ledger::Record const& record);

  /// Any thread. nullopt: unknown or revoked, which is not told apart.
  [[nodiscard]] std::optional<Principal> find_bearer(std::string_view token);
  struct Signing {
    Principal principal;
    base::HmacSha256 hmac;
  };
  /// `key_id` is the caller's id of the key.
  [[nodiscard]] std::optional<Signing> find_signing(std::string_view key_id);

  /// "qrpay_" and 43 characters of base64url.
  /// Requires: the key file of its generation is at hand, as of all generations with live keys.
  [[nodiscard]] std::string bearer_token(KeyOrigin const& key) const;
  /// 64 hexadecimal digits; the HMAC key is their 32 bytes. Requires: as above.
  [[nodiscard]] std::string signing_secret(KeyOrigin const& key) const;
  /// Of the key file that new keys are derived from.
  [[nodiscard]] std::uint32_t generation() const;
  /// A secret is shown until the key is first used.
  [[nodiscard]] bool was_used(Sequence key) const;

 private:
  struct Entry {
    Principal principal;
    bool revoked = false;
    std::atomic<bool> used{false};
    std::optional<base::HmacSha256> hmac;  ///< of a bank's key
  };
  [[nodiscard]] base::Secret derive(std::string_view purpose, KeyOrigin const& key) const;

  ledger::SecretGenerations const key_files_;
  ledger::Tagger const& tagger_;
  mutable std::shared_mutex mutex_;
  std::map<std::uint64_t, std::unique_ptr<Entry>> entries_;
  std::map<base::Digest, Entry*> by_token_hash_;
  std::map<ledger::IdTag, Entry*> by_id_;
  std::uint32_t generation_ = 1;
  std::map<std::uint64_t, std::vector<std::string>> bins_;
  std::map<std::uint64_t, std::uint64_t> shop_of_terminal_;
  std::map<std::uint64_t, std::uint64_t> merchant_of_shop_;
};

}  // namespace qrpay::gateway::auth
