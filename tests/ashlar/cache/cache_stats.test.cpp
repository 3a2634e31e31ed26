// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/cache.hpp>
#include <ashlar/cache/cache_stats.hpp>
#include <ashlar/cache/memory_tier.hpp>

#include <optional>
#include <stdexcept>

#include <support/cache_tiers.hpp>

using Map = ashlar_test::MapTier<int, int>;

TEST_CASE("a cache counts what it does beyond hits above") {
  ashlar::Cache<Map, Map> cache{0, 0};
  CHECK(cache.stats() == ashlar::CacheStats{});
  CHECK(cache.get(1) == std::nullopt);
  CHECK(cache.stats() == ashlar::CacheStats{.misses = 1});
  CHECK(cache.get_or_load(1, [] { return 1; }) == 1);
  CHECK(cache.stats() == ashlar::CacheStats{.misses = 2, .loads = 1});
  CHECK(cache.get(1) == 1);
  CHECK(cache.stats() == ashlar::CacheStats{.misses = 2, .loads = 1});
  cache.upper().clear();
  CHECK(cache.get(1) == 1);
  CHECK(cache.stats() == ashlar::CacheStats{.hits_below = 1, .misses = 2, .loads = 1});
  CHECK_THROWS(cache.get_or_load(2, []() -> int { throw std::runtime_error{"no"}; }));
  CHECK(cache.stats() == ashlar::CacheStats{.hits_below = 1, .misses = 3, .loads = 1, .failed_loads = 1});
}

TEST_CASE("a miss counts once on the upper tier, though that is looked into again before the work begins") {
  ashlar::Cache<ashlar::MemoryTier<int, int, ashlar::CountHits>, Map> cache{ashlar::entries(1000), 0};
  for (int key = 0; key < 100; ++key) CHECK(cache.get(key) == std::nullopt);
  CHECK(cache.upper().stats().misses == 100);
  for (int key = 0; key < 100; ++key) CHECK(cache.get_or_load(key, [key] { return key; }) == key);
  CHECK(cache.upper().stats().misses == 200);
  CHECK(cache.upper().stats().hits == 0);
}

TEST_CASE("failures are counted on the level where they happen") {
  ashlar::Cache<ashlar_test::FlakyTier<Map>, ashlar_test::FlakyTier<Map>> cache{0, 0};
  cache.upper().down = true;
  cache.lower().down = true;
  CHECK(cache.peek(1) == std::nullopt);
  CHECK(cache.stats() == ashlar::CacheStats{.errors_above = 1, .errors_below = 1});
}
