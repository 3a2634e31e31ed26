// SPDX-License-Identifier: BSL-1.0
// What each strategy does when the lower tier is down, slow, fails now and then, in the middle of a batch, and comes back.
#include <support/catch.hpp>

#include <ashlar/cache/cache.hpp>
#include <ashlar/cache/circuit_breaker.hpp>
#include <ashlar/cache/strategy/cache_aside.hpp>
#include <ashlar/cache/strategy/write_back.hpp>
#include <ashlar/cache/strategy/write_through.hpp>

#include <atomic>
#include <chrono>
#include <future>
#include <latch>
#include <optional>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <support/cache_tiers.hpp>

using namespace std::chrono_literals;
using ashlar::Cache;
using ashlar::CacheAside;
using ashlar::WriteBack;
using ashlar::WriteThrough;
using ashlar_test::FlakyTier;
using ashlar_test::MapTier;

namespace {

using Map = MapTier<int, int>;
using Flaky = FlakyTier<Map>;
template <class S>
using Over = Cache<Map, Flaky, S>;
using Pairs = std::vector<std::pair<int, int>>;

const WriteBack patient{.linger = 0ms, .first_retry = 1ms, .last_retry = 2ms};

template <class S>
Over<S> make() {
  if constexpr (std::is_same_v<S, WriteBack>) {
    return Over<S>{0, 0, patient};
  } else {
    return Over<S>{0, 0};
  }
}
template <class C>
void written(C& cache) {
  if constexpr (requires { cache.flush(); }) {
    while (!cache.flush().complete()) {
    }
  }
}

}  // namespace

TEMPLATE_TEST_CASE(
    "a batch that fails in the middle: the error is returned, the rest is written, nobody sees the others", "",
    WriteThrough, CacheAside) {
  auto cache = make<TestType>();
  cache.lower().inner.put(2, 2);
  static_cast<void>(cache.get(2));
  cache.lower().calls = 0;
  cache.lower().every = 2;  // the second and the fourth of the five
  const auto all = cache.put_many(Pairs{{1, 10}, {2, 20}, {3, 30}, {4, 40}, {5, 50}});
  cache.lower().every = 0;
  REQUIRE_FALSE(all);
  CHECK(all.error().code() == ashlar::ErrorCode::io);
  CHECK(cache.get(1) == 10);
  CHECK(cache.get(2) == 2);  // what the lower tier has
  CHECK(cache.get(3) == 30);
  CHECK(cache.get(4) == std::nullopt);
  CHECK(cache.get(5) == 50);

  cache.lower().calls = 0;
  cache.lower().every = 2;
  const std::vector<int> keys{1, 2, 3};
  CHECK_FALSE(cache.erase_many(keys));
  cache.lower().every = 0;
  CHECK(cache.get(1) == std::nullopt);
  CHECK(cache.get(2) == 2);
  CHECK(cache.get(3) == std::nullopt);
}

TEST_CASE("a batch with write-back: a lower tier that fails in the middle delays, and loses nothing") {
  auto cache = make<WriteBack>();
  cache.lower().every = 3;
  Pairs pairs;
  for (int i = 0; i < 50; ++i) pairs.emplace_back(i, i * 10);
  REQUIRE(cache.put_many(pairs));
  for (int i = 0; i < 50; ++i) CHECK(cache.get(i) == i * 10);
  written(cache);
  for (int i = 0; i < 50; ++i) CHECK(cache.lower().inner.peek(i) == i * 10);
  CHECK(cache.writer().stats().failures > 0);
}

TEST_CASE("a batch with write-back and a full backlog: what was refused is reported and changed nothing") {
  Over<WriteBack> cache{
      0, 0, WriteBack{.max_backlog = 3, .wait_for_room = 1ms, .linger = 0ms, .first_retry = 1ms, .last_retry = 1ms}};
  cache.lower().down = true;
  const auto all = cache.put_many(Pairs{{1, 1}, {2, 2}, {3, 3}, {4, 4}, {1, 11}});
  REQUIRE_FALSE(all);
  CHECK(all.error().code() == ashlar::ErrorCode::busy);
  CHECK_FALSE(cache.contains(4));
  CHECK(cache.get(1) == 11);  // coalesced with one that waits
  cache.lower().down = false;
  written(cache);
  CHECK(cache.lower().inner.peek(1) == 11);
  CHECK(cache.lower().inner.peek(4) == std::nullopt);
}

TEMPLATE_TEST_CASE("a lower tier that is down: reads fall through, and what is above stays readable", "", WriteThrough,
                   CacheAside, WriteBack) {
  auto cache = make<TestType>();
  REQUIRE(cache.put(1, 10));
  written(cache);
  CHECK(cache.get(1) == 10);
  cache.lower().down = true;
  CHECK(cache.get(1) == 10);
  CHECK(cache.peek(1) == 10);
  CHECK(cache.contains(1));
  CHECK(cache.get(2) == std::nullopt);
  CHECK(cache.get_or_load(3, [] { return 30; }) == 30);
  CHECK(cache.get(3) == 30);
  CHECK(cache.stats().errors_below > 0);
  SECTION("it comes back") {
    cache.lower().down = false;
    REQUIRE(cache.put(4, 40));
    written(cache);
    CHECK(cache.lower().inner.peek(4) == 40);
    CHECK(cache.get(1) == 10);
  }
  cache.lower().down = false;
}

TEMPLATE_TEST_CASE("a lower tier that is down: writers are told, and read what the lower tier has when it comes back",
                   "", WriteThrough, CacheAside) {
  auto cache = make<TestType>();
  REQUIRE(cache.put(1, 10));
  CHECK(cache.get(1) == 10);
  cache.lower().down = true;
  CHECK_FALSE(cache.put(1, 11));
  CHECK_FALSE(cache.compute(1, [](const int*) { return std::optional{12}; }));
  CHECK_FALSE(cache.compare_and_swap(1, 10, 13));
  CHECK_FALSE(cache.insert_if_absent(2, 20));
  CHECK(cache.upper().peek(1) == std::nullopt);
  cache.lower().down = false;
  CHECK(cache.get(1) == 10);
  CHECK(cache.get(2) == std::nullopt);
  REQUIRE(cache.put(1, 14));
  CHECK(cache.get(1) == 14);
}

TEST_CASE("write-back over a lower tier that was down writes all of it in order when that comes back") {
  auto cache = make<WriteBack>();
  cache.lower().down = true;
  for (int round = 0; round < 3; ++round) {
    for (int key = 0; key < 20; ++key) REQUIRE(cache.put(key, round * 100 + key));
  }
  REQUIRE(cache.erase(0));
  CHECK_FALSE(cache.flush().complete());
  CHECK(cache.writer().backlog() == 20);
  CHECK(cache.writer().stats().coalesced >= 40);
  for (int key = 1; key < 20; ++key) CHECK(cache.get(key) == 200 + key);
  CHECK(cache.get(0) == std::nullopt);
  cache.lower().down = false;
  written(cache);
  CHECK(cache.writer().backlog() == 0);
  for (int key = 1; key < 20; ++key) CHECK(cache.lower().inner.peek(key) == 200 + key);
  CHECK(cache.lower().inner.peek(0) == std::nullopt);
}

TEST_CASE("put, put and delete of one key reach the lower tier with the deletion last") {
  auto cache = make<WriteBack>();
  for (int round = 0; round < 100; ++round) {
    REQUIRE(cache.put(1, round));
    REQUIRE(cache.put(1, round + 1));
    REQUIRE(cache.erase(1));
  }
  written(cache);
  CHECK(cache.lower().inner.peek(1) == std::nullopt);
  CHECK(cache.get(1) == std::nullopt);
}

TEMPLATE_TEST_CASE("a lower tier that fails every n-th call: whoever was told of success reads the value", "",
                   WriteThrough, CacheAside, WriteBack) {
  auto cache = make<TestType>();
  for (const int every : {2, 3, 5}) {
    cache.lower().every = every;
    std::vector<std::optional<int>> last(10);
    for (int i = 0; i < 200; ++i) {
      const auto key = static_cast<std::size_t>(i % 10);
      if (cache.put(static_cast<int>(key), i)) last[key] = i;
      const auto above = cache.upper().peek(static_cast<int>(key));
      if (above && last[key]) CHECK(*above == *last[key]);
    }
    cache.lower().every = 0;
    written(cache);
    for (int key = 0; key < 10; ++key) {
      const auto now = last[static_cast<std::size_t>(key)];
      if (now) CHECK(cache.get(key) == now);
    }
  }
}

TEMPLATE_TEST_CASE("a slow lower tier: a hit above does not wait for a write below of another key, nor of its own", "",
                   WriteThrough, CacheAside, WriteBack) {
  auto cache = make<TestType>();
  cache.upper().put(1, 10);
  cache.upper().put(2, 20);
  std::latch begun{1};
  std::latch go{1};
  std::atomic<bool> first{true};
  cache.lower().before = [&](const char* what) {
    if (std::string{what} == "put" && first.exchange(false)) {
      begun.count_down();
      go.wait();
    }
  };
  auto write = std::async(std::launch::async, [&] { return cache.put(1, 11).has_value(); });
  begun.wait();
  CHECK(cache.get(2) == 20);
  const auto own = cache.get(1);
  CHECK((own == 10 || own == 11));
  go.count_down();
  CHECK(write.get());
  written(cache);
  CHECK(cache.get(1) == 11);
}

TEST_CASE("nothing that waits to be written is lost when it is evicted above") {
  auto cache = make<WriteBack>();
  cache.lower().down = true;
  for (int i = 0; i < 30; ++i) {
    REQUIRE(cache.put(i, i));
    cache.upper().erase(i);  // as an eviction does
  }
  for (int i = 0; i < 30; ++i) CHECK(cache.get(i) == i);
  cache.lower().down = false;
  written(cache);
  cache.upper().clear();
  for (int i = 0; i < 30; ++i) CHECK(cache.get(i) == i);
}

TEST_CASE("each tier has its own breaker: the one below that is down does not stop the one above") {
  ashlar::ManualClock clock;
  using Guarded = ashlar::CircuitBreaker<Flaky, ashlar::ManualClock>;
  const ashlar::BreakerOptions options{.failures = 2, .open_for = 10s};
  const auto guarded = [&] { return Guarded{0, options, clock}; };
  using Inner = Cache<Guarded, Guarded>;
  Cache<Map, Inner> cache{0, [&] { return Inner{guarded, guarded}; }};
  REQUIRE(cache.put(1, 10));
  cache.lower().lower().inner().down = true;
  for (int i = 0; i < 10; ++i) CHECK(cache.get(100 + i) == std::nullopt);
  CHECK(cache.lower().lower().state() == ashlar::BreakerState::open);
  CHECK(cache.lower().upper().state() == ashlar::BreakerState::closed);
  cache.upper().clear();
  CHECK(cache.get(1) == 10);
  CHECK(cache.lower().lower().inner().calls <= 4);
  clock.advance(10s);
  cache.lower().lower().inner().down = false;
  CHECK(cache.get(100) == std::nullopt);
  CHECK(cache.lower().lower().state() == ashlar::BreakerState::closed);
}

TEST_CASE("a breaker passes on what its tier can do: peeks, removal by predicate") {
  ashlar::CircuitBreaker<Map> tier{0};
  REQUIRE(tier.put(1, 10));
  REQUIRE(tier.put(2, 20));
  CHECK(tier.peek(1).value() == 10);
  CHECK(tier.contains(2).value());
  CHECK(tier.erase_matching([](int key, int) { return key == 1; }).value() == 1);
  CHECK_FALSE(tier.contains(1).value());
  Cache<Map, ashlar::CircuitBreaker<Map>> cache{0, 0};
  REQUIRE(cache.put(1, 10));
  CHECK(cache.erase_matching([](int key) { return key == 1; }).value() == 2);
}
