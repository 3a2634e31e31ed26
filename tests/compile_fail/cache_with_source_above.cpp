// expect: \[ashlar\] Cache: the upper tier is the source of the values
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

struct Source : Objects<int, double> {
  using Objects::Objects;
  static constexpr bool is_source = true;
};
#ifdef FIXED
ashlar::Cache<Objects<int, double>, Source> cache{0, 0};
#else
ashlar::Cache<Source, Objects<int, double>> cache{0, 0};
#endif
