// expect: \[ashlar\] Cache: two null tiers keep nothing
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

using Null = ashlar::NullTier<int, double>;
#ifdef FIXED
ashlar::Cache<Objects<int, double>, Null> cache{0};
#else
ashlar::Cache<Null, Null> cache{Null{}};
#endif
