// expect: \[ashlar\] MemoryTier: an option models two slots at once
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/memory_tier.hpp>

struct Weigh {
  using capacity_type = ashlar::Entries;
  static std::uint64_t weight(int, int) { return 1; }
};
struct Both : Weigh {
  static void removed(int, int, ashlar::RemovalCause) noexcept {}
};
#ifdef FIXED
ashlar::MemoryTier<int, int, Weigh> tier{ashlar::entries(1)};
#else
ashlar::MemoryTier<int, int, Both> tier{ashlar::entries(1)};
#endif
