// expect: \[ashlar\] MemoryTier: this tier counts entries. write entries\(n\)
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/memory_tier.hpp>

#ifdef FIXED
ashlar::MemoryTier<int, int> tier{ashlar::entries(1000)};
#else
ashlar::MemoryTier<int, int> tier{1000};
#endif
