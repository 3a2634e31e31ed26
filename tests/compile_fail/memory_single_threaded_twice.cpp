// expect: \[ashlar\] MemoryTier: SingleThreaded twice
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/memory_tier.hpp>

#ifdef FIXED
ashlar::MemoryTier<int, int, ashlar::SingleThreaded> tier{ashlar::entries(1)};
#else
ashlar::MemoryTier<int, int, ashlar::SingleThreaded, ashlar::SingleThreaded> tier{ashlar::entries(1)};
#endif
