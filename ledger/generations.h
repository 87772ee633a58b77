// A secret that was replaced: its generations, and which of them are at hand.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/ids.h"

namespace qrpay::ledger {

/// A rotation a year for a generation of people. Every live generation is one more look-up for an
/// id that was never seen, about 1 us each.
inline constexpr std::uint32_t kGenerationsMax = 32;

/// Numbered from 1. A generation whose file is missing is not at hand.
class SecretGenerations {
 public:
  SecretGenerations() = default;
  explicit SecretGenerations(base::Secret const& first) { put(1, first); }

  /// nullptr: not at hand.
  [[nodiscard]] base::Secret const* find(std::uint32_t generation) const {
    if (generation == 0 || generation > secrets_.size()) return nullptr;
    auto const& secret = secrets_[generation - 1];
    return secret ? &*secret : nullptr;
  }
  void put(std::uint32_t generation, base::Secret const& secret) {
    if (secrets_.size() < generation) secrets_.resize(generation);
    secrets_[generation - 1] = secret;
  }
  /// The highest at hand; 0 = none is.
  [[nodiscard]] std::uint32_t newest() const { return static_cast<std::uint32_t>(secrets_.size()); }

 private:
  std::vector<std::optional<base::Secret>> secrets_;
};

}  // namespace qrpay::ledger
