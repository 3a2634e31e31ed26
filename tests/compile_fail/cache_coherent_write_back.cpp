// expect: \[ashlar\] Coherent: a strategy that writes later announces a value before the shared tier has it
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/invalidation/coherent.hpp>
#include <ashlar/cache/invalidation/in_process_bus.hpp>
#include <ashlar/cache/memory_tier.hpp>
#include <ashlar/cache/strategy/write_back.hpp>

#include <string>

using Memory = ashlar::MemoryTier<std::string, ashlar::Stamped<int>>;
#ifdef FIXED
using Strategy = ashlar::WriteThrough;
#else
using Strategy = ashlar::WriteBack;
#endif
using Node = ashlar::Coherent<ashlar::Invalidating<ashlar::Cache<Memory, Memory, Strategy>>, ashlar::InProcessBus>;
auto size = sizeof(Node);
