// expect: \[ashlar\] Cache: Compression needs a lower tier that keeps bytes
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

struct Packer : ashlar::NoCompression {
  static constexpr ashlar::CodecId id{128};
};
#ifdef FIXED
using Packing = ashlar::NoCompression;
#else
using Packing = Packer;
#endif
ashlar::Cache<Objects<int, double>, Objects<int, double>, ashlar::WriteThrough, Packing> cache{0, 0};
