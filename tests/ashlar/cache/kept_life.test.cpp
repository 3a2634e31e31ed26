// SPDX-License-Identifier: BSL-1.0
// What is changed in place lives no longer for it: `compute` and `compare_and_swap` keep the time that is left.
#include <support/catch.hpp>

#include <ashlar/cache/cache.hpp>
#include <ashlar/cache/circuit_breaker.hpp>
#include <ashlar/cache/invalidation/invalidating.hpp>
#include <ashlar/cache/loading/loading.hpp>
#include <ashlar/cache/memory_tier.hpp>
#include <ashlar/cache/packed_memory.hpp>
#include <ashlar/cache/strategy/cache_aside.hpp>
#include <ashlar/cache/strategy/write_back.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <type_traits>

#include <support/cache_tiers.hpp>

using namespace std::chrono_literals;
using ashlar::Cache;
using ashlar::ManualClock;
using ashlar_test::ExpiringMapTier;

namespace {

using Expiring = ExpiringMapTier<int, int>;
using PerEntry = ashlar::ExpirePerEntry<ManualClock>;
using Memory = ashlar::MemoryTier<int, int, PerEntry>;
using Lasting = ashlar::MemoryTier<int, int, PerEntry, ashlar::Unbounded>;

const auto plus_one = [](const int* now) { return std::optional{now ? *now + 1 : 1}; };
template <class T>
bool right(const T& outcome) {
  return static_cast<bool>(outcome);
}
template <class C>
void count(C& cache, int key) {
  if constexpr (std::is_void_v<decltype(cache.compute(key, plus_one))>) {
    cache.compute(key, plus_one);
  } else {
    REQUIRE(right(cache.compute(key, plus_one)));
  }
}
template <class C>
bool swapped(C& cache, int key, int from, int to) {
  if constexpr (std::is_same_v<decltype(cache.compare_and_swap(key, from, to)), bool>) {
    return cache.compare_and_swap(key, from, to);
  } else {
    const auto done = cache.compare_and_swap(key, from, to);
    return done && *done;
  }
}

template <class C>
struct Shape;
template <>
struct Shape<Cache<Memory>> {
  ManualClock clock;
  Cache<Memory> cache{[this] { return Memory{ashlar::entries(100), PerEntry{clock}}; }};
};
template <class S>
struct Shape<Cache<Memory, Lasting, S>> {
  ManualClock clock;
  Cache<Memory, Lasting, S> cache{[this] { return Memory{ashlar::entries(100), PerEntry{clock}}; },
                                  [this] { return Lasting{PerEntry{clock}}; }, strategy()};
  S strategy() {
    if constexpr (std::is_constructible_v<S, ManualClock>) {
      return S{clock};
    } else {
      return {};
    }
  }
};
template <class S>
struct Shape<Cache<Expiring, Expiring, S>> {
  ManualClock clock;
  Cache<Expiring, Expiring, S> cache = make();
  Cache<Expiring, Expiring, S> make() {
    if constexpr (std::is_same_v<S, ashlar::WriteThrough>) {
      return {clock, clock};
    } else {
      return {clock, clock, S{ashlar::StaleIfError{.window = 1h}, clock}};
    }
  }
};
template <>
struct Shape<Cache<Expiring, Cache<Expiring, Expiring>>> {
  ManualClock clock;
  Cache<Expiring, Cache<Expiring, Expiring>> cache{clock, [this] { return Cache<Expiring, Expiring>{clock, clock}; }};
};

}  // namespace

TEMPLATE_TEST_CASE(
    "a value that is changed again and again still expires", "", (Cache<Memory>), (Cache<Memory, Lasting>),
    (Cache<Memory, Lasting, ashlar::CacheAside>),
    (Cache<Memory, Lasting, ashlar::Loading<ashlar::WriteBack, ManualClock>>), (Cache<Expiring, Expiring>),
    (Cache<Expiring, Expiring, ashlar::Loading<ashlar::WriteThrough, ashlar::StaleIfError, ManualClock>>),
    (Cache<Expiring, Cache<Expiring, Expiring>>)) {
  Shape<TestType> s;
  auto& cache = s.cache;
  static_cast<void>(cache.put(1, 10, 10s));
  for (int i = 1; i < 10; ++i) {
    s.clock.advance(1s);
    count(cache, 1);
    REQUIRE(cache.peek_timed(1).has_value());
    CHECK(cache.peek_timed(1)->value == 10 + i);
    CHECK(cache.peek_timed(1)->ttl == (10 - i) * 1s);
    if (i == 4) CHECK(swapped(cache, 1, 14, 14));
  }
  s.clock.advance(1s);
  CHECK(cache.get(1) == std::nullopt);
  count(cache, 1);  // a new one begins like one that is put
  CHECK(cache.get_timed(1)->value == 1);
  CHECK(cache.get_timed(1)->ttl == ashlar::forever);
  count(cache, 1);
  CHECK(cache.get_timed(1)->ttl == ashlar::forever);
  static_cast<void>(cache.put(1, 5, 3s));  // put says anew
  CHECK(cache.get_timed(1)->ttl == 3s);
}

TEST_CASE("what follows nothing lives for as long as compute is told") {
  ManualClock clock;
  Cache<Expiring, Expiring> cache{clock, clock};
  cache.compute(1, plus_one, 10s);
  CHECK(cache.get_timed(1)->ttl == 10s);
  clock.advance(4s);
  cache.compute(1, plus_one, 10s);
  CHECK(cache.get_timed(1)->value == 2);
  CHECK(cache.get_timed(1)->ttl == 6s);
}

TEST_CASE("a copy above that lives shorter does not shorten the life below") {
  ManualClock clock;
  using Short = ashlar::MemoryTier<int, int, ashlar::ExpireAfterWrite<ManualClock>>;
  Cache<Short, Expiring> cache{
      [&] { return Short{ashlar::entries(10), ashlar::ExpireAfterWrite<ManualClock>{5s, clock}}; }, clock};
  cache.put(1, 1, 60s);
  clock.advance(2s);
  count(cache, 1);
  CHECK(cache.lower().get_timed(1)->ttl == 58s);
  CHECK(cache.upper().get_timed(1)->ttl == 5s);
  cache.put(2, 1);
  clock.advance(2s);
  count(cache, 2);
  CHECK(cache.lower().get_timed(2)->ttl == ashlar::forever);
}

TEST_CASE("what lives from use to use begins anew, and where the value decides the shorter life holds") {
  ManualClock clock;
  using Idle = ashlar::MemoryTier<int, int, ashlar::ExpireAfterAccess<ManualClock>>;
  Cache<Idle> idle{[&] { return Idle{ashlar::entries(10), ashlar::ExpireAfterAccess<ManualClock>{10s, clock}}; }};
  idle.put(1, 1);
  clock.advance(6s);
  count(idle, 1);
  CHECK(idle.peek_timed(1)->ttl == 10s);
  Idle bare{ashlar::entries(10), ashlar::ExpireAfterAccess<ManualClock>{10s, clock}};
  bare.put(1, 1);
  clock.advance(6s);
  bare.compute(1, plus_one);
  CHECK(bare.peek_timed(1)->ttl == 10s);
  static_assert(Idle::expires_when_idle && Cache<Idle>::expires_when_idle && !Cache<Memory>::expires_when_idle);

  const auto seconds = [](int, int value) { return std::chrono::nanoseconds{value * 1s}; };
  using Decides = ashlar::ExpireByValue<decltype(seconds), ManualClock>;
  using ByValue = ashlar::MemoryTier<int, int, Decides>;
  ByValue tier{ashlar::entries(10), Decides{seconds, clock}};
  tier.put(1, 20);
  clock.advance(5s);
  CHECK(tier.compare_and_swap(1, 20, 30));
  CHECK(tier.peek_timed(1)->ttl == 15s);
  tier.compute(1, [](const int*) { return std::optional{4}; });
  CHECK(tier.peek_timed(1)->ttl == 4s);
}

TEST_CASE("the memory tier alone keeps the time left as well") {
  ManualClock clock;
  Memory tier{ashlar::entries(10), PerEntry{clock}};
  tier.put(1, 1, 10s);
  clock.advance(4s);
  CHECK(tier.compute(1, plus_one));
  CHECK(tier.peek_timed(1)->ttl == 6s);
  CHECK(tier.compare_and_swap(1, 2, 3));
  CHECK(tier.peek_timed(1)->ttl == 6s);
  clock.advance(6s);
  CHECK(tier.compute(1, plus_one));
  CHECK(tier.peek_timed(1)->value == 1);
  CHECK(tier.peek_timed(1)->ttl == ashlar::forever);
}

TEST_CASE("an invalidating cache keeps it too, and what wraps a tier shows the time left unnoticed") {
  ManualClock clock;
  using Entry = ashlar::Stamped<int>;
  using Tier = ExpiringMapTier<int, Entry>;
  ashlar::Invalidating<Cache<Tier, Tier>> cache{clock, clock};
  cache.put(1, 1, 10s);
  clock.advance(4s);
  count(cache, 1);
  CHECK(cache.compare_and_swap(1, 2, 3));
  CHECK(cache.peek_timed(1)->value == 3);
  CHECK(cache.peek_timed(1)->ttl == 6s);

  ashlar::CircuitBreaker<Memory> guarded{[&] { return Memory{ashlar::entries(10), PerEntry{clock}}; }};
  REQUIRE(guarded.put(1, 1, 10s));
  CHECK(guarded.peek_timed(1).value()->ttl == 10s);
  ashlar::PackedMemory<int, int, PerEntry, ashlar::CountHits> packed{ashlar::bytes(1 << 16), PerEntry{clock}};
  packed.put(1, 7, 10s);
  CHECK(packed.peek_timed(1)->value == 7);
  CHECK(packed.peek_timed(1)->ttl == 10s);
  CHECK(packed.stats().hits == 0);
}

TEST_CASE("what takes the place of an invalidated value does not take the time that it had left") {
  ManualClock clock;
  using Entry = ashlar::Tagged<int>;
  using Tier = ExpiringMapTier<int, Entry>;
  using One = ashlar::MemoryTier<int, Entry, PerEntry>;
  ashlar::Invalidating<Cache<Tier, Tier>> two{clock, clock};
  ashlar::Invalidating<Cache<One>> one{[&] { return One{ashlar::entries(10), PerEntry{clock}}; }};
  const auto check = [&](auto& cache) {
    cache.put(1, 1, ashlar::Tags{"t"});
    cache.put(2, 1, ashlar::Tags{"t"}, 10s);
    cache.put(3, 1, ashlar::Tags{"t"}, 10s);
    clock.advance(9s);
    cache.invalidate_tag("t");
    for (const int key : {1, 2}) {
      cache.compute(key, plus_one, 5min);
      CHECK(cache.peek_timed(key)->value == 1);
      CHECK(cache.peek_timed(key)->ttl == 5min);
    }
    cache.compute(3, plus_one);
    CHECK(cache.peek_timed(3)->ttl == ashlar::forever);
  };
  check(one);
  check(two);
}

TEST_CASE("peek_timed of nested caches tells the time left, fills nothing and records no use") {
  ManualClock clock;
  using Counted = ashlar::MemoryTier<int, int, PerEntry, ashlar::CountHits>;
  using Inner = Cache<Counted, Expiring>;
  const auto memory = [&] { return Counted{ashlar::entries(10), PerEntry{clock}}; };
  Cache<Counted, Inner> cache{memory, [&] { return Inner{memory, clock}; }};
  cache.lower().lower().put(1, 1, 10s);
  clock.advance(3s);
  CHECK(cache.peek_timed(1)->ttl == 7s);
  CHECK(cache.upper().size() == 0);
  CHECK(cache.lower().upper().size() == 0);
  CHECK(cache.get(1) == 1);
  const auto hits = cache.upper().stats().hits + cache.lower().upper().stats().hits;
  CHECK(cache.peek_timed(1)->ttl == 7s);
  CHECK(cache.upper().stats().hits + cache.lower().upper().stats().hits == hits);
  CHECK(cache.peek_timed(2) == std::nullopt);
}
