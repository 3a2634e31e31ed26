// expect: \[ashlar\] MemoryTier: two equalities. keep one EqualWith
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/memory_tier.hpp>

#ifdef FIXED
ashlar::MemoryTier<int, int, ashlar::EqualWith<std::equal_to<int>>> tier{ashlar::entries(1)};
#else
ashlar::MemoryTier<int, int, ashlar::EqualWith<std::equal_to<int>>, ashlar::EqualWith<std::equal_to<>>> tier{
    ashlar::entries(1)};
#endif
