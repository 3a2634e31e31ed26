// expect: \[ashlar\] ShardedStore: the backend is an option of the type
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/store/file_per_key.hpp>
#include <ashlar/store/sharded_store.hpp>

#include <string>

using Store = ashlar::ShardedStore<std::string, int>;
#ifdef FIXED
bool use() { return Store::open("store", {}).has_value(); }
#else
bool use() { return Store::open("store", {}, ashlar::FilePerKey{}).has_value(); }
#endif
