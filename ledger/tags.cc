#include "ledger/tags.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/check.h"

namespace qrpay::ledger {

namespace {

base::HmacSha256 subkey(base::Secret const& secret, std::string_view label) {
  return base::HmacSha256(base::hkdf_sha256(secret.reveal(), {}, label).reveal());
}

}  // namespace

GenerationTagger::GenerationTagger(base::Secret const& dedupe_secret)
    : id_key_(subkey(dedupe_secret, "qrpay tag id")),
      account_key_(subkey(dedupe_secret, "qrpay tag account")),
      money_key_(subkey(dedupe_secret, "qrpay tag money")),
      page_key_(subkey(dedupe_secret, "qrpay tag page")),
      check_value_(subkey(dedupe_secret, "qrpay tag check").tag(base::as_bytes("check"))) {}

IdTag GenerationTagger::id_tag(CommandId const& id) const {
  std::string message;
  message.reserve(16 + id.id.size());
  base::ByteWriter writer(message);
  writer.u64(id.tenant.value());
  writer.u16(static_cast<std::uint16_t>(id.kind));
  writer.u32(id.revision);
  writer.text16(id.id);
  return IdTag(id_key_.tag(base::as_bytes(message)));
}

AccountTag GenerationTagger::account_tag(std::string_view bank, std::string_view account) const {
  std::string message;
  base::ByteWriter writer(message);
  writer.text16(bank);
  writer.text16(account);
  return AccountTag(account_key_.tag(base::as_bytes(message)));
}

MoneyTag GenerationTagger::money_tag(MoneyReference const& reference) const {
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

IdTag GenerationTagger::page_tag(std::string_view token) const {
  return IdTag(page_key_.tag(base::as_bytes(token)));
}

namespace {

/// `make` of every generation at hand from `newest` down.
template <class Tag, class Make>
LiveTags<Tag> live_tags(Tagger const& tagger, Make const& make) {
  LiveTags<Tag> tags;
  if (auto const* const one = tagger.find(tagger.newest())) tags.newest = make(*one);
  for (std::uint32_t generation = tagger.newest(); --generation > 0;)
    if (auto const* const one = tagger.find(generation)) tags.older.push_back(make(*one));
  return tags;
}

}  // namespace

Tagger::Tagger(SecretGenerations const& secrets) : newest_(std::max(1U, secrets.newest())) {
  auto taggers = std::make_shared<Taggers>(secrets.newest());
  for (std::uint32_t generation = 1; generation <= secrets.newest(); ++generation)
    if (auto const* const secret = secrets.find(generation))
      (*taggers)[generation - 1].emplace(*secret);
  taggers_ = std::move(taggers);
}

Tagger Tagger::up_to(std::uint32_t generation) const {
  QRPAY_CHECK(generation > 0 && generation <= kGenerationsMax);
  Tagger limited = *this;
  limited.newest_ = generation;
  return limited;
}

bool Tagger::complete() const {
  for (std::uint32_t generation = 1; generation <= newest_; ++generation)
    if (find(generation) == nullptr) return false;
  return true;
}

LiveTags<IdTag> Tagger::id_tag(CommandId const& id) const {
  return live_tags<IdTag>(*this, [&](GenerationTagger const& one) { return one.id_tag(id); });
}

LiveTags<AccountTag> Tagger::account_tag(std::string_view bank, std::string_view account) const {
  return live_tags<AccountTag>(
      *this, [&](GenerationTagger const& one) { return one.account_tag(bank, account); });
}

LiveTags<IdTag> Tagger::page_tag(std::string_view token) const {
  return live_tags<IdTag>(*this, [&](GenerationTagger const& one) { return one.page_tag(token); });
}

Bytes16 Tagger::check_value() const {
  auto const* const first = find(1);
  QRPAY_CHECK(first != nullptr);
  return first->check_value();
}

}  // namespace qrpay::ledger
