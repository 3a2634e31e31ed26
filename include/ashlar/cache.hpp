// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <ashlar/cache/cache.hpp>
#include <ashlar/cache/cache_stats.hpp>
#include <ashlar/cache/circuit_breaker.hpp>
#include <ashlar/cache/concepts.hpp>
#include <ashlar/cache/flush_report.hpp>
#include <ashlar/cache/invalidation/events.hpp>
#include <ashlar/cache/invalidation/queue.hpp>
#include <ashlar/cache/jitter.hpp>
#include <ashlar/cache/lifetime.hpp>
#include <ashlar/cache/loading/loaded.hpp>
#include <ashlar/cache/memory_tier.hpp>
#include <ashlar/cache/null_tier.hpp>
#include <ashlar/cache/regions/region.hpp>
#include <ashlar/cache/regions/regions.hpp>
#include <ashlar/cache/source_tier.hpp>
#include <ashlar/cache/store_tier.hpp>
#include <ashlar/cache/strategy/cache_aside.hpp>
#include <ashlar/cache/strategy/write_back.hpp>
#include <ashlar/cache/strategy/write_through.hpp>
