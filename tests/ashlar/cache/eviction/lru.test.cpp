// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/eviction/lru.hpp>
#include <ashlar/cache/memory_tier.hpp>

#include <support/access_patterns.hpp>
#include <support/policy_properties.hpp>

TEST_CASE("the entry whose last use lies furthest back goes first") {
  ashlar::MemoryTier<int, int, ashlar::Lru, ashlar::SingleThreaded> tier{ashlar::entries(3)};
  for (int i = 1; i <= 3; ++i) tier.put(i, i);
  tier.get(1);
  tier.peek(2);
  tier.put(4, 4);
  CHECK_FALSE(tier.contains(2));
  tier.put(3, 30);
  tier.put(5, 5);
  CHECK_FALSE(tier.contains(1));
  CHECK(tier.contains(3));
}

TEST_CASE("in a concurrent tier recent hits are remembered well enough") {
  ashlar::MemoryTier<int, int, ashlar::Lru> tier{ashlar::entries(100)};
  for (int i = 0; i < 100; ++i) tier.put(i, i);
  for (int round = 0; round < 50; ++round) {
    for (int i = 0; i < 10; ++i) tier.get(i);
    tier.put(1000 + round, 0);
  }
  int kept = 0;
  for (int i = 0; i < 10; ++i) kept += tier.contains(i);
  CHECK(kept == 10);
}

TEST_CASE("Lru names every entry once") { ashlar_test::names_every_entry_once<ashlar::Lru>(60, 20'000, 10); }

TEST_CASE("Lru repeats itself") {
  ashlar_test::is_deterministic<ashlar::Lru>(100, ashlar_test::zipf(10'000, 1'000, 0.9));
}
