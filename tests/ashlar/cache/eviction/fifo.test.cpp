// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/eviction/fifo.hpp>
#include <ashlar/cache/memory_tier.hpp>

#include <support/access_patterns.hpp>
#include <support/policy_properties.hpp>

TEST_CASE("the entry that came first goes first, used or not") {
  ashlar::MemoryTier<int, int, ashlar::Fifo, ashlar::SingleThreaded> tier{ashlar::entries(3)};
  for (int i = 1; i <= 3; ++i) tier.put(i, i);
  tier.get(1);
  tier.put(1, 10);
  tier.put(4, 4);
  CHECK_FALSE(tier.contains(1));
  tier.erase(2);
  tier.put(5, 5);
  CHECK(tier.contains(3));
  tier.put(6, 6);
  CHECK_FALSE(tier.contains(3));
}

TEST_CASE("Fifo names every entry once") { ashlar_test::names_every_entry_once<ashlar::Fifo>(60, 20'000, 10); }

TEST_CASE("Fifo repeats itself") {
  ashlar_test::is_deterministic<ashlar::Fifo>(100, ashlar_test::zipf(10'000, 1'000, 0.9));
}
