// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/cache.hpp>
#include <ashlar/cache/maintenance.hpp>
#include <ashlar/cache/memory_tier.hpp>
#include <ashlar/core/clock.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <thread>

#include <support/cache_tiers.hpp>

using namespace std::chrono_literals;
using Clock = ashlar::ManualClock;
using Memory = ashlar::MemoryTier<int, int, ashlar::ExpirePerEntry<Clock>>;
using Two = ashlar::Cache<Memory, Memory>;
static_assert(ashlar::maintainable<Memory> && ashlar::maintainable<Two> &&
              ashlar::maintainable<ashlar::Cache<ashlar_test::MapTier<int, int>, Two>>);
static_assert(!ashlar::maintainable<ashlar::Cache<ashlar_test::MapTier<int, int>>>);

TEST_CASE("a cache drops what has expired on both levels when it is told to") {
  Clock clock;
  const auto memory = [&] { return Memory{ashlar::entries(100), ashlar::ExpirePerEntry<Clock>{clock}}; };
  Two cache{memory, memory};
  for (int i = 0; i < 50; ++i) cache.put(i, i, i % 2 == 0 ? 1s : 1h);
  clock.advance(1s);
  CHECK(cache.maintain() == 50);
  CHECK(cache.upper().size() == 25);
  CHECK(cache.lower().size() == 25);
  CHECK(cache.maintain() == 0);
}

TEST_CASE("with a thread expired entries leave memory without traffic") {
  Clock clock;
  Memory tier{ashlar::entries(1000), ashlar::ExpirePerEntry<Clock>{clock}};
  for (int i = 0; i < 500; ++i) tier.put(i, i, 10s);
  tier.put(1000, 1);
  const ashlar::MaintenanceThread maintenance{tier, 1ms};
  while (maintenance.rounds() < 2) std::this_thread::sleep_for(1ms);
  CHECK(tier.size() == 501);
  clock.advance(10s);
  while (tier.size() > 1) std::this_thread::sleep_for(1ms);
  while (maintenance.dropped() < 500) std::this_thread::sleep_for(1ms);
  CHECK(maintenance.dropped() == 500);
  CHECK(tier.get(1000) == 1);
}

TEST_CASE("a maintenance thread ends at once, however long its period") {
  Memory tier{ashlar::entries(10)};
  const auto begun = std::chrono::steady_clock::now();
  {
    const ashlar::MaintenanceThread maintenance{tier, 10h};
  }
  CHECK(std::chrono::steady_clock::now() - begun < 1h);
}

TEST_CASE("a tier that fails to maintain is counted and tried again") {
  struct Failing {
    ashlar::Result<std::size_t> maintain() {
      if (++calls < 3) return ashlar::Error{ashlar::ErrorCode::io, "down"};
      return std::size_t{7};
    }
    std::atomic<int> calls{0};
  };
  Failing tier;
  const ashlar::MaintenanceThread maintenance{tier, 1ms};
  while (maintenance.dropped() == 0) std::this_thread::sleep_for(1ms);
  CHECK(maintenance.failures() == 2);
}
