// expect: \[ashlar\] ShardedStore: two shardings; keep one
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/store/sharded_store.hpp>
#include <ashlar/store/sharding.hpp>

#ifdef FIXED
using Store = ashlar::ShardedStore<int, int, ashlar::ByHash>;
#else
using Store = ashlar::ShardedStore<int, int, ashlar::ByHash, ashlar::ByHash>;
#endif
Store* store = nullptr;
bool use() { return store->get(1).has_value(); }
