// expect: \[ashlar\] get_or_load: the loader must return mapped_type
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

struct Product {};
ashlar::Cache<Objects<int, Product>> cache{0};
#ifdef FIXED
auto loader = [] { return Product{}; };
#else
auto loader = [] { return 1.5; };
#endif
auto product = cache.get_or_load(1, loader);
