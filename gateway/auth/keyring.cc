#include "gateway/auth/keyring.h"

#include <mutex>

#include "ledger/fields.h"
#include "ledger/tlv.h"

namespace qrpay::gateway::auth {

namespace field = ledger::field;
using base::as_bytes;
using ledger::Kind;
using ledger::TlvReader;

KeyRing::KeyRing(base::Secret const& server_key, ledger::Tagger const& tagger)
    : server_key_(server_key), tagger_(tagger) {}

base::Secret KeyRing::derive(std::string_view purpose, ledger::IdTag const& key,
                             base::Bytes32 const& salt) const {
  // Generation 1 of the key file is the only one so far.
  std::string info = "qrpay key 1 ";
  info += purpose;
  info += base::as_text(key.value());
  return base::hkdf_sha256(server_key_.reveal(), salt, info);
}

std::string KeyRing::bearer_token(ledger::IdTag const& key, base::Bytes32 const& salt) const {
  return "qrpay_" + base::to_base64url(derive("bearer ", key, salt).reveal());
}

std::string KeyRing::signing_secret(ledger::IdTag const& key, base::Bytes32 const& salt) const {
  return base::to_hex(derive("hmac ", key, salt).reveal());
}

void KeyRing::apply(ledger::Record const& record) {
  std::unique_lock const lock(mutex_);
  if (auto const actor = entries_.find(record.actor.value()); actor != entries_.end())
    actor->second->used.store(true, std::memory_order_relaxed);
  TlvReader const body(record.body);
  std::uint64_t const at = record.sequence.value();
  if (record.kind == Kind::kRegisterShop) {
    merchant_of_shop_[at] = body.number_or(field::kMerchant, 0);
  } else if (record.kind == Kind::kRegisterTerminal) {
    shop_of_terminal_[at] = body.number_or(field::kShop, 0);
  } else if (record.kind == Kind::kRegisterBank) {
    for (auto bins = body.text(field::kBins); bins.size() >= 6; bins.remove_prefix(6))
      bins_[at].emplace_back(bins.substr(0, 6));
  }
  if (record.kind != Kind::kKey) return;
  if (auto const amended = entries_.find(body.number_or(field::kAmends, 0));
      amended != entries_.end()) {
    amended->second->revoked = body.number_or(field::kRevoked, 0) == 1;
    return;
  }
  auto entry = std::make_unique<Entry>();
  std::uint64_t const scope = body.number_or(field::kScope, 0);
  entry->principal = {record.sequence,
                      static_cast<Role>(body.number_or(field::kRole, 0)),
                      Sequence(scope),
                      Sequence(scope),
                      {}};
  if (entry->principal.role == Role::kTerminal)
    entry->principal.tenant = Sequence(merchant_of_shop_[shop_of_terminal_[scope]]);
  if (entry->principal.role == Role::kBank) {
    entry->principal.bins = bins_[scope];
    auto const salt = body.array<32>(field::kKeySalt).value_or(base::Bytes32{});
    entry->hmac.emplace(derive("hmac ", record.id_tag, salt).reveal());
  }
  if (auto const hash = body.array<32>(field::kTokenHash)) by_token_hash_[*hash] = entry.get();
  by_id_[record.id_tag] = entry.get();
  entries_[at] = std::move(entry);
}

std::optional<Principal> KeyRing::find_bearer(std::string_view token) {
  // The token is looked up by its hash, so the time of the search says nothing about it.
  auto const hash = base::sha256(as_bytes(token));
  std::shared_lock const lock(mutex_);
  auto const found = by_token_hash_.find(hash);
  if (found == by_token_hash_.end() || found->second->revoked) return std::nullopt;
  found->second->used.store(true, std::memory_order_relaxed);
  return found->second->principal;
}

std::optional<KeyRing::Signing> KeyRing::find_signing(std::string_view key_id) {
  auto const tag =
      tagger_.id_tag({.tenant = Sequence(0), .kind = Kind::kKey, .id = key_id, .revision = 1});
  std::shared_lock const lock(mutex_);
  auto const found = by_id_.find(tag);
  if (found == by_id_.end() || found->second->revoked || !found->second->hmac) return std::nullopt;
  return Signing{found->second->principal, *found->second->hmac};
}

bool KeyRing::was_used(Sequence key) const {
  std::shared_lock const lock(mutex_);
  auto const found = entries_.find(key.value());
  return found != entries_.end() && found->second->used.load(std::memory_order_relaxed);
}

}  // namespace qrpay::gateway::auth
