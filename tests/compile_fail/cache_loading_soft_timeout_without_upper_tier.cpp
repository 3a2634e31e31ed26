// expect: \[ashlar\] Cache: SoftTimeout answers with a stale value of the upper tier
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/cache.hpp>
#include <ashlar/cache/loading/loading.hpp>
#include <ashlar/cache/loading/run_on_threads.hpp>
#include <ashlar/cache/memory_tier.hpp>

using Memory = ashlar::MemoryTier<int, int, ashlar::ExpirePerEntry<>>;
using Rules = ashlar::Loading<ashlar::WriteThrough, ashlar::SoftTimeout, ashlar::StaleIfError, ashlar::RunOnThreads>;
#ifdef FIXED
ashlar::Cache<Memory, Memory, Rules> cache{ashlar::entries(10), ashlar::entries(100)};
#else
ashlar::Cache<ashlar::NullTier<int, int>, Memory, Rules> cache{ashlar::NullTier<int, int>{}, ashlar::entries(100)};
#endif
