// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/cache.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <support/cache_tiers.hpp>

using namespace std::chrono_literals;
using ashlar::Cache;
using ashlar::NullTier;
using ashlar_test::ExpiringMapTier;
using ashlar_test::FlakyTier;
using ashlar_test::MapTier;

namespace {

using Map = MapTier<std::string, int>;
using One = Cache<Map>;
using Two = Cache<Map, Map>;
using Below = Cache<NullTier<std::string, int>, Map>;
using Three = Cache<Map, Cache<Map, Map>>;

template <class C>
struct Make {
  std::unique_ptr<C> cache = std::make_unique<C>(0, 0);
};
template <>
struct Make<One> {
  std::unique_ptr<One> cache = std::make_unique<One>(0);
};
template <>
struct Make<Below> {
  std::unique_ptr<Below> cache = std::make_unique<Below>(NullTier<std::string, int>{}, 0);
};
template <>
struct Make<Three> {
  std::unique_ptr<Three> cache = std::make_unique<Three>(0, [] { return Cache<Map, Map>{0, 0}; });
};

}  // namespace

static_assert(ashlar::tier<One> && ashlar::tier<Two> && ashlar::tier<Three>);
static_assert(ashlar::atomic_tier<Two> && ashlar::scannable_tier<Two> && ashlar::batch_tier<Two> &&
              ashlar::clearable_tier<Two>);
static_assert(!ashlar::expiring_tier<Two>);
static_assert(std::is_void_v<decltype(std::declval<Two&>().put("a", 1))>);

TEMPLATE_TEST_CASE("a cache of any shape keeps the contract of a map", "", One, Two, Below, Three) {
  Make<TestType> make;
  auto& cache = *make.cache;

  SECTION("an empty one has nothing") {
    CHECK(cache.get("a") == std::nullopt);
    CHECK(cache.peek("a") == std::nullopt);
    CHECK_FALSE(cache.contains("a"));
    CHECK_FALSE(cache.erase("a"));
    CHECK_FALSE(cache.visit("a", [](int) { FAIL("called for a key that is not there"); }));
  }
  SECTION("what is put is found, by every kind of read") {
    cache.put("a", 1);
    CHECK(cache.get("a") == 1);
    CHECK(cache.get(std::string{"a"}) == 1);
    CHECK(cache.get(std::string_view{"a"}) == 1);
    CHECK(cache.peek("a") == 1);
    CHECK(cache.contains("a"));
    int seen = 0;
    CHECK(cache.visit("a", [&](int value) { seen = value; }));
    CHECK(seen == 1);
  }
  SECTION("put replaces, erase removes once") {
    cache.put("a", 1);
    cache.put("a", 2);
    CHECK(cache.get("a") == 2);
    CHECK(cache.erase("a"));
    CHECK_FALSE(cache.erase("a"));
    CHECK(cache.get("a") == std::nullopt);
  }
  SECTION("the empty key is a key") {
    cache.put("", 7);
    CHECK(cache.get("") == 7);
    CHECK(cache.erase(""));
  }
  SECTION("many at once: none, some, all, duplicates, no keys") {
    const std::vector<std::pair<std::string, int>> entries{{"a", 1}, {"b", 2}};
    cache.put_many(entries);
    const std::vector<std::string> keys{"a", "x", "b", "a"};
    std::vector<std::optional<int>> out(keys.size(), 99);
    CHECK(cache.get_many(keys, out) == 3);
    CHECK(out == std::vector<std::optional<int>>{1, std::nullopt, 2, 1});
    CHECK(cache.get_many({}, {}) == 0);
    CHECK(cache.erase_many(keys) == 2);
    CHECK(cache.get_many(keys, out) == 0);
  }
  SECTION("insert_if_absent inserts once") {
    CHECK(cache.insert_if_absent("a", 1));
    CHECK_FALSE(cache.insert_if_absent("a", 2));
    CHECK(cache.get("a") == 1);
  }
  SECTION("compute sees the value, sets, replaces and removes it") {
    cache.compute("a", [](const int* value) {
      CHECK(value == nullptr);
      return std::optional{1};
    });
    cache.compute("a", [](const int* value) { return std::optional{*value + 10}; });
    CHECK(cache.get("a") == 11);
    cache.compute("a", [](const int*) { return std::optional<int>{}; });
    CHECK_FALSE(cache.contains("a"));
    CHECK_THROWS_AS(cache.compute("a", [](const int*) -> std::optional<int> { throw std::runtime_error{"no"}; }),
                    std::runtime_error);
    CHECK_FALSE(cache.contains("a"));
  }
  SECTION("compare_and_swap swaps what is expected only") {
    CHECK_FALSE(cache.compare_and_swap("a", 1, 2));
    cache.put("a", 1);
    CHECK_FALSE(cache.compare_and_swap("a", 5, 2));
    CHECK(cache.compare_and_swap("a", 1, 2));
    CHECK(cache.get("a") == 2);
  }
  SECTION("clear leaves nothing, for_each shows each key once") {
    cache.put("a", 1);
    cache.put("b", 2);
    CHECK(cache.get("a") == 1);
    std::map<std::string, int> seen;
    cache.for_each([&](const std::string& key, int value) { CHECK(seen.emplace(key, value).second); });
    CHECK(seen == std::map<std::string, int>{{"a", 1}, {"b", 2}});
    cache.clear();
    CHECK(cache.get("a") == std::nullopt);
    CHECK_FALSE(cache.contains("b"));
  }
  SECTION("invalidate drops every copy") {
    cache.put("a", 1);
    CHECK(cache.invalidate("a"));
    CHECK_FALSE(cache.contains("a"));
  }
}

TEST_CASE("a hit below fills the tiers above") {
  Two cache{0, 0};
  cache.lower().put("a", 1);
  CHECK(cache.peek("a") == 1);
  CHECK(cache.upper().peek("a") == std::nullopt);
  CHECK(cache.get("a") == 1);
  CHECK(cache.upper().peek("a") == 1);
  const int reads = cache.lower().reads;
  CHECK(cache.get("a") == 1);
  CHECK(cache.lower().reads == reads);
  CHECK(cache.stats().hits_below == 1);

  Three three{0, [] { return Cache<Map, Map>{0, 0}; }};
  three.lower().lower().put("b", 2);
  CHECK(three.get("b") == 2);
  CHECK(three.upper().peek("b") == 2);
  CHECK(three.lower().upper().peek("b") == 2);
}

TEST_CASE("a lower hit fills above with the time that is left") {
  ashlar::ManualClock clock;
  using Timed = ExpiringMapTier<int, int>;
  static_assert(ashlar::expiring_tier<Timed> && ashlar::expiring_tier<Cache<Timed, Timed>>);
  Cache<Timed, Timed> cache{clock, clock};
  cache.lower().put(1, 10, 60s);
  clock.advance(20s);
  CHECK(cache.get(1) == 10);
  CHECK(cache.upper().get_timed(1)->ttl == 40s);
  clock.advance(39s);
  CHECK(cache.get(1) == 10);
  clock.advance(1s);
  CHECK(cache.get(1) == std::nullopt);

  cache.put(2, 20, 5min);
  CHECK(cache.upper().get_timed(2)->ttl == 5min);
  CHECK(cache.lower().get_timed(2)->ttl == 5min);
  CHECK(cache.get_timed(2)->ttl == 5min);

  Cache<Timed, Cache<Timed, Timed>> three{clock, [&] { return Cache<Timed, Timed>{clock, clock}; }};
  three.lower().lower().put(3, 30, 60s);
  clock.advance(59s);
  CHECK(three.get(3) == 30);
  CHECK(three.upper().get_timed(3)->ttl == 1s);
  CHECK(three.lower().upper().get_timed(3)->ttl == 1s);
}

TEST_CASE("a value that expires is not put where it would stay") {
  ashlar::ManualClock clock;
  using Timed = ExpiringMapTier<int, int>;
  using Mixed = Cache<MapTier<int, int>, Timed>;
  static_assert(!Mixed::can_expire);
  Mixed cache{0, clock};
  cache.lower().put(1, 10, 1s);
  CHECK(cache.get(1) == 10);
  CHECK(cache.upper().peek(1) == std::nullopt);
  clock.advance(1s);
  CHECK(cache.get(1) == std::nullopt);
  cache.lower().put(2, 20);
  CHECK(cache.get(2) == 20);
  CHECK(cache.upper().peek(2) == 20);
}

TEST_CASE("a lower tier that fails is not an outage for readers, and writers are told") {
  using Flaky = Cache<Map, FlakyTier<Map>>;
  static_assert(std::is_same_v<decltype(std::declval<Flaky&>().put("a", 1)), ashlar::Result<void>>);
  Flaky cache{0, 0};
  REQUIRE(cache.put("a", 1));
  cache.lower().down = true;
  CHECK(cache.get("a") == 1);
  CHECK(cache.get("b") == std::nullopt);
  CHECK(cache.stats().errors_below == 1);
  CHECK(cache.get_or_load("b", [] { return 2; }) == 2);
  CHECK(cache.get("b") == 2);

  const auto failed = cache.put("a", 5);
  REQUIRE_FALSE(failed);
  CHECK(failed.error().code() == ashlar::ErrorCode::io);
  CHECK(cache.upper().peek("a") == std::nullopt);  // nobody sees what was not written
  CHECK_FALSE(cache.erase("b"));
  CHECK_FALSE(cache.compute("c", [](const int*) { return std::optional{1}; }));
  CHECK_FALSE(cache.clear());

  cache.lower().down = false;
  CHECK(cache.get("a") == 1);
  REQUIRE(cache.put("a", 6));
  CHECK(cache.get("a") == 6);
}

TEST_CASE("an upper tier that fails is passed by") {
  Cache<FlakyTier<Map>, Map> cache{0, 0};
  REQUIRE(cache.put("a", 1));
  cache.upper().down = true;
  CHECK(cache.get("a") == 1);
  CHECK(cache.peek("a") == 1);
  CHECK(cache.contains("a"));
  CHECK_FALSE(cache.put("a", 2));
  CHECK(cache.stats().errors_above > 0);
}
