// expect: \[ashlar\] MemoryTier: key and value must be object types
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/memory_tier.hpp>

#ifdef FIXED
bool concurrent = ashlar::MemoryTier<int, int>::concurrent;
#else
bool concurrent = ashlar::MemoryTier<int, int&>::concurrent;
#endif
