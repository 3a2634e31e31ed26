// expect: \[ashlar\] MemoryTier: this tier has a weigher of its own. write units\(n\)
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/memory_tier.hpp>

struct Twice {
  std::uint64_t operator()(int, int) const { return 2; }
};
#ifdef FIXED
ashlar::MemoryTier<int, int, ashlar::WeighBy<Twice>> tier{ashlar::units(1000)};
#else
ashlar::MemoryTier<int, int, ashlar::WeighBy<Twice>> tier{ashlar::entries(1000)};
#endif
