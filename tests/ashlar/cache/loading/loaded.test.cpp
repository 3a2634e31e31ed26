// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/cache.hpp>
#include <ashlar/cache/loading/loaded.hpp>

#include <atomic>
#include <chrono>
#include <future>
#include <latch>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <support/cache_tiers.hpp>

using namespace std::chrono_literals;
using ashlar::Loaded;
using ashlar_test::ExpiringMapTier;
using ashlar_test::MapTier;
using Map = MapTier<int, int>;
using Timed = ExpiringMapTier<int, int>;

TEST_CASE("a loader decides how long its value lives, on every level") {
  ashlar::ManualClock clock;
  ashlar::Cache<Timed, Timed> cache{clock, clock};
  CHECK(cache.get_or_load(1, [] { return Loaded<int>::found(10, 5s); }) == 10);
  CHECK(cache.upper().get_timed(1)->ttl == 5s);
  CHECK(cache.lower().get_timed(1)->ttl == 5s);
  clock.advance(5s);
  CHECK(cache.get(1) == std::nullopt);
  CHECK(cache.get_or_load(2, [] { return Loaded<int>::found(20, 0s); }) == 20);
  CHECK_FALSE(cache.contains(2));
}

TEST_CASE("a value with a time to live is not stored where it could not expire") {
  ashlar::Cache<Map> cache{0};
  CHECK(cache.get_or_load(1, [] { return Loaded<int>::found(10, 5s); }) == 10);
  CHECK_FALSE(cache.contains(1));
  CHECK(cache.get_or_load(1, [] { return Loaded<int>::found(11); }) == 11);
  CHECK(cache.contains(1));
}

TEST_CASE("a value may go to the callers only") {
  ashlar::Cache<Map, Map> cache{0, 0};
  CHECK(cache.get_or_load(1, [] { return Loaded<int>::unstored(10); }) == 10);
  CHECK_FALSE(cache.contains(1));
}

TEST_CASE("nothing is remembered: neither loader nor lower tier is asked, until it is over or a value is written") {
  ashlar::Cache<Map, Map> cache{0, 0};
  std::atomic<int> calls{0};
  const auto nothing = [&] {
    ++calls;
    return Loaded<int>::nothing(1h);
  };
  CHECK(cache.get_or_load(1, nothing) == std::nullopt);
  const int reads = cache.lower().reads;
  CHECK(cache.get_or_load(1, nothing) == std::nullopt);
  CHECK(cache.get(1) == std::nullopt);
  CHECK(calls == 1);
  CHECK(cache.lower().reads == reads);
  SECTION("a write ends it") {
    cache.put(1, 5);
    CHECK(cache.get(1) == 5);
    cache.upper().clear();
    CHECK(cache.get(1) == 5);
  }
  SECTION("so does an insertion") {
    CHECK(cache.insert_if_absent(1, 5));
    cache.upper().clear();
    CHECK(cache.get(1) == 5);
  }
  SECTION("so does an invalidation") {
    cache.invalidate(1);
    CHECK(cache.get_or_load(1, [] { return 7; }) == 7);
  }
  SECTION("so does clear") {
    cache.clear();
    CHECK(cache.get_or_load(1, nothing) == std::nullopt);
    CHECK(calls == 2);
  }
  SECTION("a loader that always has a value is asked") {
    CHECK(cache.get_or_load(1, [] { return 8; }) == 8);
    CHECK(cache.get(1) == 8);
  }
}

TEST_CASE("a value that a loader brings ends a remembered nothing, and so does one that is found below") {
  const auto nothing = [] { return Loaded<int>::nothing(1h); };
  SECTION("loaded") {
    ashlar::Cache<Map, Map> cache{0, 0};
    CHECK(cache.get_or_load(1, nothing) == std::nullopt);
    CHECK(cache.get_or_load(1, [] { return 5; }) == 5);
    cache.upper().clear();
    CHECK(cache.get(1) == 5);
  }
  SECTION("loaded with others") {
    ashlar::Cache<Map> cache{0};
    CHECK(cache.get_or_load(1, nothing) == std::nullopt);
    CHECK(cache.get_or_load(1, [] { return 5; }) == 5);
    cache.upper().clear();
    CHECK(cache.get_or_load(1, [] { return Loaded<int>::found(6); }) == 6);
  }
  SECTION("found below") {
    ashlar::Cache<Map, Map> cache{0, 0};
    CHECK(cache.get_or_load(1, nothing) == std::nullopt);
    cache.lower().put(1, 7);
    CHECK(cache.get_or_load(1, [] { return 0; }) == 7);
    cache.upper().clear();
    CHECK(cache.get(1) == 7);
  }
}

TEST_CASE("nothing is remembered for its time only") {
  ashlar::Cache<Map> cache{0};
  CHECK(cache.get_or_load(1, [] { return Loaded<int>::nothing(1ms); }) == std::nullopt);
  std::this_thread::sleep_for(5ms);
  CHECK(cache.get_or_load(1, [] { return Loaded<int>::found(3); }) == 3);
  CHECK(cache.get_or_load(2, [] { return Loaded<int>::nothing({}); }) == std::nullopt);
  CHECK(cache.get_or_load(2, [] { return Loaded<int>::found(4); }) == 4);
}

TEST_CASE("a write during a load that finds nothing beats it") {
  ashlar::Cache<Map> cache{0};
  std::latch begun{1};
  std::latch go{1};
  auto load = std::async(std::launch::async, [&] {
    return cache.get_or_load(1, [&] {
      begun.count_down();
      go.wait();
      return Loaded<int>::nothing(1h);
    });
  });
  begun.wait();
  cache.put(1, 9);
  cache.upper().clear();
  go.count_down();
  CHECK(load.get() == std::nullopt);
  CHECK(cache.get_or_load(1, [] { return Loaded<int>::found(2); }) == 2);
}

TEST_CASE("more keys without a value than can be remembered cost loads, not memory") {
  ashlar::Cache<Map> cache{0};
  for (int i = 0; i < 40'000; ++i) {
    CHECK(cache.get_or_load(i, [] { return Loaded<int>::nothing(1h); }) == std::nullopt);
  }
}

TEST_CASE("one call loads all keys that are missing") {
  ashlar::Cache<Map, Map> cache{0, 0};
  cache.put(1, 10);
  cache.lower().put(2, 20);
  std::vector<std::vector<int>> asked;
  const auto loader = [&](std::span<const int> missing) {
    asked.emplace_back(missing.begin(), missing.end());
    std::vector<std::optional<int>> answers;
    for (const int key : missing) answers.push_back(key == 5 ? std::nullopt : std::optional{key * 10});
    return answers;
  };
  const std::vector<int> keys{1, 2, 3, 5, 3, 4};
  std::vector<std::optional<int>> out(keys.size());
  cache.get_or_load_many(keys, out, loader);
  CHECK(out == std::vector<std::optional<int>>{10, 20, 30, std::nullopt, 30, 40});
  CHECK(asked == std::vector<std::vector<int>>{{3, 5, 4}});
  CHECK(cache.lower().peek(3) == 30);
  CHECK(cache.upper().peek(2) == 20);
  cache.get_or_load_many(keys, out, loader);
  CHECK(asked.size() == 2);
  CHECK(asked.back() == std::vector<int>{5});
  cache.get_or_load_many({}, {}, loader);
  CHECK(asked.size() == 2);
}

TEST_CASE("a loader of many keys must return one answer for each: else an error says so and nothing is stored") {
  ashlar::Cache<Map> cache{0};
  const std::vector<int> keys{1, 2, 3};
  std::vector<std::optional<int>> out(3);
  for (const std::size_t answers : {std::size_t{0}, std::size_t{1}, std::size_t{4}}) {
    try {
      cache.get_or_load_many(keys, out, [&](std::span<const int>) { return std::vector<int>(answers, 9); });
      FAIL("the loader returned too few or too many");
    } catch (const ashlar::Error& error) {
      CHECK(error.code() == ashlar::ErrorCode::invalid_argument);
      CHECK(std::string{error.what()}.find(std::to_string(answers) + " answers for 3 keys") != std::string::npos);
    }
  }
  CHECK(cache.stats().failed_loads == 3);
  CHECK(cache.stats().loads == 0);
  for (const int key : keys) CHECK_FALSE(cache.contains(key));
  CHECK(cache.get_or_load(2, [] { return 20; }) == 20);
}

TEST_CASE("loaders of many keys and of one share their work; what one throws the other hears") {
  ashlar::Cache<Map> cache{0};
  std::latch begun{1};
  std::latch go{1};
  std::atomic<int> single{0};
  auto many = std::async(std::launch::async, [&] {
    const std::vector<int> keys{1, 2};
    std::vector<std::optional<int>> out(2);
    cache.get_or_load_many(keys, out, [&](std::span<const int> missing) {
      begun.count_down();
      go.wait();
      return std::vector<int>(missing.begin(), missing.end());
    });
    return out;
  });
  begun.wait();
  auto one = std::async(std::launch::async, [&] {
    return cache.get_or_load(2, [&] {
      ++single;
      return -1;
    });
  });
  std::this_thread::sleep_for(10ms);
  go.count_down();
  CHECK(many.get() == std::vector<std::optional<int>>{1, 2});
  const int got = one.get();
  CHECK((got == 2 || single == 1));

  const std::vector<int> keys{7, 8};
  std::vector<std::optional<int>> out(2);
  CHECK_THROWS_AS(cache.get_or_load_many(
                      keys, out, [](std::span<const int>) -> std::vector<int> { throw std::runtime_error{"no"}; }),
                  std::runtime_error);
  CHECK_FALSE(cache.contains(7));
  CHECK(cache.get_or_load(7, [] { return 77; }) == 77);
}
