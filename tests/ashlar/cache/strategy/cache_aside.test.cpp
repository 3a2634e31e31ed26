// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/cache.hpp>
#include <ashlar/cache/strategy/cache_aside.hpp>

#include <stdexcept>
#include <string>

#include <support/cache_tiers.hpp>

using ashlar_test::FlakyTier;
using ashlar_test::MapTier;
using Map = MapTier<int, int>;
using Flaky = ashlar::Cache<Map, FlakyTier<Map>, ashlar::CacheAside>;

TEST_CASE("cache-aside writes below, removes above, and the next read fills") {
  ashlar::Cache<Map, Map, ashlar::CacheAside> cache{0, 0};
  cache.put(1, 10);
  CHECK(cache.upper().peek(1) == std::nullopt);
  CHECK(cache.lower().peek(1) == 10);
  CHECK(cache.get(1) == 10);
  CHECK(cache.upper().peek(1) == 10);
  cache.put(1, 11);
  CHECK(cache.upper().peek(1) == std::nullopt);
  CHECK(cache.get(1) == 11);
  CHECK(cache.erase(1));
  CHECK(cache.get(1) == std::nullopt);
  CHECK_FALSE(cache.erase(1));
}

TEST_CASE("a load fills both levels") {
  ashlar::Cache<Map, Map, ashlar::CacheAside> cache{0, 0};
  CHECK(cache.get_or_load(1, [] { return 7; }) == 7);
  CHECK(cache.upper().peek(1) == 7);
  CHECK(cache.lower().peek(1) == 7);
}

TEST_CASE("the upper copy is gone whatever the lower tier answers") {
  Flaky cache{0, 0};
  cache.lower().inner.put(1, 10);
  REQUIRE(cache.get(1) == 10);
  SECTION("a failed put") {
    cache.lower().down = true;
    CHECK_FALSE(cache.put(1, 11));
  }
  SECTION("a failed erase") {
    cache.lower().down = true;
    CHECK_FALSE(cache.erase(1));
  }
  SECTION("an exception") {
    cache.lower().before = [](const char* what) {
      if (std::string{what} == "put") throw std::runtime_error{"broken"};
    };
    CHECK_THROWS_AS(cache.put(1, 11), std::runtime_error);
  }
  CHECK(cache.upper().peek(1) == std::nullopt);
  cache.lower().down = false;
  CHECK(cache.get(1) == 10);
}
