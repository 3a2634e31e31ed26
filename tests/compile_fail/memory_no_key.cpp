// expect: \[ashlar\] MemoryTier: this type is no key
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/memory_tier.hpp>
#include <string>

inline ashlar::MemoryTier<int, int> tier{ashlar::entries(10)};
#ifdef FIXED
bool there = tier.contains(42);
#else
bool there = tier.contains(std::string{"42"});
#endif
