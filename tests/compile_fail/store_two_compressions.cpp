// expect: \[ashlar\] ShardedStore: two compressions; keep one
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/codec/no_compression.hpp>
#include <ashlar/store/sharded_store.hpp>

#ifdef FIXED
using Store = ashlar::ShardedStore<int, int, ashlar::NoCompression>;
#else
using Store = ashlar::ShardedStore<int, int, ashlar::NoCompression, ashlar::NoCompression>;
#endif
Store* store = nullptr;
bool use() { return store->get(1).has_value(); }
