// expect: \[ashlar\] MemoryTier: CountHits twice
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/memory_tier.hpp>

#ifdef FIXED
ashlar::MemoryTier<int, int, ashlar::CountHits> tier{ashlar::entries(1)};
#else
ashlar::MemoryTier<int, int, ashlar::CountHits, ashlar::CountHits> tier{ashlar::entries(1)};
#endif
