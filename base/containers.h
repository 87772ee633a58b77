// The containers that the standard library lacks. Sole includer of Boost.Container and
// Boost.Unordered.
#pragma once

#include <boost/container/small_vector.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <cstddef>
#include <functional>

namespace qrpay::base {

/// N elements inline, more on the heap.
template <class T, std::size_t N>
using SmallVector = boost::container::small_vector<T, N>;

/// Open addressing; references die on insertion; iteration order is not defined, so never printed.
template <class K, class V, class Hash>
using FlatMap = boost::unordered_flat_map<K, V, Hash>;
template <class K, class Hash>
using FlatSet = boost::unordered_flat_set<K, Hash>;

}  // namespace qrpay::base
