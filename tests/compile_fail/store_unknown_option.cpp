// expect: \[ashlar\] ShardedStore: an option is no backend, durability, sharding
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/store/sharded_store.hpp>

struct Unknown {};

#ifdef FIXED
using Store = ashlar::ShardedStore<int, int>;
#else
using Store = ashlar::ShardedStore<int, int, Unknown>;
#endif
Store* store = nullptr;
bool use() { return store->get(1).has_value(); }
