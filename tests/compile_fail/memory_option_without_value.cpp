// expect: \[ashlar\] MemoryTier: an option cannot be made without arguments. pass it to the constructor
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/memory_tier.hpp>

struct Weigh {
  explicit Weigh(int unit) : factor{unit} {}
  int factor;
  std::uint64_t operator()(int, int) const { return static_cast<std::uint64_t>(factor); }
};
using Tier = ashlar::MemoryTier<int, int, ashlar::WeighBy<Weigh>>;
#ifdef FIXED
Tier tier{ashlar::units(10), ashlar::WeighBy<Weigh>{Weigh{2}}};
#else
Tier tier{ashlar::units(10)};
#endif
