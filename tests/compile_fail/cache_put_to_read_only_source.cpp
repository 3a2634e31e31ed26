// expect: \[ashlar\] Cache: put to a source that is read only
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/cache.hpp>
#include <ashlar/cache/source_tier.hpp>
#include <ashlar/cache/strategy/cache_aside.hpp>
#include <ashlar/cache/strategy/write_back.hpp>

template <class K, class V>
struct Objects {
  using key_type = K;
  using mapped_type = V;
  explicit Objects(int) {}
  std::optional<V> get(const K&) { return std::nullopt; }
  void put(const K&, const V&) {}
  bool erase(const K&) { return false; }
};

using Source = ashlar::SourceTier<int, int, ashlar::ReadOnly>;
ashlar::Cache<Objects<int, int>, Source> cache{0, [](int key) { return std::optional{key}; }};
void use() {
#ifdef FIXED
  static_cast<void>(cache.get(1));
#else
  static_cast<void>(cache.put(1, 1));
#endif
}
