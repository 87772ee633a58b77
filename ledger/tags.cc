#include "ledger/tags.h"

#include <string>

namespace qrpay::ledger {

namespace {

base::HmacSha256 subkey(base::Secret const& secret, std::string_view label) {
  return base::HmacSha256(base::hkdf_sha256(secret.reveal(), {}, label).reveal());
}

}  // namespace

Tagger::Tagger(base::Secret const& dedupe_secret)
    : id_key_(subkey(dedupe_secret, "qrpay tag id")),
      account_key_(subkey(dedupe_secret, "qrpay tag account")),
      money_key_(subkey(dedupe_secret, "qrpay tag money")),
      page_key_(subkey(dedupe_secret, "qrpay tag page")),
      check_value_(subkey(dedupe_secret, "qrpay tag check").tag(base::as_bytes("check"))) {}

IdTag Tagger::id_tag(CommandId const& id) const {
  std::string message;
  message.reserve(16 + id.id.size());
  base::ByteWriter writer(message);
  writer.u64(id.tenant.value());
  writer.u16(static_cast<std::uint16_t>(id.kind));
  writer.u32(id.revision);
  writer.text16(id.id);
  return IdTag(id_key_.tag(base::as_bytes(message)));
}

AccountTag Tagger::account_tag(std::string_view bank, std::string_view account) const {
  std::string message;
  base::ByteWriter writer(message);
  writer.text16(bank);
  writer.text16(account);
  return AccountTag(account_key_.tag(base::as_bytes(message)));
}

MoneyTag Tagger::money_tag(MoneyReference const& reference) const {
  std::string message;
  message.reserve(96);
  base::ByteWriter writer(message);
  writer.text16(reference.scheme);
  writer.text16(reference.bank);
  writer.text16(reference.account);
  writer.u8(static_cast<std::uint8_t>(reference.direction));
  writer.text16(reference.reference);
  writer.text16(reference.scope);
  return MoneyTag(money_key_.tag(base::as_bytes(message)));
}

IdTag Tagger::page_tag(std::string_view token) const {
  return IdTag(page_key_.tag(base::as_bytes(token)));
}

Bytes16 Tagger::check_value() const { return check_value_; }

}  // namespace qrpay::ledger
