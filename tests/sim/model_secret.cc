// The rules of the model for generations of secrets.
#include "tests/sim/model.h"

namespace qrpay::sim {

using base::Errc;
using base::fail;
using engine::SecretUse;

bool Model::has_key_file(std::uint32_t generation) const {
  return generation > 0 && generation <= key_files_.size() && !key_files_[generation - 1].retired;
}

Model::Answer Model::on(Context const& context, engine::PutSecret const& c) {
  if (context.command.revision != 1) return fail(Errc::kNotSupported);
  if (tag_secrets_.empty()) return fail(Errc::kForbidden);
  auto& generations = c.use == SecretUse::kTags ? tag_secrets_ : key_files_;
  if (!c.retired) {
    if (c.generation != generations.size() + 1 || c.generation > 32)
      return fail(Errc::kInvalidField);
    generations.push_back({next(), false});
    return ModelRecord{};
  }
  bool const older = c.generation > 0 && c.generation < generations.size();
  if (c.use == SecretUse::kTags || !older) return fail(Errc::kInvalidField);
  if (generations[c.generation - 1].retired) return fail(Errc::kAlreadyExists);
  for (auto const& [sequence, key] : keys_)
    if (key.generation == c.generation && !key.revoked) return fail(Errc::kInvalidField);
  generations[c.generation - 1].retired = true;
  return ModelRecord{};
}

}  // namespace qrpay::sim
