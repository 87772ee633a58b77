// One type per id, so that a shop cannot be passed where an order is meant.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace qrpay::base {

/// A strong alias of Rep. Tag exists only to make the type distinct.
template <class Tag, class Rep>
class Id {
 public:
  using rep_type = Rep;
  constexpr Id() = default;
  constexpr explicit Id(Rep value) : value_(std::move(value)) {}
  [[nodiscard]] constexpr Rep const& value() const { return value_; }
  friend constexpr auto operator<=>(Id const&, Id const&) = default;

 private:
  Rep value_{};
};

/// Position of a record in the ledger, dense from 1. 0 means "none". Leaf index = sequence - 1.
using Sequence = Id<struct SequenceTag, std::uint64_t>;

using Bytes16 = std::array<std::uint8_t, 16>;
using Bytes32 = std::array<std::uint8_t, 32>;

/// SHA-256 digest, or a 32-byte key that may be shown.
using Digest = Bytes32;

/// Bytes that must not be printed, logged or compared in variable time. Wiped when destroyed.
class Secret {
 public:
  Secret() = default;
  explicit Secret(Bytes32 const& bytes) : bytes_(bytes) {}
  Secret(Secret const&) = default;
  Secret& operator=(Secret const&) = default;
  ~Secret() {
    volatile std::uint8_t* p = bytes_.data();
    for (std::size_t i = 0; i < bytes_.size(); ++i) p[i] = 0;
  }
  /// The only way out; the name makes it findable.
  [[nodiscard]] Bytes32 const& reveal() const { return bytes_; }

 private:
  Bytes32 bytes_{};
};

/// Hash of keyed tags and random ids: their bytes are already uniform.
struct UniformHash {
  using is_avalanching = void;
  template <std::size_t N>
  std::size_t operator()(std::array<std::uint8_t, N> const& bytes) const {
    static_assert(N >= sizeof(std::size_t));
    std::size_t hash = 0;
    std::memcpy(&hash, bytes.data(), sizeof hash);
    return hash;
  }
  template <class Tag, class Rep>
  std::size_t operator()(Id<Tag, Rep> const& id) const {
    return (*this)(id.value());
  }
};

/// Hash of sequences and other small integers (splitmix64's finalizer).
struct IntegerHash {
  using is_avalanching = void;
  std::size_t operator()(std::uint64_t x) const {
    x ^= x >> 30;
    x *= 0xbf58476d1ce4e5b9ULL;
    x ^= x >> 27;
    x *= 0x94d049bb133111ebULL;
    x ^= x >> 31;
    return x;
  }
  template <class Tag>
  std::size_t operator()(Id<Tag, std::uint64_t> const& id) const {
    return (*this)(id.value());
  }
};

}  // namespace qrpay::base
