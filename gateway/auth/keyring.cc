#include "gateway/auth/keyring.h"

#include <mutex>
#include <utility>

#include "base/check.h"
#include "ledger/fields.h"
#include "ledger/tlv.h"

namespace qrpay::gateway::auth {

namespace field = ledger::field;
using base::as_bytes;
using ledger::Kind;
using ledger::TlvReader;

std::optional<KeyOrigin> KeyOrigin::of(ledger::Record const& record) {
  TlvReader const body(record.body);
  auto const salt = body.array<32>(field::kKeySalt);
  if (record.kind != Kind::kKey || !salt) return std::nullopt;
  auto const generation = body.number_or(field::kKeyGeneration, 1);
  return KeyOrigin{record.id_tag, *salt, static_cast<std::uint32_t>(generation)};
}

KeyRing::KeyRing(ledger::SecretGenerations key_files, ledger::Tagger const& tagger)
    : key_files_(std::move(key_files)), tagger_(tagger) {}

base::Secret KeyRing::derive(std::string_view purpose, KeyOrigin const& key) const {
  auto const* const file = key_files_.find(key.generation);
  QRPAY_CHECK(file != nullptr);
  std::string info = "qrpay key " + std::to_string(key.generation) + " ";
  info += purpose;
  info += base::as_text(key.id.value());
  return base::hkdf_sha256(file->reveal(), key.salt, info);
}

std::string KeyRing::bearer_token(KeyOrigin const& key) const {
  return "qrpay_" + base::to_base64url(derive("bearer ", key).reveal());
}

std::string KeyRing::signing_secret(KeyOrigin const& key) const {
  return base::to_hex(derive("hmac ", key).reveal());
}

std::uint32_t KeyRing::generation() const {
  std::shared_lock const lock(mutex_);
  return generation_;
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
  } else if (record.kind == Kind::kSecret) {
    bool const of_keys =
        body.number_or(field::kSecretUse, 0) == static_cast<std::uint8_t>(engine::SecretUse::kKeys);
    bool const retired = body.number_or(field::kSecretRetired, 0) == 1;
    if (of_keys && !retired)
      generation_ = static_cast<std::uint32_t>(body.number_or(field::kSecretGeneration, 1));
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
    // Of a retired key file every key is revoked: nothing is signed with it any more.
    auto const origin = KeyOrigin::of(record);
    if (origin && key_files_.find(origin->generation) != nullptr)
      entry->hmac.emplace(derive("hmac ", *origin).reveal());
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
  auto const tags =
      tagger_.id_tag({.tenant = Sequence(0), .kind = Kind::kKey, .id = key_id, .revision = 1});
  std::shared_lock const lock(mutex_);
  auto found = by_id_.find(tags.newest);
  for (auto older = tags.older.begin(); found == by_id_.end() && older != tags.older.end(); ++older)
    found = by_id_.find(*older);
  if (found == by_id_.end() || found->second->revoked || !found->second->hmac) return std::nullopt;
  return Signing{found->second->principal, *found->second->hmac};
}

bool KeyRing::was_used(Sequence key) const {
  std::shared_lock const lock(mutex_);
  auto const found = entries_.find(key.value());
  return found != entries_.end() && found->second->used.load(std::memory_order_relaxed);
}

}  // namespace qrpay::gateway::auth
