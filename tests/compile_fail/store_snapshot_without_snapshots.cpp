// expect: \[ashlar\] ShardedStore: this backend has no snapshots; write SegmentLog or InMemory
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/store/file_per_key.hpp>
#include <ashlar/store/in_memory.hpp>
#include <ashlar/store/sharded_store.hpp>

#include <string>
#include <vector>

#ifdef FIXED
using Store = ashlar::ShardedStore<std::string, int, ashlar::InMemory>;
#else
using Store = ashlar::ShardedStore<std::string, int, ashlar::FilePerKey>;
#endif
bool use(const Store& store, const std::vector<std::string>& keys) { return store.snapshot(keys).has_value(); }
