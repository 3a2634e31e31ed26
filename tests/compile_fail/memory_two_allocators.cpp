// expect: \[ashlar\] MemoryTier: two allocators. keep one AllocateWith
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/memory_tier.hpp>

#ifdef FIXED
ashlar::MemoryTier<int, int, ashlar::AllocateWith<>> tier{ashlar::entries(1)};
#else
ashlar::MemoryTier<int, int, ashlar::AllocateWith<>, ashlar::AllocateWith<std::allocator<int>>> tier{
    ashlar::entries(1)};
#endif
