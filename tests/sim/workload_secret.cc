// Rotations in the middle of business, and keys that are derived from one generation or another.
#include "tests/sim/workload.h"

namespace qrpay::sim {

using engine::SecretUse;

std::uint32_t Workload::some_key_file(Model const& model) {
  auto const newest = static_cast<std::uint32_t>(model.secrets(SecretUse::kKeys).size());
  if (dice_.percent(80)) return newest;
  return static_cast<std::uint32_t>(dice_.below(newest + 2));
}

engine::Command Workload::secret(Model const& model, std::int64_t /*now*/) {
  engine::PutSecret put;
  put.use = dice_.percent(60) ? SecretUse::kTags : SecretUse::kKeys;
  put.check[0] = 1;
  put.by = "root";
  auto const newest = static_cast<std::uint32_t>(model.secrets(put.use).size());
  put.generation = newest + 1;
  put.retired = put.use == SecretUse::kKeys ? dice_.percent(40) : dice_.percent(5);
  if (put.retired) put.generation = static_cast<std::uint32_t>(dice_.below(newest + 1));
  // What nobody has is announced by nobody; a number that was given out already is refused.
  if (put.use == SecretUse::kTags && put.generation > kGenerations) put.generation = kGenerations;
  engine::Command command;
  command.id = (put.use == SecretUse::kTags ? "tags." : "keys.") + std::to_string(put.generation) +
               (put.retired ? ".retired" : "");
  command.payload = std::move(put);
  return command;
}

}  // namespace qrpay::sim
