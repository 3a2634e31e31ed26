// expect: \[ashlar\] Cache: Loading needs the time that values have left
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/cache.hpp>
#include <ashlar/cache/loading/loading.hpp>
#include <ashlar/cache/memory_tier.hpp>

#ifdef FIXED
using Memory = ashlar::MemoryTier<int, int, ashlar::ExpirePerEntry<>>;
#else
using Memory = ashlar::MemoryTier<int, int>;
#endif
using Rules = ashlar::Loading<ashlar::WriteThrough, ashlar::StaleIfError>;
ashlar::Cache<Memory, ashlar::NullTier<int, int>, Rules> cache{ashlar::entries(10)};
