// expect: \[ashlar\] ShardedStore: this backend cannot commit in groups; write SegmentLog
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/store.hpp>

#ifdef FIXED
using Store = ashlar::ShardedStore<int, int, ashlar::SegmentLog, ashlar::GroupCommit<>>;
#else
using Store = ashlar::ShardedStore<int, int, ashlar::FilePerKey, ashlar::GroupCommit<>>;
#endif
bool use(Store& store) { return store.get(1).has_value(); }
