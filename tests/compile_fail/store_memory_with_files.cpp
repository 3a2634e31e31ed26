// expect: \[ashlar\] ShardedStore: InMemory uses no files
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/store/in_memory.hpp>
#include <ashlar/store/posix_files.hpp>
#include <ashlar/store/sharded_store.hpp>

#ifdef FIXED
using Store = ashlar::ShardedStore<int, int, ashlar::InMemory>;
#else
using Store = ashlar::ShardedStore<int, int, ashlar::InMemory, ashlar::PosixFiles>;
#endif
Store* store = nullptr;
bool use() { return store->get(1).has_value(); }
