// expect: \[ashlar\] Invalidating: these entries have no tags; write Tagged<V>
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/invalidation/invalidating.hpp>
#include <ashlar/cache/memory_tier.hpp>

#include <string>

#ifdef FIXED
using Entry = ashlar::Tagged<int>;
#else
using Entry = ashlar::Stamped<int>;
#endif
using Orders = ashlar::Invalidating<ashlar::Cache<ashlar::MemoryTier<std::string, Entry>>>;
void use(Orders& orders) { orders.invalidate_tag("customer:3"); }
