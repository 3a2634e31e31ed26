// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/invalidation/invalidating.hpp>
#include <ashlar/cache/memory_tier.hpp>
#include <ashlar/cache/null_tier.hpp>
#include <ashlar/cache/source_tier.hpp>
#include <ashlar/cache/store_tier.hpp>
#include <ashlar/cache/strategy/cache_aside.hpp>
#include <ashlar/cache/strategy/write_back.hpp>
#include <ashlar/codec/lz4.hpp>
#include <ashlar/store/in_memory.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <future>
#include <latch>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <support/cache_tiers.hpp>

using namespace std::chrono_literals;
using ashlar::Cache;
using ashlar::Invalidating;
using ashlar::InvalidationOptions;
using ashlar::Loaded;
using ashlar::Stamped;
using ashlar::Tagged;
using ashlar::tagged;
using ashlar::Tags;
using ashlar_test::FlakyTier;
using ashlar_test::MapTier;

namespace {

using Entry = Tagged<std::string>;
using Map = MapTier<std::string, Entry>;
using Memory = ashlar::MemoryTier<std::string, Entry, ashlar::ExpirePerEntry<>>;
using Store = ashlar::StoreTier<std::string, Entry, ashlar::InMemory>;

struct OneMap {
  Invalidating<Cache<Map>> cache{0};
};
struct OneMemory {
  Invalidating<Cache<Memory>> cache{ashlar::entries(1000)};
};
struct TwoMaps {
  Invalidating<Cache<Map, Map>> cache{0, 0};
};
struct Aside {
  Invalidating<Cache<Map, Map, ashlar::CacheAside>> cache{0, 0};
};
struct Packed {
  Invalidating<Cache<Memory, Store, ashlar::WriteThrough, ashlar::Lz4>> cache{
      ashlar::entries(1000), [] { return ashlar::StoreTier<std::string, Entry, ashlar::InMemory, ashlar::Lz4>{}; }};
};
struct Deferred {
  Invalidating<Cache<Map, Map, ashlar::WriteBack>> cache{0, 0};
};
struct ThreeMaps {
  Invalidating<Cache<Map, Cache<Map, Map>>> cache{0, [] { return Cache<Map, Map>{0, 0}; }};
};
struct AtOnce {
  Invalidating<Cache<Map, Map>> cache{InvalidationOptions{.max_patterns = 0, .max_names = 0}, 0, 0};
};

template <class C>
void store(C& cache, const std::string& key, const std::string& value, Tags tags = {}) {
  if constexpr (C::can_fail) {
    REQUIRE(cache.put(key, value, std::move(tags)));
  } else {
    cache.put(key, value, std::move(tags));
  }
}
template <class T>
T plain(T answer) {
  return answer;
}
template <class T>
T plain(ashlar::Result<T> answer) {
  return std::move(answer).value();
}

using Found = std::optional<std::string>;

}  // namespace

static_assert(ashlar::tier<Invalidating<Cache<Map, Map>>>);
static_assert(ashlar::expiring_tier<decltype(Packed::cache)> && ashlar::batch_tier<decltype(Packed::cache)>);

TEMPLATE_TEST_CASE("an invalidation reaches what it covers on every level, and nothing else", "", OneMap, OneMemory,
                   TwoMaps, Aside, Packed, Deferred, ThreeMaps, AtOnce) {
  TestType made;
  auto& cache = made.cache;
  store(cache, "order:1:42:a", "x", {"customer:3"});
  store(cache, "order:2:42:b", "y", {"customer:4", "product:9"});
  store(cache, "order:3:43:c", "z", {"customer:3"});
  SECTION("by pattern") {
    cache.invalidate_matching("order:*:42:*");
    CHECK(cache.get("order:1:42:a") == std::nullopt);
    CHECK(cache.peek("order:2:42:b") == std::nullopt);
    CHECK_FALSE(cache.contains("order:2:42:b"));
    CHECK(cache.get("order:3:43:c") == Found{"z"});
  }
  SECTION("by tag") {
    cache.invalidate_tag("customer:3");
    CHECK(cache.get("order:1:42:a") == std::nullopt);
    CHECK(cache.get("order:2:42:b") == Found{"y"});
    CHECK(cache.get("order:3:43:c") == std::nullopt);
    cache.invalidate_tag("product:9");
    CHECK(cache.get("order:2:42:b") == std::nullopt);
  }
  SECTION("everything") {
    cache.invalidate_all();
    CHECK(cache.get("order:1:42:a") == std::nullopt);
    CHECK(cache.get("order:3:43:c") == std::nullopt);
  }
  SECTION("one key up to a moment") {
    const auto when = ashlar::InvalidationLog::next();
    store(cache, "order:2:42:b", "newer");
    cache.invalidate_before("order:1:42:a", when);
    cache.invalidate_before("order:2:42:b", when);
    CHECK(cache.get("order:1:42:a") == std::nullopt);
    CHECK(cache.get("order:2:42:b") == Found{"newer"});
    CHECK(cache.get("order:3:43:c") == Found{"z"});
  }
  SECTION("what is put afterwards stays") {
    cache.invalidate_matching("order:*:42:*");
    cache.invalidate_tag("customer:3");
    store(cache, "order:1:42:a", "new", {"customer:3"});
    CHECK(cache.get("order:1:42:a") == Found{"new"});
    static_cast<void>(plain(cache.maintain()));
    CHECK(cache.get("order:1:42:a") == Found{"new"});
    CHECK(cache.get("order:3:43:c") == std::nullopt);
  }
  SECTION("a sweep removes the copies and leaves nothing pending") {
    const bool at_once = std::is_same_v<TestType, AtOnce>;
    cache.invalidate_matching("order:*:42:*");
    CHECK(cache.log().empty() == at_once);
    CHECK((plain(cache.maintain()) >= 2) == !at_once);
    CHECK(cache.log().empty());
    CHECK(cache.get("order:1:42:a") == std::nullopt);
    CHECK(cache.get("order:3:43:c") == Found{"z"});
    CHECK(plain(cache.maintain()) == 0);
  }
  SECTION("many keys at once") {
    cache.invalidate_tag("customer:3");
    const std::vector<std::string> keys{"order:1:42:a", "order:2:42:b", "order:3:43:c", "none"};
    std::vector<Found> out(4);
    CHECK(cache.get_many(keys, out) == 1);
    CHECK(out == std::vector<Found>{std::nullopt, "y", std::nullopt, std::nullopt});
    int calls = 0;
    cache.get_or_load_many(keys, out, [&](std::span<const std::string> missing) {
      ++calls;
      std::vector<Entry> loaded;
      for (const auto& key : missing) loaded.push_back(tagged("new " + key, {"customer:3"}));
      return loaded;
    });
    CHECK(out == std::vector<Found>{"new order:1:42:a", "y", "new order:3:43:c", "new none"});
    CHECK(calls == 1);
    cache.invalidate_tag("customer:3");
    CHECK(cache.get("none") == std::nullopt);
    CHECK(cache.get("order:2:42:b") == Found{"y"});
  }
  SECTION("a read that loads takes no stale value") {
    cache.invalidate_tag("customer:3");
    CHECK(cache.get_or_load("order:1:42:a", [] { return std::string{"loaded"}; }) == "loaded");
    CHECK(cache.get("order:1:42:a") == Found{"loaded"});
  }
  SECTION("a stale value counts as none for whoever decides by it") {
    cache.invalidate_tag("customer:3");
    CHECK(plain(cache.insert_if_absent("order:1:42:a", "inserted")));
    CHECK_FALSE(plain(cache.insert_if_absent("order:2:42:b", "no")));
    static_cast<void>(cache.compute("order:3:43:c", [](const std::string* current) {
      return std::optional<std::string>{current == nullptr ? "computed" : "wrong"};
    }));
    CHECK(cache.get("order:3:43:c") == Found{"computed"});
    CHECK(plain(cache.compare_and_swap("order:2:42:b", "y", "swapped")));
    cache.invalidate_all();
    CHECK_FALSE(plain(cache.compare_and_swap("order:2:42:b", "swapped", "no")));
  }
}

TEST_CASE("a loader gives tags, alone or with all else it may say") {
  Invalidating<Cache<Memory>> cache{ashlar::entries(100)};
  CHECK(cache.get_or_load("a", [] { return tagged(std::string{"A"}, {"t"}); }) == "A");
  CHECK(cache.get_or_load("b", [](const std::string& key) { return std::optional{tagged(key, {"t"})}; }) == "b");
  CHECK(cache.get_or_load("c", [] { return Loaded<Entry>::found(tagged(std::string{"C"}, {"t"}), 5min); }) == "C");
  CHECK(cache.get_or_load("d", [] { return ashlar::Result<Entry>{tagged(std::string{"D"}, {"t"})}; }).value() == "D");
  CHECK(cache.get_or_load("e", [] { return std::string{"E"}; }) == "E");
  CHECK(cache.get_or_load("f", [] { return Loaded<std::string>::unstored("F"); }) == "F");
  CHECK(cache.get_or_load("g", [] { return std::optional<std::string>{}; }) == std::nullopt);
  CHECK(cache.get_or_load("h", [] { return ashlar::Result<std::optional<Entry>>{tagged(std::string{"H"}, {"t"})}; })
            .value() == "H");
  CHECK(cache.get_or_load("i", [] { return ashlar::Result<std::optional<std::string>>{}; }).value() == std::nullopt);
  CHECK(
      cache
          .get_or_load(
              "j", [] { return ashlar::Result<Loaded<Entry>>{Loaded<Entry>::found(tagged(std::string{"J"}, {"t"}))}; })
          .value() == "J");
  const auto fails = [] {
    return ashlar::Result<std::optional<std::string>>{ashlar::Error{ashlar::ErrorCode::io, ""}};
  };
  CHECK_FALSE(cache.get_or_load("k", fails).has_value());
  const auto left = cache.get_timed("c");
  REQUIRE(left);
  CHECK(left->ttl <= 5min);
  CHECK(left->value == "C");
  cache.invalidate_tag("t");
  for (const char* key : {"a", "b", "c", "d", "f", "g", "h", "i", "j", "k"}) CHECK_FALSE(cache.contains(key));
  CHECK(cache.get("e") == Found{"E"});
}

TEST_CASE("a tag that is invalidated while its entry is loaded beats the load") {
  Invalidating<Cache<Map, Map>> cache{0, 0};
  std::latch begun{1};
  std::latch go{1};
  auto load = std::async(std::launch::async, [&] {
    return cache.get_or_load("k", [&] {
      begun.count_down();
      go.wait();
      return tagged(std::string{"old"}, {"t"});
    });
  });
  begun.wait();
  cache.invalidate_tag("t");
  // Whoever comes after the invalidation joins the load, but does not take what it brings.
  auto later = std::async(std::launch::async,
                          [&] { return cache.get_or_load("k", [] { return tagged(std::string{"new"}, {"t"}); }); });
  go.count_down();
  CHECK(load.get() == "old");
  CHECK(later.get() == "new");
  CHECK(cache.get("k") == Found{"new"});
  static_cast<void>(cache.maintain());
  CHECK(cache.get("k") == Found{"new"});
}

TEST_CASE("a pattern that comes while a key is loaded beats the load, and who comes later loads again") {
  Invalidating<Cache<Map, Map>> cache{0, 0};
  std::latch begun{1};
  std::latch go{1};
  auto load = std::async(std::launch::async, [&] {
    return cache.get_or_load("order:1:42:x", [&] {
      begun.count_down();
      go.wait();
      return std::string{"old"};
    });
  });
  begun.wait();
  cache.invalidate_matching("order:*:42:*");
  CHECK(cache.get_or_load("order:1:42:x", [] { return std::string{"new"}; }) == "new");
  go.count_down();
  CHECK(load.get() == "old");
  CHECK(cache.get("order:1:42:x") == Found{"new"});
  CHECK(cache.lower().get("order:1:42:x")->value == "new");
}

TEST_CASE("a sweep that passes while a key is loaded lets nothing stale come back") {
  Invalidating<Cache<Map, Map>> cache{0, 0};
  std::latch begun{1};
  std::latch go{1};
  auto load = std::async(std::launch::async, [&] {
    return cache.get_or_load("k", [&] {
      begun.count_down();
      go.wait();
      return tagged(std::string{"old"}, {"t"});
    });
  });
  begun.wait();
  cache.invalidate_tag("t");
  static_cast<void>(cache.maintain());
  CHECK(cache.log().empty());
  go.count_down();
  CHECK(load.get() == "old");
  CHECK(cache.get("k") == std::nullopt);
  CHECK(cache.lower().get("k") == std::nullopt);
}

TEST_CASE("that there is no value is forgotten by a pattern that fits") {
  Invalidating<Cache<Memory>> cache{ashlar::entries(100)};
  const auto none = [] { return Loaded<std::string>::nothing(1h); };
  CHECK(cache.get_or_load("product:1", none) == std::nullopt);
  CHECK(cache.get_or_load("customer:1", none) == std::nullopt);
  cache.invalidate_matching("product:*");
  CHECK(cache.get_or_load("product:1", [] { return std::optional{std::string{"now there"}}; }) == "now there");
  CHECK(cache.get_or_load("customer:1", [] { return std::optional{std::string{"not asked"}}; }) == std::nullopt);
}

TEST_CASE("a stale copy above does not hide a fresh value below, which others have put there") {
  Invalidating<Cache<Map, Map>> cache{0, 0};
  cache.put("k", "old");
  cache.invalidate_all();
  cache.lower().put("k", Entry{"fresh", ashlar::InvalidationLog::now(), {}});
  CHECK(cache.get("k") == Found{"fresh"});
  CHECK(cache.get_or_load("k", [] { return std::string{"not asked"}; }) == "fresh");
}

TEST_CASE("an entry that was filled from below keeps its tags and its age") {
  Invalidating<Cache<Map, Map>> cache{0, 0};
  cache.put("k", "v", Tags{"t"});
  CHECK(cache.upper().erase("k"));
  CHECK(cache.get("k") == Found{"v"});
  CHECK(cache.upper().contains("k"));
  cache.invalidate_tag("t");
  CHECK(cache.get("k") == std::nullopt);
}

TEST_CASE("what waits to be written is forgotten when it is stale, and only then") {
  Invalidating<Cache<Map, Map, ashlar::WriteBack>> cache{0, 0, ashlar::WriteBack{.linger = 1h}};
  REQUIRE(cache.put("a:1", "old"));
  REQUIRE(cache.put("b:1", "other"));
  cache.invalidate_matching("a:*");
  REQUIRE(cache.put("a:2", "new"));
  REQUIRE(cache.maintain());
  CHECK(cache.writer().backlog() == 2);
  REQUIRE(cache.flush().complete());
  CHECK(cache.lower().get("a:1") == std::nullopt);
  CHECK(cache.lower().get("a:2")->value == "new");
  CHECK(cache.lower().get("b:1")->value == "other");
}

TEST_CASE("pending invalidations are bounded: one too many and a sweep carries them out") {
  Invalidating<Cache<Map, Map>> cache{InvalidationOptions{.max_patterns = 3, .max_names = 2}, 0, 0};
  for (int i = 0; i < 10; ++i) cache.put(std::to_string(i), "v", Tags{"t" + std::to_string(i)});
  for (int i = 0; i < 3; ++i) cache.invalidate_matching(std::to_string(i));
  CHECK(cache.log().patterns() == 3);
  CHECK(cache.upper().size() == 10);
  cache.invalidate_matching("3");
  CHECK(cache.log().empty());
  CHECK(cache.upper().size() == 6);
  CHECK(cache.lower().size() == 6);
  for (int i = 4; i < 7; ++i) cache.invalidate_tag("t" + std::to_string(i));
  CHECK(cache.log().empty());
  CHECK(cache.upper().size() == 3);
}

TEST_CASE("with no patterns allowed every invalidation is swept at once") {
  Invalidating<Cache<Map, Map>> cache{InvalidationOptions{.max_patterns = 0}, 0, 0};
  cache.put("a", "v", Tags{"t"});
  cache.put("b", "v");
  cache.invalidate_tag("t");
  CHECK(cache.log().empty());
  CHECK(cache.lower().size() == 1);
  cache.invalidate_all();
  CHECK(cache.log().empty());
  CHECK(cache.lower().size() == 0);
}

TEST_CASE("a sweep because of the bounds keeps what is younger than it is told, too") {
  Invalidating<Cache<Map, Map>> cache{InvalidationOptions{.max_patterns = 1, .keep = 1h}, 0, 0};
  const auto before = ashlar::InvalidationLog::now();
  cache.invalidate_matching("a");
  cache.invalidate_matching("b");
  CHECK(cache.log().patterns() <= 1);
  cache.lower().put("a", Entry{"late", before, {}});
  CHECK(cache.get("a") == std::nullopt);
}

TEST_CASE("a value that takes the place of another keeps its tags") {
  Invalidating<Cache<Map, Map>> cache{0, 0};
  for (const char* key : {"computed", "swapped", "put"}) cache.put(key, "old", Tags{"t"});
  cache.compute("computed", [](const std::string*) { return std::optional<std::string>{"new"}; });
  CHECK(cache.compare_and_swap("swapped", "old", "new"));
  cache.put("put", "new");
  cache.invalidate_tag("t");
  CHECK(cache.get("computed") == std::nullopt);
  CHECK(cache.get("swapped") == std::nullopt);
  CHECK(cache.get("put") == Found{"new"});
  // What is stale leaves no tags behind.
  cache.put("computed", "old", Tags{"u"});
  cache.invalidate_matching("computed");
  cache.compute("computed", [](const std::string*) { return std::optional<std::string>{"new"}; });
  cache.invalidate_tag("u");
  CHECK(cache.get("computed") == Found{"new"});
}

namespace {

template <class C>
concept takes_a_lifetime = requires(C& cache, const std::string& text) {
  cache.put_as_of(1, text, text, ashlar::Lifetime{5min});
  cache.put_as_of(1, text, text, Tags{}, ashlar::Lifetime{5min});
};

}  // namespace

TEST_CASE("a value may be as of an earlier moment, with a lifetime only where the tiers can keep one") {
  STATIC_REQUIRE(takes_a_lifetime<Invalidating<Cache<Memory>>>);
  STATIC_REQUIRE_FALSE(takes_a_lifetime<Invalidating<Cache<Map, Map>>>);
  Invalidating<Cache<Memory>> cache{ashlar::entries(100)};
  const auto before = ashlar::InvalidationLog::next();
  cache.invalidate_matching("a");
  cache.put_as_of(before, "a", "late");
  CHECK(cache.get("a") == std::nullopt);
  cache.put_as_of(ashlar::InvalidationLog::now(), "a", "new", Tags{"t"}, 5min);
  const auto found = cache.get_timed("a");
  REQUIRE(found);
  CHECK(found->ttl <= 5min);
  cache.invalidate_tag("t");
  CHECK(cache.get("a") == std::nullopt);
}

TEST_CASE("a source that says how old its values are is read again after an invalidation") {
  std::string value = "old";
  const auto read = [&](const std::string&) {
    return std::optional{Stamped<std::string>{value, ashlar::InvalidationLog::now()}};
  };
  using Source = ashlar::SourceTier<std::string, Stamped<std::string>, ashlar::ReadOnly>;
  Invalidating<Cache<MapTier<std::string, Stamped<std::string>>, Source>> cache{0, read};
  CHECK(cache.get("k") == Found{"old"});
  value = "new";
  cache.invalidate_matching("*");
  CHECK(cache.get("k") == Found{"new"});
}

TEST_CASE("a sweep keeps what is younger than it is told, for what others store late in a shared tier") {
  Invalidating<Cache<Map, Map>> cache{InvalidationOptions{.keep = 1h}, 0, 0};
  const auto before = ashlar::InvalidationLog::now();
  cache.put("k", "old");
  cache.invalidate_matching("k");
  CHECK(cache.maintain() == 2);
  cache.lower().put("k", Entry{"late", before, {}});
  CHECK(cache.get("k") == std::nullopt);
  CHECK(cache.log().patterns() == 1);
}

namespace {

struct FlakyMatching : FlakyTier<Map> {
  using FlakyTier<Map>::FlakyTier;
  FlakyMatching(FlakyMatching&&) noexcept {}
  template <class P>
  ashlar::Result<std::size_t> erase_matching(P&& matches) {
    if (down) return ashlar::Error{ashlar::ErrorCode::io, "down"};
    return inner.erase_matching(matches);
  }
};

}  // namespace

TEST_CASE("a sweep that a tier fails leaves the invalidations pending, and they hold") {
  Invalidating<Cache<Map, FlakyMatching>> cache{0, 0};
  REQUIRE(cache.put("a", "v"));
  cache.invalidate_matching("a");
  cache.lower().down = true;
  CHECK_FALSE(cache.maintain());
  CHECK(cache.log().patterns() == 1);
  cache.lower().down = false;
  CHECK(cache.get("a") == std::nullopt);
  CHECK(cache.maintain());
  CHECK(cache.log().empty());
}

TEST_CASE("bounds that no sweep can keep make everything older stale") {
  Invalidating<Cache<Map, FlakyMatching>> cache{InvalidationOptions{.max_patterns = 1}, 0, 0};
  REQUIRE(cache.put("x", "v"));
  cache.lower().down = true;
  cache.invalidate_matching("a");
  cache.invalidate_matching("b");
  CHECK(cache.log().patterns() == 0);
  cache.lower().down = false;
  CHECK(cache.get("x") == std::nullopt);
}

namespace {

// What is erased comes back as often as it is told, as from a read that began before the removal.
class Haunted : public Map {
 public:
  using Map::Map;
  bool erase(const std::string& key) {
    const auto former = peek(key);
    const bool erased = Map::erase(key);
    if (former && returns > 0) {
      --returns;
      put(key, *former);
    }
    return erased;
  }
  int returns = 0;
};

}  // namespace

TEST_CASE("a stale value that comes back while a key is inserted does not count as there") {
  Invalidating<Cache<Haunted>> cache{0};
  cache.put("k", "stale");
  cache.invalidate_matching("k");
  cache.upper().returns = GENERATE(0, 1, 2, 1'000);
  CHECK(cache.insert_if_absent("k", "new"));
  CHECK(cache.get("k") == Found{"new"});
  CHECK_FALSE(cache.insert_if_absent("k", "newer"));
  CHECK(cache.get("k") == Found{"new"});
}

TEST_CASE("a key is inserted over what is stale in a tier that refuses to remove it") {
  Invalidating<Cache<Map, FlakyTier<Map>>> cache{0, 0};
  REQUIRE(cache.put("k", "stale"));
  REQUIRE(cache.put("other", "fresh"));
  cache.invalidate_matching("k");
  cache.lower().before = [&cache](const char* what) { cache.lower().down = std::string_view{what} == "erase"; };
  CHECK(cache.insert_if_absent("k", "new").value());
  CHECK(cache.get("k") == Found{"new"});
  CHECK_FALSE(cache.insert_if_absent("k", "newer").value());
  CHECK_FALSE(cache.insert_if_absent("other", "newer").value());
  CHECK(cache.get("other") == Found{"fresh"});
}

TEST_CASE("a value that comes while a key is inserted stays, whenever it comes") {
  // The k-th read of the insertion finds a new value, and from then on the tier lets go of what it has.
  for (int k = 1;; ++k) {
    int reads = 0;
    using Nothing = ashlar::NullTier<std::string, Entry>;
    Invalidating<Cache<Nothing, FlakyTier<Map>>> cache{Nothing{}, 0};
    auto& shared = cache.lower();
    REQUIRE(cache.put("k", "stale"));
    cache.invalidate_matching("k");
    shared.before = [&](const char* what) {
      if (std::string_view{what} == "get" && ++reads == k) {
        shared.inner.put("k", Entry{"new", ashlar::InvalidationLog::next(), {}});
      }
      shared.down = reads < k && std::string_view{what} == "erase";
    };
    const bool inserted = cache.insert_if_absent("k", "mine").value();
    shared.before = [](const char*) {};
    shared.down = false;
    INFO("read " << k);
    if (reads < k) {
      CHECK(inserted);
      CHECK(cache.get("k") == Found{"mine"});
      CHECK(k > 6);
      break;
    }
    CHECK_FALSE(inserted);
    CHECK(cache.get("k") == Found{"new"});
  }
}

TEST_CASE("stamps alone serve patterns, with plain values that are read without a lock") {
  Invalidating<Cache<ashlar::MemoryTier<std::string, Stamped<int>>>> cache{ashlar::entries(100)};
  cache.put("a:1", 1);
  cache.put("b:1", 2);
  cache.invalidate_matching("a:*");
  CHECK(cache.get("a:1") == std::nullopt);
  CHECK(cache.get(std::string_view{"b:1"}) == 2);
  int seen = 0;
  CHECK(cache.visit("b:1", [&](int value) { seen = value; }));
  CHECK(seen == 2);
  const std::array<std::pair<std::string, int>, 2> pairs{{{"p", 1}, {"q", 2}}};
  cache.put_many(pairs);
  std::vector<std::string> keys;
  cache.for_each([&](const std::string& key, int) { keys.push_back(key); });
  CHECK(keys.size() == 3);
}

TEST_CASE("keys that are no text have tags all the same") {
  Invalidating<Cache<MapTier<int, Tagged<int>>>> cache{0};
  cache.put(1, 10, Tags{"odd"});
  cache.put(2, 20, Tags{"even"});
  cache.invalidate_tag("odd");
  CHECK(cache.get(1) == std::nullopt);
  CHECK(cache.get(2) == 20);
  CHECK(cache.maintain() <= 1);
  cache.invalidate_all();
  CHECK(cache.get(2) == std::nullopt);
}

TEST_CASE("a read that begins after an invalidation never sees what is older, whatever runs beside it") {
  Invalidating<Cache<Memory, Map>> cache{InvalidationOptions{.max_patterns = 4}, ashlar::entries(64), 0};
  // The source: a number that only grows. An invalidation follows each change.
  std::atomic<int> source{0};
  std::atomic<int> wrong{0};
  std::atomic<bool> stop{false};
  const auto load = [&] { return tagged(std::to_string(source.load()), {"t"}); };
  std::vector<std::thread> readers;
  std::atomic<int> promised{0};
  for (int t = 0; t < 2; ++t) {
    readers.emplace_back([&, t] {
      const std::string key = t == 0 ? "k:1" : "k:2";
      while (!stop) {
        const int least = promised.load();
        if (std::stoi(cache.get_or_load(key, load)) < least) ++wrong;
        const int again = promised.load();
        if (const auto hit = cache.get(key); hit && std::stoi(*hit) < again) ++wrong;
      }
    });
  }
  for (int i = 1; i <= 300; ++i) {
    source = i;
    switch (i % 4) {
      case 0: cache.invalidate_tag("t"); break;
      case 1: cache.invalidate_matching("k:*"); break;
      case 2: cache.invalidate_all(); break;
      default: cache.invalidate_matching("k:?"); static_cast<void>(cache.maintain());
    }
    promised = i;
  }
  stop = true;
  for (auto& reader : readers) reader.join();
  CHECK(wrong == 0);
}
