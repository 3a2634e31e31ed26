// SPDX-License-Identifier: BSL-1.0
// What users do to a composition that nobody planned: three levels with rules inside, clocks that go back, caches that
// go while batches load, loaders that write, budgets that are fought over, options without end.
#include <support/catch.hpp>

#include <ashlar/cache/cache.hpp>
#include <ashlar/cache/circuit_breaker.hpp>
#include <ashlar/cache/invalidation/invalidating.hpp>
#include <ashlar/cache/loading/loading.hpp>
#include <ashlar/cache/loading/run_on_threads.hpp>
#include <ashlar/cache/loading/run_when_told.hpp>
#include <ashlar/cache/maintenance.hpp>
#include <ashlar/cache/memory_tier.hpp>
#include <ashlar/cache/regions/regions.hpp>
#include <ashlar/cache/strategy/write_back.hpp>
#include <ashlar/cache/warmup/access_log.hpp>

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
using ashlar::FreshFor;
using ashlar::Loading;
using ashlar::ManualClock;
using ashlar::RefreshAhead;
using ashlar::RunOnThreads;
using ashlar::StaleIfError;
using ashlar::WriteThrough;
using ashlar_test::MapTier;

// Caches lie on the heap where their locks are nested: ThreadSanitizer takes a mutex on the stack for the one that lay there
// before, in another test.
namespace {

using Map = MapTier<int, int>;
using Timed = ashlar_test::ExpiringMapTier<int, int>;
using Values = std::vector<std::optional<int>>;

}  // namespace

TEST_CASE("three levels with rules on each: a write, a load, a compute and an erase reach all of them") {
  ManualClock clock;
  using Rules = Loading<WriteThrough, StaleIfError, FreshFor, ManualClock>;
  const Rules rules{StaleIfError{.window = 60s, .rest = 0s}, FreshFor{10s}, clock};
  using Lowest = Cache<Timed, Timed, Rules>;
  using Middle = Cache<Timed, Lowest, Rules>;
  Cache<Timed, Middle, Rules> cache{
      clock, [&] { return Middle{clock, [&] { return Lowest{clock, clock, rules}; }, rules}; }, rules};
  cache.put(1, 1);
  CHECK(cache.lower().lower().get(1) == 1);
  CHECK(cache.peek_timed(1)->ttl == 10s);
  clock.advance(4s);
  cache.compute(1, [](const int* now) { return std::optional{*now + 1}; });
  CHECK(cache.peek_timed(1)->value == 2);
  // Each level keeps a value for its window after the life that the one above asks for.
  CHECK(cache.lower().lower().get(1) == 2);
  clock.advance(6s);
  CHECK(cache.get(1) == std::nullopt);
  CHECK(cache.get_or_load(1, []() -> int { throw std::runtime_error{"down"}; }) == 2);
  CHECK(cache.get_or_load(1, [] { return 3; }) == 3);
  CHECK(cache.lower().get(1) == 3);
  CHECK(cache.erase(1));
  CHECK_THROWS_AS(cache.get_or_load(1, []() -> int { throw std::runtime_error{"down"}; }), std::runtime_error);
}

TEST_CASE("a clock that goes back: rules give nothing older than before, and renew again when time passes") {
  ManualClock clock{1h};
  ashlar::RunWhenTold runner;
  using Rules = Loading<WriteThrough, StaleIfError, RefreshAhead, FreshFor, ashlar::RunWhenTold, ManualClock>;
  Cache<Timed, Timed, Rules> cache{
      clock, clock,
      Rules{StaleIfError{.window = 60s}, RefreshAhead{.lead = 3s, .rest = 1s}, FreshFor{10s}, runner, clock}};
  int calls = 0;
  const auto load = [&] { return cache.get_or_load(1, [&calls] { return ++calls; }); };
  CHECK(load() == 1);
  clock.advance(8s);
  CHECK(load() == 1);
  clock.advance(-2h);
  CHECK(load() == 1);
  CHECK(runner.run_all() == 1);  // the renewal finds that it is fresh again
  CHECK(calls == 1);
  clock.advance(2h);
  CHECK(load() == 1);
  CHECK(runner.run_all() == 1);
  CHECK(load() == 2);
  clock.advance(20s);
  CHECK(load() == 3);

  clock.advance(-2h);
  ashlar::AccessLog<int, ManualClock> log{100, 12s, clock};
  CHECK(clock.now().time_since_epoch() < 0s);
  for (int i = 0; i < 5; ++i) log.record(7);
  clock.advance(-5s);
  log.record(7);
  CHECK(log.top(1).at(0).reads == 6);
  clock.advance(60s);
  CHECK(log.top(1).empty());
}

TEST_CASE("a cache that goes while batches load waits for those that run and gives up the others") {
  std::latch begun{1};
  std::atomic<int> finished{0};
  ManualClock clock;
  {
    using Rules = Loading<WriteThrough, RefreshAhead, FreshFor, RunOnThreads, ManualClock>;
    Cache<Timed, ashlar::NullTier<int, int>, Rules> cache{
        clock, Rules{RefreshAhead{.lead = 5s}, FreshFor{10s}, RunOnThreads{1}, clock}};
    for (int key = 1; key <= 4; ++key) cache.put(key, key);
    clock.advance(6s);
    const auto renew = [&](std::vector<int> keys) {
      Values out(keys.size());
      cache.get_or_load_many(keys, out, [&](std::span<const int> due) {
        if (due.front() == 1) begun.count_down();
        std::this_thread::sleep_for(10ms);
        ++finished;
        return std::vector<int>(due.size());
      });
      CHECK(out.front() == keys.front());
    };
    renew({1, 2});
    begun.wait();
    renew({3, 4});
  }
  CHECK(finished >= 1);
  const int then = finished;
  std::this_thread::sleep_for(15ms);
  CHECK(finished == then);
}

TEST_CASE("a batch that nobody runs is given up with its cache") {
  ashlar::RunWhenTold runner;
  ManualClock clock;
  const auto held = std::make_shared<int>(0);
  {
    using Rules = Loading<WriteThrough, RefreshAhead, FreshFor, ashlar::RunWhenTold, ManualClock>;
    Cache<Timed, ashlar::NullTier<int, int>, Rules> cache{
        clock, Rules{RefreshAhead{.lead = 5s}, FreshFor{10s}, runner, clock}};
    cache.put(1, 1);
    clock.advance(6s);
    Values out(1);
    cache.get_or_load_many(std::vector<int>{1}, out,
                           [held](std::span<const int>) { return std::vector<int>{++*held}; });
    CHECK(held.use_count() == 2);
  }
  CHECK(runner.run_all() == 1);
  CHECK(*held == 0);
  CHECK(held.use_count() == 1);  // and nothing of it is left
}

TEST_CASE("a loader that writes its own key, or invalidates it, is beaten by itself") {
  const auto held = std::make_unique<Cache<Map, Map>>(0, 0);
  auto& cache = *held;
  CHECK(cache.get_or_load(1, [&] {
    cache.put(1, 100);
    return 1;
  }) == 1);
  CHECK(cache.get(1) == 100);
  CHECK(cache.get_or_load(2, [&] {
    cache.invalidate(2);
    return 2;
  }) == 2);
  CHECK_FALSE(cache.contains(2));
  CHECK(cache.get_or_load(3, [&] {
    cache.clear();
    return 3;
  }) == 3);
  CHECK_FALSE(cache.contains(3));
}

TEST_CASE("loaders of many keys inside loaders: other keys are loaded, one's own are an error for all who wait") {
  Cache<Map> cache{0};
  const auto echo = [](std::span<const int> keys) { return std::vector<int>(keys.begin(), keys.end()); };
  CHECK(cache.get_or_load(1, [&] {
    Values out(2);
    cache.get_or_load_many(std::vector<int>{2, 3}, out, echo);
    return *out[0] + *out[1];
  }) == 5);
  const auto own = [&] {
    return cache.get_or_load(10, [&] {
      Values out(2);
      cache.get_or_load_many(std::vector<int>{11, 10}, out, echo);
      return 0;
    });
  };
  try {
    static_cast<void>(own());
    FAIL("it asked for its own key");
  } catch (const ashlar::Error& error) {
    CHECK(error.code() == ashlar::ErrorCode::invalid_argument);
  }
  CHECK_FALSE(cache.contains(10));
  CHECK(cache.get(11) == 11);  // that one was loaded
}

TEST_CASE("a loader may throw what is no std::exception, in every way of loading") {
  using Rules = Loading<WriteThrough, ashlar::HardTimeout, RunOnThreads>;
  Cache<Map, Map, Rules> bounded{0, 0, Rules{ashlar::HardTimeout{ashlar::forever}, RunOnThreads{1}}};
  Cache<Map, Map> plain{0, 0};
  const auto check = [](auto& cache) {
    CHECK_THROWS_AS(cache.get_or_load(1, []() -> int { throw 7; }), int);
    Values out(1);
    CHECK_THROWS_AS(
        cache.get_or_load_many(std::vector<int>{1}, out, [](std::span<const int>) -> std::vector<int> { throw 7; }),
        int);
    CHECK_FALSE(cache.contains(1));
    CHECK(cache.get_or_load(1, [] { return 1; }) == 1);
  };
  check(plain);
  check(bounded);
}

TEST_CASE("compute of an invalidating cache: an invalidation while it runs covers what it makes") {
  using Tier = MapTier<std::string, ashlar::Stamped<int>>;
  const auto held = std::make_unique<ashlar::Invalidating<Cache<Tier, Tier>>>(0, 0);
  auto& cache = *held;
  cache.put("k", 1);
  cache.compute("k", [&](const int* now) {
    std::thread{[&] { cache.invalidate_matching("k*"); }}.join();
    return std::optional{*now + 1};
  });
  CHECK(cache.get("k") == std::nullopt);
  int calls = 0;
  cache.compute("k", [&](const int* now) {
    ++calls;
    return std::optional{now ? *now + 1 : 10};
  });
  CHECK(cache.get("k") == 10);
  CHECK(calls == 1);
}

TEST_CASE("compute of an invalidating cache beside sweeps loses no count") {
  using Tier = MapTier<std::string, ashlar::Stamped<int>>;
  const auto held = std::make_unique<ashlar::Invalidating<Cache<Tier, Tier>>>(0, 0);
  auto& cache = *held;
  std::atomic<bool> stop{false};
  std::thread sweeper{[&] {
    while (!stop) {
      cache.invalidate_matching("other:*");
      cache.maintain();
    }
  }};
  constexpr int rounds = 400;
  for (int i = 0; i < rounds; ++i) {
    cache.compute("count", [](const int* now) { return std::optional{now ? *now + 1 : 1}; });
    if (i % 8 == 0) CHECK(cache.compare_and_swap("count", i + 1, i + 1));
  }
  stop = true;
  sweeper.join();
  CHECK(cache.get("count") == rounds);
}

TEST_CASE("regions that fight over one budget stay within it, and none loses more than its copies") {
  using Caches = ashlar::Regions<ashlar::Region<"small", int>, ashlar::Region<"hog", std::string>>;
  Caches caches{ashlar::bytes(64 << 10)};
  for (int i = 0; i < 20; ++i) REQUIRE(caches.put<"small">(std::to_string(i), i));
  std::vector<std::thread> hogs;
  for (int t = 0; t < 3; ++t) {
    hogs.emplace_back([&, t] {
      for (int i = 0; i < 100; ++i) {
        static_cast<void>(caches.put<"hog">(std::to_string(t * 1000 + i), std::string(2000, 'x')));
      }
    });
  }
  for (auto& hog : hogs) hog.join();
  CHECK(caches.bytes_in_use() <= caches.bytes_allowed());
  for (int i = 0; i < 20; ++i) CHECK(caches.get<"small">(std::to_string(i)) == i);
  CHECK(caches.bytes_in_use() <= caches.bytes_allowed());
}

TEST_CASE("times without end: a breaker that never closes again, a thread that never looks, a flush of what lingers") {
  using Guarded = ashlar::CircuitBreaker<ashlar_test::FlakyTier<Map>>;
  Guarded guarded{0, {.failures = 1, .open_for = ashlar::forever}};
  guarded.inner().down = true;
  CHECK_FALSE(guarded.get(1));
  guarded.inner().down = false;
  CHECK(guarded.state() == ashlar::BreakerState::open);
  CHECK_FALSE(guarded.get(1));

  ashlar::MemoryTier<int, int, ashlar::ExpirePerEntry<>> tier{ashlar::entries(10)};
  {
    const ashlar::MaintenanceThread thread{tier, ashlar::forever};
    std::this_thread::sleep_for(5ms);
    CHECK(thread.rounds() == 0);
  }

  using ashlar::forever;
  Cache<Map, Map, ashlar::WriteBack> cache{
      0, 0,
      ashlar::WriteBack{.wait_for_room = forever, .linger = forever, .last_retry = forever, .drain_for = forever}};
  REQUIRE(cache.put(1, 1));
  CHECK(cache.flush().complete());
  REQUIRE(cache.put(2, 2));
}
