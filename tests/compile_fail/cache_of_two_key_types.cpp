// expect: \[ashlar\] Cache: both tiers must have the same key_type
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/cache.hpp>

template <class K, class V>
struct Objects {
  using key_type = K;
  using mapped_type = V;
  explicit Objects(int) {}
  std::optional<V> get(const K&) { return std::nullopt; }
  void put(const K&, const V&) {}
  bool erase(const K&) { return false; }
};

#ifdef FIXED
using Lower = Objects<int, double>;
#else
using Lower = Objects<long, double>;
#endif
ashlar::Cache<Objects<int, double>, Lower> cache{0, 0};
