// expect: \[ashlar\] MemoryTier: give erase_matching a predicate of \(key, value\) or of \(key\)
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/memory_tier.hpp>

inline ashlar::MemoryTier<int, int> tier{ashlar::entries(10)};
#ifdef FIXED
auto erased = tier.erase_matching([](int) { return true; });
#else
auto erased = tier.erase_matching([] { return true; });
#endif
