// expect: \[ashlar\] ShardedStore: two file systems; keep one
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/store/posix_files.hpp>
#include <ashlar/store/sharded_store.hpp>

#ifdef FIXED
using Store = ashlar::ShardedStore<int, int, ashlar::PosixFiles>;
#else
using Store = ashlar::ShardedStore<int, int, ashlar::PosixFiles, ashlar::PosixFiles>;
#endif
Store* store = nullptr;
bool use() { return store->get(1).has_value(); }
