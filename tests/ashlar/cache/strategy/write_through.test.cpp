// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/cache.hpp>
#include <ashlar/cache/strategy/write_through.hpp>

#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <support/cache_tiers.hpp>
#include <support/soak.hpp>

using ashlar_test::FlakyTier;
using ashlar_test::MapTier;
using Map = MapTier<int, int>;
using Flaky = ashlar::Cache<Map, FlakyTier<Map>, ashlar::WriteThrough>;

TEST_CASE("write-through writes below before it shows above") {
  Flaky cache{0, 0};
  bool shown_too_early = false;
  cache.lower().before = [&](const char*) { shown_too_early = cache.upper().peek(1).has_value(); };
  REQUIRE(cache.put(1, 10));
  CHECK_FALSE(shown_too_early);
  CHECK(cache.upper().peek(1) == 10);
  CHECK(cache.lower().inner.peek(1) == 10);
}

TEST_CASE("when the lower tier fails, the caller is told and the upper copy is dropped") {
  Flaky cache{0, 0};
  REQUIRE(cache.put(1, 10));
  cache.lower().down = true;
  SECTION("on put") { CHECK_FALSE(cache.put(1, 11)); }
  SECTION("on erase") { CHECK_FALSE(cache.erase(1)); }
  CHECK(cache.upper().peek(1) == std::nullopt);
  cache.lower().down = false;
  CHECK(cache.get(1) == 10);
}

TEST_CASE("when the lower tier throws, the upper copy is dropped and the exception goes on") {
  Flaky cache{0, 0};
  REQUIRE(cache.put(1, 10));
  cache.lower().before = [](const char* what) {
    if (std::string{what} == "put") throw std::runtime_error{"broken"};
  };
  CHECK_THROWS_AS(cache.put(1, 11), std::runtime_error);
  CHECK(cache.upper().peek(1) == std::nullopt);
  CHECK(cache.get(1) == 10);
}

TEST_CASE("when the upper tier fails after the lower one took the write, no old copy stays above") {
  ashlar::Cache<FlakyTier<Map>, Map> cache{0, 0};
  REQUIRE(cache.put(1, 10));
  cache.upper().every = cache.upper().calls + 1;  // the next call fails, the one after it works
  const auto written = cache.put(1, 11);
  cache.upper().every = 0;
  CHECK_FALSE(written);
  CHECK(cache.get(1) == 11);
}

TEST_CASE("a lower tier that fails every n-th call leaves the levels agreeing") {
  Flaky cache{0, 0};
  for (const int every : {2, 3, 7}) {
    cache.lower().every = every;
    for (int i = 0; i < 200; ++i) {
      const int key = i % 10;
      const bool written = cache.put(key, i).has_value();
      const auto above = cache.upper().peek(key);
      if (written) {
        CHECK(above == i);
      } else {
        CHECK(above == std::nullopt);
      }
      if (above) CHECK(cache.lower().inner.peek(key) == above);
    }
  }
}

TEST_CASE("writers of one key leave both levels with the same value") {
  ashlar::Cache<Map, Map> cache{0, 0};
  const int rounds = static_cast<int>(500 * ashlar_test::soak());
  for (int round = 0; round < rounds / 50; ++round) {
    std::vector<std::thread> writers;
    for (int w = 0; w < 4; ++w) {
      writers.emplace_back([&, w] {
        for (int i = 0; i < 50; ++i) cache.put(1, w * 1000 + i);
      });
    }
    for (auto& writer : writers) writer.join();
    CHECK(cache.upper().peek(1) == cache.lower().peek(1));
  }
}
