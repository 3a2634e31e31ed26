// expect: \[ashlar\] ShardedStore: two clocks; keep one
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/core/clock.hpp>
#include <ashlar/store/sharded_store.hpp>

#ifdef FIXED
using Store = ashlar::ShardedStore<int, int, ashlar::ManualClock>;
#else
using Store = ashlar::ShardedStore<int, int, ashlar::ManualClock, std::chrono::system_clock>;
#endif
Store* store = nullptr;
bool use() { return store->get(1).has_value(); }
