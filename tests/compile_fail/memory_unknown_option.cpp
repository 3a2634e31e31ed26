// expect: \[ashlar\] MemoryTier: an option is none that it knows
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/memory_tier.hpp>

#ifdef FIXED
ashlar::MemoryTier<int, int, ashlar::Adaptive> tier{ashlar::entries(1)};
#else
ashlar::MemoryTier<int, int, std::string> tier{ashlar::entries(1)};
#endif
