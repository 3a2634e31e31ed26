// expect: \[ashlar\] ShardedStore: this backend cannot commit in groups; write SegmentLog
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/store/durability.hpp>
#include <ashlar/store/file_per_key.hpp>
#include <ashlar/store/segment_log.hpp>
#include <ashlar/store/sharded_store.hpp>

#ifdef FIXED
using Store = ashlar::ShardedStore<int, int, ashlar::SegmentLog, ashlar::GroupCommit<>>;
#else
using Store = ashlar::ShardedStore<int, int, ashlar::FilePerKey, ashlar::GroupCommit<>>;
#endif
bool use(Store& store) { return store.get(1).has_value(); }
