// expect: \[ashlar\] Cache: the entries of these tiers keep no tags; store Tagged<V>
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/invalidation/invalidating.hpp>
#include <ashlar/cache/memory_tier.hpp>

#include <string>

#ifdef FIXED
using Orders = ashlar::Invalidating<ashlar::Cache<ashlar::MemoryTier<std::string, ashlar::Tagged<int>>>>;
#else
using Orders = ashlar::Cache<ashlar::MemoryTier<std::string, int>>;
#endif
void use(Orders& orders) { orders.put("order:7", 1, ashlar::Tags{"customer:3"}); }
