// expect: \[ashlar\] MemoryTier: two eviction policies. keep one
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/eviction/fifo.hpp>
#include <ashlar/cache/memory_tier.hpp>

#ifdef FIXED
ashlar::MemoryTier<int, int, ashlar::Adaptive> tier{ashlar::entries(1)};
#else
ashlar::MemoryTier<int, int, ashlar::Adaptive, ashlar::Fifo> tier{ashlar::entries(1)};
#endif
