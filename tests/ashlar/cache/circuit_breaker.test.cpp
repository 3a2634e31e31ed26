// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/cache.hpp>
#include <ashlar/cache/circuit_breaker.hpp>

#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

#include <support/cache_tiers.hpp>

using namespace std::chrono_literals;
using ashlar::BreakerState;
using ashlar_test::FlakyTier;
using ashlar_test::MapTier;
using Map = MapTier<int, int>;
using Breaker = ashlar::CircuitBreaker<FlakyTier<Map>, ashlar::ManualClock>;
static_assert(ashlar::tier<Breaker> && ashlar::clearable_tier<Breaker> && !ashlar::expiring_tier<Breaker>);

TEST_CASE("the breaker opens after failures in a row, lets one call through, and closes when that works") {
  ashlar::ManualClock clock;
  Breaker tier{0, {.failures = 3, .open_for = 10s}, clock};
  REQUIRE(tier.put(1, 10));
  tier.inner().down = true;
  for (int i = 0; i < 2; ++i) CHECK_FALSE(tier.get(1));
  CHECK(tier.state() == BreakerState::closed);
  CHECK_FALSE(tier.get(1));
  CHECK(tier.state() == BreakerState::open);
  CHECK(tier.opened() == 1);

  const int asked = tier.inner().calls;
  const auto refused = tier.get(1);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == ashlar::ErrorCode::busy);
  CHECK_FALSE(tier.put(2, 20));
  CHECK_FALSE(tier.erase(2));
  CHECK_FALSE(tier.clear());
  CHECK(tier.inner().calls == asked);
  CHECK(tier.refused() == 4);

  clock.advance(10s);
  CHECK(tier.state() == BreakerState::half_open);
  CHECK_FALSE(tier.get(1));  // the trial, which fails
  CHECK(tier.inner().calls == asked + 1);
  CHECK(tier.state() == BreakerState::open);

  clock.advance(10s);
  tier.inner().down = false;
  CHECK(tier.get(1).value() == 10);
  CHECK(tier.state() == BreakerState::closed);
  CHECK(tier.put(2, 20));
}

TEST_CASE("failures that are not in a row do not open it") {
  Breaker tier{0, {.failures = 2}, ashlar::ManualClock{}};
  tier.inner().every = 2;
  for (int i = 0; i < 20; ++i) static_cast<void>(tier.get(i));
  CHECK(tier.opened() == 0);
}

TEST_CASE("exceptions and slow calls count as failures") {
  ashlar::ManualClock clock;
  Breaker tier{0, {.failures = 1, .open_for = 1s, .slow_after = 100ms}, clock};
  tier.inner().before = [](const char*) { throw std::runtime_error{"broken"}; };
  CHECK_THROWS_AS(tier.get(1), std::runtime_error);
  CHECK(tier.state() == BreakerState::open);
  clock.advance(1s);
  tier.inner().before = [&](const char*) { clock.advance(101ms); };
  CHECK(tier.get(1));
  CHECK(tier.state() == BreakerState::open);
  clock.advance(1s);
  tier.inner().before = [&](const char*) { clock.advance(99ms); };
  CHECK(tier.get(1));
  CHECK(tier.state() == BreakerState::closed);
}

TEST_CASE("of many callers one is the trial") {
  ashlar::ManualClock clock;
  Breaker tier{0, {.failures = 1, .open_for = 1s}, clock};
  tier.inner().down = true;
  static_cast<void>(tier.get(1));
  clock.advance(1s);
  const int asked = tier.inner().calls;
  std::vector<std::thread> callers;
  for (int i = 0; i < 8; ++i) callers.emplace_back([&] { static_cast<void>(tier.get(1)); });
  for (auto& caller : callers) caller.join();
  CHECK(tier.inner().calls == asked + 1);
}

TEST_CASE("a cache over a tier that is down goes on without it, and with it when it comes back") {
  ashlar::ManualClock clock;
  ashlar::Cache<Map, Breaker> cache{0, [&] { return Breaker{0, {.failures = 2, .open_for = 5s}, clock}; }};
  REQUIRE(cache.put(1, 10));
  cache.lower().inner().down = true;
  for (int i = 0; i < 100; ++i) CHECK(cache.get(1000 + i) == std::nullopt);
  CHECK(cache.lower().inner().calls == 3);
  CHECK(cache.get(1) == 10);
  CHECK_FALSE(cache.put(2, 20));
  CHECK(cache.get_or_load(3, [] { return 30; }) == 30);

  cache.lower().inner().down = false;
  clock.advance(5s);
  REQUIRE(cache.put(2, 20));
  CHECK(cache.lower().inner().inner.peek(2) == 20);
}
