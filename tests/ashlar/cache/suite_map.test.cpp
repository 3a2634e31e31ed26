// SPDX-License-Identifier: BSL-1.0
// The sequential contract of a map, case by case, on tiers and caches of every shape.
#include <support/catch.hpp>

#include <ashlar/cache/cache.hpp>
#include <ashlar/cache/loading/loading.hpp>
#include <ashlar/cache/memory_tier.hpp>
#include <ashlar/cache/store_tier.hpp>
#include <ashlar/cache/strategy/cache_aside.hpp>
#include <ashlar/cache/strategy/write_back.hpp>
#include <ashlar/store/in_memory.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <conformance/tier.hpp>
#include <support/cache_tiers.hpp>

using namespace std::chrono_literals;
using ashlar::Cache;
using ashlar::entries;

namespace {

using Clock = ashlar::ManualClock;
using Text = std::string;
using Memory = ashlar::MemoryTier<Text, Text, ashlar::ExpirePerEntry<Clock>>;
using Store = ashlar::StoreTier<Text, Text, ashlar::InMemory>;
using Below = ashlar_test::ExpiringMapTier<Text, Text>;
using Rules = ashlar::Loading<ashlar::WriteThrough, ashlar::StaleIfError, ashlar::RefreshAhead, ashlar::FreshFor>;

const auto memory = [](Clock clock) {
  return [clock] { return Memory{entries(1000), ashlar::ExpirePerEntry<Clock>{clock}}; };
};

template <class C>
struct Made {
  Clock clock;
  C cache{memory(clock), clock};
};
template <>
struct Made<Memory> {
  Clock clock;
  Memory cache{entries(1000), ashlar::ExpirePerEntry<Clock>{clock}};
};
template <>
struct Made<Cache<Memory>> {
  Clock clock;
  Cache<Memory> cache{memory(clock)};
};
template <>
struct Made<Cache<Memory, Store>> {
  Clock clock;
  Cache<Memory, Store> cache{memory(clock), [] { return Store{}; }};
};
using Deferred = Cache<Memory, Below, ashlar::Loading<ashlar::WriteBack, Clock>>;
template <>
struct Made<Deferred> {
  Clock clock;
  Deferred cache{memory(clock), clock, Deferred::strategy_type{clock}};
};
using Three = Cache<Memory, Cache<Memory, Below>>;
template <>
struct Made<Three> {
  Clock clock;
  Three cache{memory(clock), [this] { return Cache<Memory, Below>{memory(clock), clock}; }};
};

template <class T>
auto plain(T&& answer) {
  return ashlar_test::plain(std::forward<T>(answer));
}
template <class C>
void put(C& cache, const Text& key, const Text& value) {
  REQUIRE(ashlar::detail::succeeds([&] { return cache.put(key, value); }));
}

}  // namespace

TEMPLATE_TEST_CASE("the contract of a map", "", Memory, Cache<Memory>, (Cache<Memory, Store>), (Cache<Memory, Below>),
                   (Cache<Memory, Below, ashlar::CacheAside>), Deferred, Three, (Cache<Memory, Below, Rules>)) {
  const auto made = std::make_unique<Made<TestType>>();  // ThreadSanitizer forgets the mutexes of what is freed
  auto& cache = made->cache;

  SECTION("get on empty") {
    CHECK_FALSE(cache.get(Text{"a"}));
    CHECK_FALSE(cache.contains(Text{"a"}));
  }
  SECTION("set, get, delete") {
    put(cache, "a", "1");
    CHECK(cache.get(Text{"a"}) == "1");
    CHECK(plain(cache.erase("a")));
    CHECK_FALSE(cache.get(Text{"a"}));
  }
  SECTION("delete what is absent") { CHECK_FALSE(plain(cache.erase("a"))); }
  SECTION("delete twice") {
    put(cache, "a", "1");
    CHECK(plain(cache.erase("a")));
    CHECK_FALSE(plain(cache.erase("a")));
  }
  SECTION("replace by a value of another size, longer, shorter and empty") {
    for (const std::size_t size : {3u, 3000u, 30u, 0u, 300u}) {
      put(cache, "a", Text(size, 'x'));
      CHECK(cache.get(Text{"a"}) == Text(size, 'x'));
    }
  }
  SECTION("bulk get: duplicates, no keys, all, none and some present") {
    put(cache, "a", "1");
    put(cache, "b", "2");
    std::vector<std::optional<Text>> out(4, Text{"left over"});
    CHECK(cache.get_many({}, {}) == 0);
    const std::vector<Text> some{"a", "x", "b", "a"};
    CHECK(cache.get_many(some, out) == 3);
    CHECK(out == std::vector<std::optional<Text>>{"1", std::nullopt, "2", "1"});
    const std::vector<Text> all{"b", "a"};
    out.resize(2);
    CHECK(cache.get_many(all, out) == 2);
    const std::vector<Text> none{"x", "y"};
    CHECK(cache.get_many(none, out) == 0);
    CHECK(out == std::vector<std::optional<Text>>{std::nullopt, std::nullopt});
  }
  SECTION("bulk put and bulk delete") {
    const std::vector<std::pair<Text, Text>> pairs{{"a", "1"}, {"b", "2"}, {"a", "3"}};
    static_cast<void>(cache.put_many(pairs));
    CHECK(cache.get(Text{"a"}) == "3");
    const std::vector<Text> keys{"a", "x", "b", "a"};
    CHECK(plain(cache.erase_many(keys)) == 2);
    CHECK_FALSE(cache.get(Text{"b"}));
  }
  SECTION("the empty key") {
    put(cache, "", "nothing in its name");
    CHECK(cache.get(Text{}) == "nothing in its name");
    CHECK_FALSE(cache.get(Text{"a"}));
    CHECK(plain(cache.erase("")));
  }
  SECTION("an empty value is not an absent one") {
    put(cache, "a", "");
    CHECK(cache.get(Text{"a"}) == "");
    CHECK(cache.contains("a"));
  }
  SECTION("a value is a copy: changing it changes nothing in the cache") {
    put(cache, "a", "1");
    auto value = cache.get(Text{"a"});
    value->append("23");
    CHECK(cache.get(Text{"a"}) == "1");
  }
  // A store goes by the clock on the wall.
  constexpr bool by_manual_clock = !std::is_same_v<TestType, Cache<Memory, Store>>;
  if constexpr (ashlar::expiring_tier<TestType> && by_manual_clock) {
    SECTION("a time to live of zero or less is over at once") {
      static_cast<void>(cache.put("a", "1", 0s));
      static_cast<void>(cache.put("b", "1", -5s));
      CHECK_FALSE(cache.get(Text{"a"}));
      CHECK_FALSE(cache.get(Text{"b"}));
    }
    SECTION("a time to live of zero replaces what was there") {
      put(cache, "a", "1");
      static_cast<void>(cache.put("a", "2", 0s));
      CHECK_FALSE(cache.get(Text{"a"}));
    }
    SECTION("what has expired is hidden from every read, and not there to delete") {
      static_cast<void>(cache.put("a", "1", 5s));
      static_cast<void>(cache.put("b", "2", 50'000s));
      made->clock.advance(4'000s);
      std::vector<std::optional<Text>> out(2);
      const std::vector<Text> keys{"a", "b"};
      CHECK(cache.get_many(keys, out) == 1);
      CHECK_FALSE(cache.get(Text{"a"}));
      CHECK_FALSE(cache.contains("a"));
      CHECK_FALSE(cache.peek("a"));
      CHECK_FALSE(cache.visit("a", [](const Text&) { FAIL("shown though expired"); }));
      CHECK(cache.get(Text{"b"}) == "2");
    }
  }
  if constexpr (ashlar::scannable_tier<TestType> && by_manual_clock) {
    SECTION("iteration hides what has expired") {
      static_cast<void>(cache.put("a", "1", 5s));
      put(cache, "b", "2");
      made->clock.advance(4'000s);
      std::set<Text> seen;
      static_cast<void>(cache.for_each([&](const Text& key, const Text&) { seen.insert(key); }));
      CHECK(seen == std::set<Text>{"b"});
    }
  }
  if constexpr (ashlar::scannable_tier<TestType>) {
    SECTION("removal during iteration: keys gathered in a walk can be removed after it") {
      for (int i = 0; i < 50; ++i) put(cache, "k" + std::to_string(i), "v");
      std::vector<Text> even;
      static_cast<void>(cache.for_each([&](const Text& key, const Text&) {
        if ((key.back() - '0') % 2 == 0) even.push_back(key);
      }));
      for (const Text& key : even) CHECK(plain(cache.erase(key)));
      std::size_t left = 0;
      static_cast<void>(cache.for_each([&](const Text&, const Text&) { ++left; }));
      CHECK(left == 25);
    }
  }
  SECTION("clear leaves nothing, and the cache usable") {
    for (int i = 0; i < 50; ++i) put(cache, "k" + std::to_string(i), "v");
    if constexpr (ashlar::clearable_tier<TestType>) {
      static_cast<void>(cache.clear());
      for (int i = 0; i < 50; ++i) CHECK_FALSE(cache.get("k" + std::to_string(i)));
      put(cache, "k1", "again");
      CHECK(cache.get(Text{"k1"}) == "again");
    }
  }
}

TEMPLATE_TEST_CASE("iteration beside removal shows what stays, once, and nothing that never was", "",
                   (ashlar::MemoryTier<int, int>), (Cache<ashlar::MemoryTier<int, int>>),
                   (Cache<ashlar::MemoryTier<int, int>, ashlar_test::MapTier<int, int>>)) {
  constexpr int all = 600;
  auto cache = [] {
    if constexpr (requires { TestType{entries(2000), 0}; }) {
      return std::make_unique<TestType>(entries(2000), 0);
    } else {
      return std::make_unique<TestType>(entries(2000));
    }
  }();
  for (int i = 0; i < all; ++i) static_cast<void>(cache->put(i, i * 7));
  std::atomic<bool> done{false};
  std::thread remover{[&] {
    for (int i = 1; i < all; i += 2) {
      static_cast<void>(cache->erase(i));
      if (i % 16 == 1) std::this_thread::yield();
    }
    done = true;
  }};
  int strange = 0;
  std::vector<int> seen(all);
  do {
    std::fill(seen.begin(), seen.end(), 0);
    static_cast<void>(cache->for_each([&](int key, int value) {
      strange += key < 0 || key >= all || value != key * 7;
      ++seen[static_cast<std::size_t>(key)];
    }));
    for (std::size_t i = 0; i < seen.size(); ++i) strange += i % 2 == 0 ? seen[i] != 1 : seen[i] > 1;
  } while (!done);
  remover.join();
  CHECK(strange == 0);
  std::size_t left = 0;
  static_cast<void>(cache->for_each([&](int, int) { ++left; }));
  CHECK(left == all / 2);
}

TEST_CASE("a stored nothing is not an absent value") {
  using Maybe = std::optional<int>;
  Cache<ashlar::MemoryTier<int, Maybe>> cache{entries(10)};
  cache.put(1, std::nullopt);
  const std::optional<Maybe> found = cache.get(1);
  REQUIRE(found);
  CHECK_FALSE(found->has_value());
  CHECK(cache.contains(1));
  CHECK_FALSE(cache.get(2).has_value());
  int loads = 0;
  const auto load = [&] {
    ++loads;
    return Maybe{7};
  };
  static_cast<void>(cache.get_or_load(1, [&]() -> std::optional<Maybe> { return load(); }));
  CHECK(loads == 0);
}
