// expect: \[ashlar\] get_or_load: this cache loads in the background
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/cache.hpp>
#include <ashlar/cache/loading/loading.hpp>
#include <ashlar/cache/memory_tier.hpp>

#include <memory>

using Memory = ashlar::MemoryTier<int, int, ashlar::ExpirePerEntry<>>;
using Rules = ashlar::Loading<ashlar::WriteThrough, ashlar::RefreshAhead>;
ashlar::Cache<Memory, ashlar::NullTier<int, int>, Rules> cache{ashlar::entries(10)};

int load() {
#ifdef FIXED
  return cache.get_or_load(1, [kept = std::make_shared<int>(1)](int) { return *kept; });
#else
  return cache.get_or_load(1, [kept = std::make_unique<int>(1)](int) { return *kept; });
#endif
}
