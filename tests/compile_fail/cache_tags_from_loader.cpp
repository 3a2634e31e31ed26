// expect: \[ashlar\] get_or_load: the loader gives tags, but the entries of these tiers keep none
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/invalidation/invalidating.hpp>
#include <ashlar/cache/memory_tier.hpp>

#include <string>

#ifdef FIXED
using Orders = ashlar::Invalidating<ashlar::Cache<ashlar::MemoryTier<std::string, ashlar::Tagged<int>>>>;
#else
using Orders = ashlar::Cache<ashlar::MemoryTier<std::string, int>>;
#endif
int use(Orders& orders) {
  return orders.get_or_load("order:7", [] { return ashlar::tagged(1, {"customer:3"}); });
}
