// expect: \[ashlar\] ShardedStore: InMemory keeps nothing on a disk
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/store/durability.hpp>
#include <ashlar/store/in_memory.hpp>
#include <ashlar/store/sharded_store.hpp>

#ifdef FIXED
using Store = ashlar::ShardedStore<int, int, ashlar::InMemory>;
#else
using Store = ashlar::ShardedStore<int, int, ashlar::InMemory, ashlar::SyncEachCommit>;
#endif
Store* store = nullptr;
bool use() { return store->get(1).has_value(); }
