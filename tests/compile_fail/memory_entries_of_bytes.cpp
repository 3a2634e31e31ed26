// expect: \[ashlar\] MemoryTier: this tier weighs bytes. write bytes\(n\)
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/memory_tier.hpp>

#ifdef FIXED
ashlar::MemoryTier<int, int, ashlar::WeighBytes> tier{ashlar::bytes(1000)};
#else
ashlar::MemoryTier<int, int, ashlar::WeighBytes> tier{ashlar::entries(1000)};
#endif
