// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/memory/stats.hpp>

TEST_CASE("the hit ratio is hits by lookups, and 0 before the first") {
  ashlar::MemoryStats stats;
  CHECK(stats.hit_ratio() == 0.0);
  stats.hits = 3;
  stats.misses = 1;
  CHECK(stats.hit_ratio() == 0.75);
}
