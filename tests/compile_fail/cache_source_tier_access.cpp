// expect: \[ashlar\] SourceTier: the third argument is ReadOnly or ReadWrite
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

#ifdef FIXED
using Access = ashlar::ReadOnly;
#else
using Access = const int;
#endif
ashlar::SourceTier<int, int, Access> source{[](int key) { return std::optional{key}; }};
