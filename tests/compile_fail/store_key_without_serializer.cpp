// expect: \[ashlar\] ShardedStore: the key is no string and the serializer does not know it
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/store/in_memory.hpp>
#include <ashlar/store/sharded_store.hpp>

class Opaque {
 public:
  explicit Opaque(int number) : number_{number} {}

 private:
  int number_;
};
#ifdef FIXED
using Store = ashlar::ShardedStore<int, int, ashlar::InMemory>;
#else
using Store = ashlar::ShardedStore<Opaque, int, ashlar::InMemory>;
#endif
Store store;
