// expect: \[ashlar\] Invalidating: the loader must return the value, or a Tagged of it
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/invalidation/invalidating.hpp>
#include <ashlar/cache/memory_tier.hpp>

#include <string>

using Orders = ashlar::Invalidating<ashlar::Cache<ashlar::MemoryTier<std::string, ashlar::Stamped<int>>>>;
#ifdef FIXED
int use(Orders& orders) {
  return orders.get_or_load("order:7", [] { return 1; });
}
#else
int use(Orders& orders) {
  return orders.get_or_load("order:7", [] { return std::string{"1"}; });
}
#endif
