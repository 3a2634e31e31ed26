// expect: \[ashlar\] ShardedStore: two serializers; keep one
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/codec/binary.hpp>
#include <ashlar/store/sharded_store.hpp>

#ifdef FIXED
using Store = ashlar::ShardedStore<int, int, ashlar::Binary>;
#else
using Store = ashlar::ShardedStore<int, int, ashlar::Binary, ashlar::Binary>;
#endif
Store* store = nullptr;
bool use() { return store->get(1).has_value(); }
