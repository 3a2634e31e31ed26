// expect: \[ashlar\] Invalidating: wraps a Cache; write Invalidating<Cache<
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/invalidation/invalidating.hpp>
#include <ashlar/cache/memory_tier.hpp>

#include <string>

using Memory = ashlar::MemoryTier<std::string, ashlar::Stamped<int>>;
#ifdef FIXED
ashlar::Invalidating<ashlar::Cache<Memory>> orders{ashlar::entries(100)};
#else
ashlar::Invalidating<Memory> orders{ashlar::entries(100)};
#endif
