// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/cache.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <future>
#include <latch>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <support/cache_tiers.hpp>
#include <support/soak.hpp>

using ashlar::Cache;
using ashlar_test::FlakyTier;
using ashlar_test::MapTier;

namespace {

using Map = MapTier<int, int>;

// A loader that says when it has begun and ends when it is let go.
struct HeldLoader {
  std::latch begun{1};
  std::latch go{1};
  int value = 1;
  std::atomic<int> calls{0};
  int operator()() {
    ++calls;
    begun.count_down();
    go.wait();
    return value;
  }
};

// Waiting callers cannot be seen from outside; all that is needed is that they have had time to join.
void let_callers_join() { std::this_thread::sleep_for(std::chrono::milliseconds{20}); }

}  // namespace

TEST_CASE("however many callers miss at once, one loads and all get the value") {
  Cache<Map> cache{0};
  HeldLoader loader;
  std::vector<std::thread> callers;
  std::atomic<int> right{0};
  for (int i = 0; i < 16; ++i) {
    callers.emplace_back([&] { right += cache.get_or_load(7, [&] { return loader(); }) == 1; });
  }
  loader.begun.wait();
  let_callers_join();
  loader.go.count_down();
  for (auto& caller : callers) caller.join();
  CHECK(right == 16);
  CHECK(loader.calls == 1);
  CHECK(cache.stats().loads == 1);
  CHECK(cache.get(7) == 1);
}

TEST_CASE("readers who miss above at once read below once") {
  Cache<Map, FlakyTier<Map>> cache{0, 0};
  std::latch begun{1};
  std::latch go{1};
  cache.lower().inner.put(1, 10);
  cache.lower().before = [&](const char*) {
    begun.count_down();
    go.wait();
  };
  std::vector<std::thread> readers;
  std::atomic<int> right{0};
  for (int i = 0; i < 8; ++i) readers.emplace_back([&] { right += cache.get(1) == 10; });
  begun.wait();
  let_callers_join();
  go.count_down();
  for (auto& reader : readers) reader.join();
  CHECK(right == 8);
  CHECK(cache.lower().calls == 1);
}

TEST_CASE("a read does not wait for a load of the same key") {
  Cache<Map> cache{0};
  HeldLoader loader;
  auto load = std::async(std::launch::async, [&] { return cache.get_or_load(1, [&] { return loader(); }); });
  loader.begun.wait();
  CHECK(cache.get(1) == std::nullopt);
  loader.go.count_down();
  CHECK(load.get() == 1);
}

TEST_CASE("a loader that throws is heard by every waiter and stores nothing") {
  Cache<Map, Map> cache{0, 0};
  std::latch begun{1};
  std::latch go{1};
  std::atomic<int> calls{0};
  std::atomic<int> heard{0};
  const auto failing = [&]() -> int {
    ++calls;
    begun.count_down();
    go.wait();
    throw std::runtime_error{"no source"};
  };
  std::vector<std::thread> callers;
  for (int i = 0; i < 8; ++i) {
    callers.emplace_back([&] {
      try {
        static_cast<void>(cache.get_or_load(1, failing));
      } catch (const std::runtime_error& error) {
        heard += std::string{error.what()} == "no source";
      }
    });
  }
  begun.wait();
  let_callers_join();
  go.count_down();
  for (auto& caller : callers) caller.join();
  CHECK(heard == 8);
  CHECK(calls <= 8);
  CHECK_FALSE(cache.contains(1));
  CHECK(cache.stats().failed_loads == static_cast<std::uint64_t>(calls));
  CHECK(cache.get_or_load(1, [] { return 5; }) == 5);
}

TEST_CASE("a loader may find nothing, or return an error; neither is stored") {
  Cache<Map> cache{0};
  const auto nothing = [] { return std::optional<int>{}; };
  CHECK(cache.get_or_load(1, nothing) == std::nullopt);
  CHECK_FALSE(cache.contains(1));
  CHECK(cache.get_or_load(1, [](int key) { return std::optional{key * 2}; }) == 2);
  CHECK(cache.get_or_load(1, nothing) == 2);

  const auto error = [] { return ashlar::Result<int>{ashlar::Error{ashlar::ErrorCode::timeout, "too slow"}}; };
  const auto result = cache.get_or_load(2, error);
  REQUIRE_FALSE(result);
  CHECK(result.error().code() == ashlar::ErrorCode::timeout);
  CHECK_FALSE(cache.contains(2));
  CHECK(cache.get_or_load(2, [] { return ashlar::Result<int>{3}; }).value() == 3);
}

TEST_CASE("callers whose loaders differ share a load, and none gets less than its loader promises") {
  Cache<Map> cache{0};
  std::latch begun{1};
  std::latch go{1};
  auto first = std::async(std::launch::async, [&] {
    return cache.get_or_load(1, [&] {
      begun.count_down();
      go.wait();
      return std::optional<int>{};
    });
  });
  begun.wait();
  auto second = std::async(std::launch::async, [&] { return cache.get_or_load(1, [] { return 9; }); });
  let_callers_join();
  go.count_down();
  CHECK(first.get() == std::nullopt);
  CHECK(second.get() == 9);
  CHECK(cache.get(1) == 9);
}

TEST_CASE("a loader may load other keys, but not its own") {
  Cache<Map> cache{0};
  const int sum = cache.get_or_load(1, [&] { return cache.get_or_load(2, [] { return 20; }) + 1; });
  CHECK(sum == 21);
  CHECK(cache.get(2) == 20);

  CHECK_THROWS_AS(cache.get_or_load(3, [&] { return cache.get_or_load(3, [] { return 0; }); }), ashlar::Error);
  CHECK_FALSE(cache.contains(3));
  CHECK_THROWS_AS(cache.get_or_load(
                      4, [&] { return cache.get_or_load(5, [&] { return cache.get_or_load(4, [] { return 0; }); }); }),
                  ashlar::Error);
  CHECK(cache.get_or_load(3, [] { return 33; }) == 33);
}

TEST_CASE("two loaders that wait for each other's key: one is told, none waits for ever") {
  Cache<Map> cache{0};
  for (int round = 0; round < 20; ++round) {
    const int left = 2 * round;
    const int right = left + 1;
    std::latch both{2};
    std::atomic<int> told{0};
    const auto cross = [&](int mine, int other) {
      try {
        static_cast<void>(cache.get_or_load(mine, [&] {
          both.arrive_and_wait();
          return cache.get_or_load(other, [] { return 1; });
        }));
      } catch (const ashlar::Error& error) {
        told += error.code() == ashlar::ErrorCode::invalid_argument;
      }
    };
    std::thread a{cross, left, right};
    std::thread b{cross, right, left};
    a.join();
    b.join();
    // The one that closes the ring is told; the other gets the same exception as its waiter, or loads in the end.
    CHECK(told >= 1);
  }
}

TEMPLATE_TEST_CASE("invalidation, removal, a write or clear during a load beat it", "", (Cache<Map>),
                   (Cache<Map, Map>)) {
  auto cache = [] {
    if constexpr (std::is_same_v<TestType, Cache<Map>>)
      return TestType{0};
    else
      return TestType{0, 0};
  }();
  HeldLoader loader;
  auto load = std::async(std::launch::async, [&] { return cache.get_or_load(1, [&] { return loader(); }); });
  loader.begun.wait();
  SECTION("erase") {
    cache.erase(1);
    loader.go.count_down();
    CHECK(load.get() == 1);
    CHECK_FALSE(cache.contains(1));
    CHECK(cache.stats().beaten == 1);
  }
  SECTION("invalidate") {
    cache.invalidate(1);
    loader.go.count_down();
    CHECK(load.get() == 1);
    CHECK_FALSE(cache.contains(1));
  }
  SECTION("clear") {
    cache.clear();
    loader.go.count_down();
    CHECK(load.get() == 1);
    CHECK_FALSE(cache.contains(1));
  }
  SECTION("put wins, and who asks next gets it at once") {
    cache.put(1, 100);
    CHECK(cache.get_or_load(1, [] { return -1; }) == 100);
    loader.go.count_down();
    CHECK(load.get() == 1);
    CHECK(cache.get(1) == 100);
  }
  SECTION("insert_if_absent and compute win as well") {
    CHECK(cache.insert_if_absent(1, 50));
    cache.compute(1, [](const int* value) { return std::optional{*value + 1}; });
    loader.go.count_down();
    CHECK(load.get() == 1);
    CHECK(cache.get(1) == 51);
  }
  SECTION("after an invalidation the next caller loads anew") {
    cache.invalidate(1);
    CHECK(cache.get_or_load(1, [] { return 2; }) == 2);
    loader.go.count_down();
    CHECK(load.get() == 1);
    CHECK(cache.get(1) == 2);
  }
  SECTION("another key is another matter") {
    cache.erase(2);
    cache.put(3, 3);
    loader.go.count_down();
    CHECK(load.get() == 1);
    CHECK(cache.get(1) == 1);
  }
}

TEST_CASE("a fill from below that a write overtakes does not come back above") {
  Cache<Map, FlakyTier<Map>> cache{0, 0};
  cache.lower().inner.put(1, 10);
  std::latch begun{1};
  std::latch go{1};
  std::atomic<bool> hold{true};
  cache.lower().before = [&](const char* what) {
    if (std::string{what} == "get" && hold.exchange(false)) {
      begun.count_down();
      go.wait();
    }
  };
  std::thread reader{[&] { static_cast<void>(cache.get(1)); }};
  begun.wait();
  REQUIRE(cache.erase(1));
  cache.lower().inner.put(1, 10);  // as if the reader had read before the removal
  go.count_down();
  reader.join();
  CHECK(cache.upper().peek(1) == std::nullopt);
  CHECK(cache.stats().beaten == 1);
}

// The rule of CacheLib's value history: a hit is the last value written before the read began, or one written during it.
TEMPLATE_TEST_CASE("under stress a read never goes back behind a finished write", "", (Cache<Map>), (Cache<Map, Map>),
                   (Cache<Map, Cache<Map, Map>>)) {
  auto cache = [] {
    if constexpr (std::is_same_v<TestType, Cache<Map>>)
      return TestType{0};
    else if constexpr (std::is_same_v<TestType, Cache<Map, Map>>)
      return TestType{0, 0};
    else
      return TestType{0, [] { return Cache<Map, Map>{0, 0}; }};
  }();
  constexpr int keys = 3;
  const int rounds = static_cast<int>(2000 * ashlar_test::soak());
  // One writer for each key writes 1, 2, 3, … to the source and to the cache; `done[k]` is the last write that has returned.
  std::array<std::atomic<int>, keys> source{};
  std::array<std::atomic<int>, keys> done{};
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int k = 0; k < keys; ++k) {
    threads.emplace_back([&, k] {
      for (int i = 1; i <= rounds; ++i) {
        source[static_cast<std::size_t>(k)].store(i);
        cache.put(k, i);
        done[static_cast<std::size_t>(k)].store(i);
        if (i % 64 == 0) std::this_thread::yield();
      }
    });
  }
  for (int r = 0; r < 3; ++r) {
    threads.emplace_back([&, r] {
      std::minstd_rand random{static_cast<unsigned>(r + 1)};
      while (!stop) {
        const int k = static_cast<int>(random() % keys);
        const int before = done[static_cast<std::size_t>(k)].load();
        int value = 0;
        if (random() % 2 == 0) {
          value = cache.get_or_load(k, [&] { return source[static_cast<std::size_t>(k)].load(); });
        } else if (const auto hit = cache.get(k)) {
          value = *hit;
        } else {
          continue;
        }
        wrong += value < before;
        // Copies above come and go, as by eviction.
        if (random() % 4 == 0) static_cast<void>(cache.upper().erase(k));
      }
    });
  }
  for (int k = 0; k < keys; ++k) threads[static_cast<std::size_t>(k)].join();
  stop = true;
  for (std::size_t t = keys; t < threads.size(); ++t) threads[t].join();
  CHECK(wrong == 0);
}
