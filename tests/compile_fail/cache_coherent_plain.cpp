// expect: \[ashlar\] Coherent: wraps an Invalidating cache with keys that are text
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/invalidation/coherent.hpp>
#include <ashlar/cache/invalidation/in_process_bus.hpp>
#include <ashlar/cache/memory_tier.hpp>

#include <string>

#ifdef FIXED
using Key = std::string;
#else
using Key = int;
#endif
using Memory = ashlar::MemoryTier<Key, ashlar::Stamped<int>>;
auto size = sizeof(ashlar::Coherent<ashlar::Invalidating<ashlar::Cache<Memory, Memory>>, ashlar::InProcessBus>);
