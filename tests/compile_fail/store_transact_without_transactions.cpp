// expect: \[ashlar\] ShardedStore: this backend has no transactions; write SegmentLog or InMemory
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/store.hpp>

#ifdef FIXED
using Store = ashlar::ShardedStore<std::string, int, ashlar::InMemory>;
#else
using Store = ashlar::ShardedStore<std::string, int, ashlar::FilePerKey>;
#endif
bool use(Store& store, const std::vector<std::string>& keys) {
  return store.transact(keys, [](std::vector<std::optional<int>>&) { return true; }).has_value();
}
