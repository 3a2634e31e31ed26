// expect: \[ashlar\] Invalidating: entries must know when they were made; write Stamped<V>
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/invalidation/invalidating.hpp>
#include <ashlar/cache/memory_tier.hpp>

#include <string>

#ifdef FIXED
using Entry = ashlar::Stamped<int>;
#else
using Entry = int;
#endif
ashlar::Invalidating<ashlar::Cache<ashlar::MemoryTier<std::string, Entry>>> orders{ashlar::entries(100)};
