// expect: \[ashlar\] MemoryTier: two hashes. keep one HashWith
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/memory_tier.hpp>

#ifdef FIXED
ashlar::MemoryTier<int, int, ashlar::HashWith<std::hash<int>>> tier{ashlar::entries(1)};
#else
ashlar::MemoryTier<int, int, ashlar::HashWith<std::hash<int>>, ashlar::HashWith<ashlar::Hash<int>>> tier{
    ashlar::entries(1)};
#endif
