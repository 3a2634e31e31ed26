// expect: \[ashlar\] MemoryTier: two expiry policies. keep one
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/memory_tier.hpp>

#ifdef FIXED
ashlar::MemoryTier<int, int, ashlar::ExpirePerEntry<>> tier{ashlar::entries(1)};
#else
ashlar::MemoryTier<int, int, ashlar::ExpirePerEntry<>, ashlar::ExpireAfterWrite<>> tier{ashlar::entries(1)};
#endif
