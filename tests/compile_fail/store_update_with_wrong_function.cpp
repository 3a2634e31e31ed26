// expect: \[ashlar\] ShardedStore: update takes a function of std::optional<Value>
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/store/in_memory.hpp>
#include <ashlar/store/sharded_store.hpp>

#include <optional>

ashlar::ShardedStore<int, int, ashlar::InMemory> store;
#ifdef FIXED
bool use() {
  return store.update(1, [](std::optional<int> old) { return old.value_or(0) + 1; }).has_value();
}
#else
bool use() {
  return store.update(1, [](const char* old) { return old != nullptr ? 1 : 0; }).has_value();
}
#endif
