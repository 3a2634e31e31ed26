// expect: \[ashlar\] ShardedStore: two durabilities; keep one
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/store/durability.hpp>
#include <ashlar/store/sharded_store.hpp>

#ifdef FIXED
using Store = ashlar::ShardedStore<int, int, ashlar::NoSync>;
#else
using Store = ashlar::ShardedStore<int, int, ashlar::NoSync, ashlar::SyncEachCommit>;
#endif
Store* store = nullptr;
bool use() { return store->get(1).has_value(); }
