// expect: \[ashlar\] Cache: this strategy writes later, to a lower tier that evicts
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/cache.hpp>
#include <ashlar/cache/memory_tier.hpp>
#include <ashlar/cache/strategy/write_back.hpp>

using Above = ashlar::MemoryTier<int, int>;
#ifdef FIXED
using Below = ashlar::MemoryTier<int, int, ashlar::Unbounded>;
ashlar::Cache<Above, Below, ashlar::WriteBack> cache{ashlar::entries(10), [] { return Below{}; }};
#else
using Below = ashlar::MemoryTier<int, int>;
ashlar::Cache<Above, Below, ashlar::WriteBack> cache{ashlar::entries(10), ashlar::entries(1000)};
#endif
