// expect: \[ashlar\] ShardedStore: compare_and_swap compares values
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/store/in_memory.hpp>
#include <ashlar/store/sharded_store.hpp>

struct Point {
  int x = 0;
#ifdef FIXED
  bool operator==(const Point&) const = default;
#endif
};
ashlar::ShardedStore<int, Point, ashlar::InMemory> store;
bool use() { return store.compare_and_swap(1, Point{1}, Point{2}).has_value(); }
