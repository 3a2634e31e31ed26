// SPDX-License-Identifier: BSL-1.0
// Loads beside other loads, writes, invalidations, errors and time-outs: scripted, one interleaving at a time.
#include <support/catch.hpp>

#include <ashlar/cache/cache.hpp>
#include <ashlar/cache/loading/loading.hpp>
#include <ashlar/cache/loading/run_on_threads.hpp>
#include <ashlar/cache/loading/run_when_told.hpp>
#include <ashlar/cache/memory_tier.hpp>
#include <ashlar/cache/strategy/cache_aside.hpp>
#include <ashlar/cache/strategy/write_back.hpp>

#include <atomic>
#include <chrono>
#include <future>
#include <latch>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <support/cache_tiers.hpp>

using namespace std::chrono_literals;
using ashlar::Cache;
using ashlar::Loaded;
using ashlar::Loading;
using ashlar::ManualClock;
using ashlar_test::ExpiringMapTier;
using ashlar_test::MapTier;

namespace {

using Map = MapTier<int, int>;
using Timed = ExpiringMapTier<int, int>;
using Keys = std::vector<int>;
using Values = std::vector<std::optional<int>>;

void let_callers_join() { std::this_thread::sleep_for(20ms); }

// Loads each key as ten times itself, once it is let go.
struct HeldBatch {
  std::latch begun{1};
  std::latch go{1};
  std::vector<int> operator()(std::span<const int> missing) {
    begun.count_down();
    go.wait();
    std::vector<int> out;
    for (const int key : missing) out.push_back(key * 10);
    return out;
  }
};

template <class C, class Loader>
Values load_many(C& cache, Keys keys, Loader&& loader) {
  Values out(keys.size());
  cache.get_or_load_many(keys, out, loader);
  return out;
}

}  // namespace

TEST_CASE("the first caller gives up waiting: the others still get the one load") {
  ManualClock clock;
  ashlar::RunWhenTold runner;
  using Rules = Loading<ashlar::WriteThrough, ashlar::HardTimeout, ashlar::RunWhenTold, ManualClock>;
  Cache<Map, ashlar::NullTier<int, int>, Rules> cache{0, Rules{ashlar::HardTimeout{10s}, runner, clock}};
  std::atomic<int> calls{0};
  const auto load = [&] {
    return std::async(std::launch::async, [&] {
      return cache.get_or_load(1, [&] {
        ++calls;
        return 7;
      });
    });
  };
  auto first = load();
  while (runner.waiting() == 0) std::this_thread::sleep_for(1ms);
  while (first.wait_for(1ms) != std::future_status::ready) clock.advance(1s);
  auto second = load();
  auto third = load();
  let_callers_join();
  CHECK_THROWS_AS(first.get(), ashlar::Error);
  runner.run_all();
  CHECK(second.get() == 7);
  CHECK(third.get() == 7);
  CHECK(calls == 1);
}

TEST_CASE("an entry that has expired and a loader that throws: the error, and nothing comes back") {
  ManualClock clock;
  Cache<Timed, Timed> cache{clock, clock};
  cache.put(1, 1, 5s);
  clock.advance(5s);
  CHECK_THROWS_AS(cache.get_or_load(1, []() -> int { throw std::runtime_error{"no"}; }), std::runtime_error);
  CHECK(cache.get(1) == std::nullopt);
  CHECK(cache.get_or_load(1, [] { return 2; }) == 2);
}

TEST_CASE("a caller waits for a load that is beaten: it gets that load's value, who comes later loads anew") {
  Cache<Map> cache{0};
  std::latch begun{1};
  std::latch go{1};
  const auto held = [&] {
    begun.count_down();
    go.wait();
    return 1;
  };
  auto first = std::async(std::launch::async, [&] { return cache.get_or_load(1, held); });
  begun.wait();
  auto waiting = std::async(std::launch::async, [&] { return cache.get_or_load(1, [] { return 2; }); });
  let_callers_join();
  cache.invalidate(1);
  CHECK(cache.get_or_load(1, [] { return 3; }) == 3);  // does not wait for the beaten one
  go.count_down();
  CHECK(first.get() == 1);
  const int got = waiting.get();
  CHECK((got == 1 || got == 2 || got == 3));  // what it joined, or, had it not joined yet, what it found or loaded
  const auto kept = cache.get(1);
  CHECK((kept == 3 || kept == 2));
}

TEST_CASE("a load that ends without a value wakes the next waiter, who loads") {
  Cache<Map> cache{0};
  std::latch begun{1};
  std::latch go{1};
  auto first = std::async(std::launch::async, [&] {
    return cache.get_or_load(1, [&] {
      begun.count_down();
      go.wait();
      return Loaded<int>::nothing({});
    });
  });
  begun.wait();
  std::vector<std::future<int>> others;
  for (int i = 0; i < 4; ++i) {
    others.push_back(std::async(std::launch::async, [&] { return cache.get_or_load(1, [] { return 5; }); }));
  }
  let_callers_join();
  go.count_down();
  CHECK(first.get() == std::nullopt);
  for (auto& other : others) CHECK(other.get() == 5);
}

TEST_CASE("a value that is not to be stored reaches every waiter") {
  Cache<Map, Map> cache{0, 0};
  std::latch begun{1};
  std::latch go{1};
  std::atomic<int> calls{0};
  const auto unstored = [&] {
    if (++calls == 1) {
      begun.count_down();
      go.wait();
    }
    return Loaded<int>::unstored(9);
  };
  auto first = std::async(std::launch::async, [&] { return cache.get_or_load(1, unstored); });
  begun.wait();
  auto second = std::async(std::launch::async, [&] { return cache.get_or_load(1, unstored); });
  let_callers_join();
  go.count_down();
  CHECK(first.get() == 9);
  CHECK(second.get() == 9);
  CHECK_FALSE(cache.contains(1));
}

TEMPLATE_TEST_CASE("a bulk load that is overtaken for some of its keys stores the others", "", (Cache<Map>),
                   (Cache<Map, Map>), (Cache<Map, Map, ashlar::CacheAside>), (Cache<Map, Map, ashlar::WriteBack>)) {
  auto cache = [] {
    if constexpr (std::is_same_v<TestType, Cache<Map>>) {
      return TestType{0};
    } else {
      return TestType{0, 0};
    }
  }();
  HeldBatch loader;
  auto many = std::async(std::launch::async, [&] { return load_many(cache, {1, 2, 3}, loader); });
  loader.begun.wait();
  static_cast<void>(cache.put(1, 111));
  static_cast<void>(cache.invalidate(2));
  loader.go.count_down();
  CHECK(many.get() == Values{10, 20, 30});
  CHECK(cache.get(1) == 111);
  CHECK(cache.get(2) == std::nullopt);
  CHECK(cache.get(3) == 30);
}

TEST_CASE("a bulk load and a single load of one of its keys: the single one waits for the bulk one") {
  Cache<Map> cache{0};
  HeldBatch bulk;
  std::atomic<int> singles{0};
  auto many = std::async(std::launch::async, [&] { return load_many(cache, {1, 2}, bulk); });
  bulk.begun.wait();
  auto one = std::async(std::launch::async, [&] { return cache.get_or_load(2, [&] { return ++singles; }); });
  let_callers_join();
  bulk.go.count_down();
  CHECK(many.get() == Values{10, 20});
  CHECK(one.get() == 20);
  CHECK(singles == 0);
}

TEST_CASE("a single load and a bulk load that wants its key: the bulk one loads the rest and waits") {
  Cache<Map> cache{0};
  std::latch begun{1};
  std::latch go{1};
  Keys asked;
  auto one = std::async(std::launch::async, [&] {
    return cache.get_or_load(2, [&] {
      begun.count_down();
      go.wait();
      return 222;
    });
  });
  begun.wait();
  auto many = std::async(std::launch::async, [&] {
    return load_many(cache, {1, 2, 3}, [&](std::span<const int> missing) {
      asked.assign(missing.begin(), missing.end());
      return std::vector<int>(missing.begin(), missing.end());
    });
  });
  let_callers_join();
  CHECK(many.wait_for(0s) == std::future_status::timeout);
  go.count_down();
  CHECK(one.get() == 222);
  CHECK(many.get() == Values{1, 222, 3});
  CHECK(asked == Keys{1, 3});
}

TEST_CASE("bulk loads that want each other's keys, in opposite orders: none waits for ever, each key is loaded once") {
  for (int round = 0; round < 30; ++round) {
    Cache<Map> cache{0};
    std::atomic<int> loaded{0};
    std::latch both{2};
    const auto go = [&](Keys keys) {
      both.arrive_and_wait();
      return load_many(cache, keys, [&](std::span<const int> missing) {
        loaded += static_cast<int>(missing.size());
        return std::vector<int>(missing.begin(), missing.end());
      });
    };
    auto a = std::async(std::launch::async, [&] { return go({1, 2, 3, 4}); });
    auto b = std::async(std::launch::async, [&] { return go({4, 3, 2, 1}); });
    CHECK(a.get() == Values{1, 2, 3, 4});
    CHECK(b.get() == Values{4, 3, 2, 1});
    CHECK(loaded == 4);
  }
}

TEST_CASE("a bulk load, a single load and a put of one key, three ways at once") {
  for (int round = 0; round < 50; ++round) {
    Cache<Map, Map> cache{0, 0};
    std::latch all{3};
    auto many = std::async(std::launch::async, [&] {
      all.arrive_and_wait();
      return load_many(cache, {1, 2},
                       [](std::span<const int> missing) { return std::vector<int>(missing.begin(), missing.end()); });
    });
    auto one = std::async(std::launch::async, [&] {
      all.arrive_and_wait();
      return cache.get_or_load(1, [] { return 1; });
    });
    all.arrive_and_wait();
    cache.put(1, 100);
    CHECK(cache.get(1) == 100);
    const Values got = many.get();
    CHECK((got[0] == 1 || got[0] == 100));
    CHECK(got[1] == 2);
    const int single = one.get();
    CHECK((single == 1 || single == 100));
    CHECK(cache.upper().peek(1) == 100);
    CHECK(cache.lower().peek(1) == 100);
  }
}

TEST_CASE("a bulk loader that throws is heard by the single caller who waits, and stores nothing") {
  Cache<Map> cache{0};
  std::latch begun{1};
  std::latch go{1};
  auto many = std::async(std::launch::async, [&] {
    return load_many(cache, {1, 2}, [&](std::span<const int>) -> std::vector<int> {
      begun.count_down();
      go.wait();
      throw std::runtime_error{"no batch"};
    });
  });
  begun.wait();
  auto one = std::async(std::launch::async,
                        [&] { return cache.get_or_load(2, []() -> int { throw std::runtime_error{"no single"}; }); });
  let_callers_join();
  go.count_down();
  CHECK_THROWS_AS(many.get(), std::runtime_error);
  CHECK_THROWS_AS(one.get(), std::runtime_error);
  CHECK_FALSE(cache.contains(1));
  CHECK_FALSE(cache.contains(2));
}

TEST_CASE("loads in nested caches: an invalidation of the outer one beats the load of the inner one") {
  Cache<Map, Cache<Map, Map>> cache{0, [] { return Cache<Map, Map>{0, 0}; }};
  std::latch begun{1};
  std::latch go{1};
  auto load = std::async(std::launch::async, [&] {
    return cache.get_or_load(1, [&] {
      begun.count_down();
      go.wait();
      return 1;
    });
  });
  begun.wait();
  cache.invalidate(1);
  go.count_down();
  CHECK(load.get() == 1);
  CHECK_FALSE(cache.contains(1));
  CHECK_FALSE(cache.lower().contains(1));
  CHECK_FALSE(cache.lower().lower().contains(1));
}

TEST_CASE("what loaders say works through nested caches: own time, nothing, not to be stored") {
  ManualClock clock;
  using Inner = Cache<Timed, Timed>;
  Cache<Timed, Inner> cache{clock, [&] { return Inner{clock, clock}; }};
  CHECK(cache.get_or_load(1, [] { return Loaded<int>::found(1, 7s); }) == 1);
  CHECK(cache.upper().get_timed(1)->ttl == 7s);
  CHECK(cache.lower().upper().get_timed(1)->ttl == 7s);
  CHECK(cache.lower().lower().get_timed(1)->ttl == 7s);
  CHECK(cache.get_or_load(2, [] { return Loaded<int>::unstored(2); }) == 2);
  CHECK_FALSE(cache.contains(2));
  int calls = 0;
  const auto nothing = [&] {
    ++calls;
    return Loaded<int>::nothing(1h);
  };
  CHECK(cache.get_or_load(3, nothing) == std::nullopt);
  CHECK(cache.get_or_load(3, nothing) == std::nullopt);
  CHECK(cache.get(3) == std::nullopt);
  CHECK(calls == 1);
  cache.put(3, 30);
  CHECK(cache.get_or_load(3, nothing) == 30);
}

TEST_CASE("an entry of nothing has its own time, by the cache's clock") {
  ManualClock clock;
  using Rules = Loading<ashlar::WriteThrough, ManualClock>;
  Cache<Map, Map, Rules> cache{0, 0, Rules{clock}};
  int calls = 0;
  const auto nothing = [&] {
    ++calls;
    return Loaded<int>::nothing(30s);
  };
  CHECK(cache.get_or_load(1, nothing) == std::nullopt);
  clock.advance(29s);
  CHECK(cache.get_or_load(1, nothing) == std::nullopt);
  CHECK(calls == 1);
  clock.advance(1s);
  CHECK(cache.get_or_load(1, nothing) == std::nullopt);
  CHECK(calls == 2);
}

TEST_CASE("a result may hold an optional or a Loaded") {
  using ashlar::Result;
  Cache<Map> cache{0};
  const auto maybe = cache.get_or_load(1, [] { return Result<std::optional<int>>{std::optional<int>{}}; });
  REQUIRE(maybe);
  CHECK_FALSE(maybe->has_value());
  CHECK(cache.get_or_load(1, [] { return Result<Loaded<int>>{Loaded<int>::found(4)}; }).value() == 4);
  CHECK(cache.get(1) == 4);
  const ashlar::Error down{ashlar::ErrorCode::io, "down"};
  CHECK_FALSE(cache.get_or_load(2, [&] { return Result<std::optional<int>>{down}; }));
}
