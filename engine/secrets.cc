#include "engine/secrets.h"

#include <string>

#include "base/crypto.h"

namespace qrpay::engine {

using base::Errc;
using base::fail;
using base::Result;

namespace {

std::string named(std::uint32_t generation) { return "generation " + std::to_string(generation); }

Result<void> check_key_file(State const& state, std::uint32_t generation,
                            base::Secret const* file) {
  auto const& generations = state.secrets(SecretUse::kKeys);
  auto const& announced = generations[generation - 1];
  if (file == nullptr) {
    if (announced.retired) return {};
    if (generation == generations.size())
      return fail(Errc::kWrongKey, "the key file of " + named(generation) + " is missing");
    Sequence const key = state.live_key_of(generation);
    if (key == Sequence(0)) return {};
    return fail(Errc::kWrongKey, "the key file of " + named(generation) + ", which key " +
                                     std::to_string(key.value()) + " needs, is missing");
  }
  if (announced.check != base::Bytes16{} && announced.check != key_file_check(*file))
    return fail(Errc::kWrongKey, "the key file of " + named(generation) + " is another");
  return {};
}

}  // namespace

base::Bytes16 key_file_check(base::Secret const& key_file) {
  auto const subkey = base::hkdf_sha256(key_file.reveal(), {}, "qrpay key check");
  return base::HmacSha256(subkey.reveal()).tag(base::as_bytes("check"));
}

Result<void> check_secrets(State const& state, ledger::Tagger const& tagger,
                           ledger::SecretGenerations const& key_files) {
  auto const& tags = state.secrets(SecretUse::kTags);
  for (std::uint32_t generation = 1; generation <= tags.size(); ++generation) {
    auto const* const at_hand = tagger.find(generation);
    if (at_hand != nullptr && at_hand->check_value() != tags[generation - 1].check)
      return fail(Errc::kWrongSecret, "the dedupe secret of " + named(generation) + " is another");
  }
  auto const& keys = state.secrets(SecretUse::kKeys);
  for (std::uint32_t generation = 1; generation <= keys.size(); ++generation)
    QRPAY_TRY_VOID(check_key_file(state, generation, key_files.find(generation)));
  return {};
}

}  // namespace qrpay::engine
