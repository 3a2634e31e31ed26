// expect: \[ashlar\] ShardedStore: two backends; keep one
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/store/file_per_key.hpp>
#include <ashlar/store/in_memory.hpp>
#include <ashlar/store/sharded_store.hpp>

#ifdef FIXED
using Store = ashlar::ShardedStore<int, int, ashlar::InMemory>;
#else
using Store = ashlar::ShardedStore<int, int, ashlar::InMemory, ashlar::FilePerKey>;
#endif
Store* store = nullptr;
bool use() { return store->get(1).has_value(); }
