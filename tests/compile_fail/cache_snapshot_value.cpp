// expect: \[ashlar\] save_snapshot: keys and values must be serializable; specialise ashlar::Serialize for them
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/memory_tier.hpp>
#include <ashlar/cache/warmup/snapshot.hpp>

#ifdef FIXED
using Value = int;
#else
using Value = void (*)();
#endif
void save(ashlar::MemoryTier<int, Value>& tier) { static_cast<void>(ashlar::save_snapshot(tier, "file")); }
