// expect: \[ashlar\] Invalidating: a pattern needs keys that are text
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/invalidation/invalidating.hpp>
#include <ashlar/cache/memory_tier.hpp>

#include <string>

#ifdef FIXED
using Key = std::string;
#else
using Key = int;
#endif
void use(ashlar::Invalidating<ashlar::Cache<ashlar::MemoryTier<Key, ashlar::Stamped<int>>>>& orders) {
  orders.invalidate_matching("order:*");
}
