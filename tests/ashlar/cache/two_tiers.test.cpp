// SPDX-License-Identifier: BSL-1.0
// What two tiers owe each other, case by case. What a bus adds is in invalidation/coherent.test.cpp.
#include <support/catch.hpp>

#include <ashlar/cache/cache.hpp>
#include <ashlar/cache/memory_tier.hpp>
#include <ashlar/cache/regions/regions.hpp>
#include <ashlar/cache/set_key.hpp>
#include <ashlar/cache/store_tier.hpp>
#include <ashlar/cache/strategy/cache_aside.hpp>
#include <ashlar/cache/strategy/write_back.hpp>
#include <ashlar/core/clock.hpp>
#include <ashlar/store/in_memory.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <support/cache_tiers.hpp>

using namespace std::chrono_literals;
using ashlar::Cache;
using ashlar::WriteBack;
using ashlar_test::ExpiringMapTier;
using ashlar_test::FlakyTier;
using ashlar_test::MapTier;

namespace {

using Map = MapTier<std::string, int>;
using Flaky = FlakyTier<Map>;
using Expiring = ExpiringMapTier<std::string, int>;

}  // namespace

TEST_CASE("a hit below fills the upper tier with the time that is left") {
  ashlar::ManualClock clock;
  Cache<Expiring, Expiring> cache{clock, clock};
  cache.put("k", 1, 10s);
  cache.upper().erase("k");
  clock.advance(4s);
  CHECK(cache.get("k") == 1);
  const auto above = cache.upper().get_timed("k");
  REQUIRE(above);
  CHECK(above->ttl == 6s);
  clock.advance(6s);
  CHECK(cache.get("k") == std::nullopt);
}

namespace {

// Counts the insertions that it is asked to make in one step.
class Inserting : public ashlar::StoreTier<std::string, int, ashlar::InMemory> {
  using Base = ashlar::StoreTier<std::string, int, ashlar::InMemory>;

 public:
  auto insert_if_absent(const std::string& key, const int& value) {
    ++insertions;
    return Base::insert_if_absent(key, value);
  }
  int insertions = 0;
};

}  // namespace

TEST_CASE("an insertion is left to a lower tier that makes it in one step, unless it says how long the value lives") {
  Cache<ashlar::MemoryTier<std::string, int, ashlar::ExpirePerEntry<>>, Inserting> cache{ashlar::entries(10),
                                                                                         [] { return Inserting{}; }};
  CHECK(cache.insert_if_absent("plain", 1).value());
  CHECK(cache.insert_if_absent("none", 1, ashlar::Lifetime{}).value());
  CHECK(cache.lower().insertions == 2);
  CHECK_FALSE(cache.insert_if_absent("none", 2, ashlar::Lifetime{}).value());
  CHECK(cache.get_timed("none")->ttl == ashlar::forever);

  CHECK(cache.insert_if_absent("timed", 1, 1min).value());
  CHECK_FALSE(cache.insert_if_absent("timed", 2, 1h).value());
  CHECK(cache.lower().insertions == 3);
  CHECK(cache.get("timed") == 1);
  CHECK(cache.get_timed("timed")->ttl <= 1min);
  CHECK(cache.lower().get_timed("timed").value()->ttl <= 1min);
}

TEST_CASE("a lower tier that is down: a read is a miss, is counted, and a load goes on") {
  Cache<Map, Flaky> cache{0, 0};
  REQUIRE(cache.put("k", 1));
  cache.upper().erase("k");
  cache.lower().down = true;
  CHECK(cache.get("k") == std::nullopt);
  CHECK(cache.get_or_load("k", [] { return 2; }) == 2);
  CHECK(cache.get("k") == 2);
  CHECK(cache.stats().errors_below >= 2);
}

TEST_CASE("a lower tier that is down: a write is reported, and nobody sees what was not written") {
  Cache<Map, Flaky> cache{0, 0};
  REQUIRE(cache.put("k", 1));
  cache.lower().down = true;
  CHECK_FALSE(cache.put("k", 2));
  CHECK(cache.get("k") == std::nullopt);
  cache.lower().down = false;
  CHECK(cache.get("k") == 1);
}

TEST_CASE("a lower tier that is down: a removal is reported, and the upper copy is gone") {
  Cache<Map, Flaky> cache{0, 0};
  REQUIRE(cache.put("k", 1));
  cache.lower().down = true;
  CHECK_FALSE(cache.erase("k"));
  CHECK_FALSE(cache.upper().contains("k"));
}

TEST_CASE("an upper entry that is newer than the lower one is what a read gets, until the lower has it") {
  Cache<Map, Flaky, WriteBack> cache{0, 0, WriteBack{.linger = 1h}};
  REQUIRE(cache.lower().inner.insert_if_absent("k", 1));
  REQUIRE(cache.put("k", 2));
  CHECK(cache.get("k") == 2);
  cache.upper().erase("k");
  CHECK(cache.get("k") == 2);
  CHECK(cache.lower().inner.peek("k") == 1);
  REQUIRE(cache.flush().complete());
  CHECK(cache.lower().inner.peek("k") == 2);
}

TEST_CASE("of the writes that wait for a tier that is down, the last of a key is kept") {
  Cache<Map, Flaky, WriteBack> cache{0, 0, WriteBack{.linger = 1h}};
  cache.lower().down = true;
  for (int i = 1; i <= 5; ++i) REQUIRE(cache.put("k", i));
  CHECK(cache.writer().backlog() == 1);
  CHECK_FALSE(cache.flush().complete());
  cache.lower().down = false;
  const int before = cache.lower().inner.writes;
  REQUIRE(cache.flush().complete());
  CHECK(cache.lower().inner.writes == before + 1);
  CHECK(cache.lower().inner.peek("k") == 5);
}

TEST_CASE("a write whose time passed while it waited leaves nothing below") {
  using Memory = ashlar::MemoryTier<std::string, int, ashlar::ExpirePerEntry<>>;
  using Lasting = ashlar::MemoryTier<std::string, int, ashlar::ExpirePerEntry<>, ashlar::Unbounded>;
  Cache<Memory, Lasting, WriteBack> cache{ashlar::entries(10), [] { return Lasting{}; }, WriteBack{.linger = 1h}};
  REQUIRE(cache.put("k", 1, 1ms));
  std::this_thread::sleep_for(5ms);
  REQUIRE(cache.flush().complete());
  CHECK(cache.lower().get("k") == std::nullopt);
  CHECK(cache.get("k") == std::nullopt);
}

TEST_CASE("a value too heavy for the upper tier is served from below, and evicts nothing") {
  using Memory = ashlar::MemoryTier<std::string, std::string, ashlar::WeighBytes>;
  Cache<Memory, MapTier<std::string, std::string>> cache{ashlar::bytes(4096), 0};
  cache.put("small", "s");
  cache.put("large", std::string(100'000, 'x'));
  CHECK(cache.get("large") == std::string(100'000, 'x'));
  CHECK_FALSE(cache.upper().contains("large"));
  CHECK(cache.upper().contains("small"));
}

namespace {

using Lower = ashlar::StoreTier<std::string, std::vector<std::byte>, ashlar::InMemory>;
using Caches = ashlar::Regions<ashlar::Region<"diagnosis", int>, ashlar::Region<"stock", int>>;

}  // namespace

TEST_CASE("regions over one lower tier are emptied each for itself, by prefix") {
  Caches caches{ashlar::bytes(1 << 20)};
  REQUIRE(caches.put<"diagnosis">("1", 1));
  REQUIRE(caches.put<"stock">("1", 2));
  caches.invalidate("diagnosis:*");
  CHECK_FALSE(caches.contains<"diagnosis">("1"));
  CHECK(caches.sweep());
  CHECK_FALSE(caches.lower().contains("diagnosis:1").value());
  CHECK(caches.get<"stock">("1") == 2);
}

TEST_CASE("a value below that cannot be decoded is a miss, and the next load mends it") {
  Caches caches{ashlar::bytes(1 << 20)};
  REQUIRE(caches.lower().put("stock:1", {std::byte{255}, std::byte{255}}));
  CHECK(caches.get<"stock">("1") == std::nullopt);
  CHECK(caches.get_or_load<"stock">("1", [] { return 7; }) == 7);
  Caches* same = &caches;
  CHECK(same->get<"stock">("1") == 7);
  CHECK(caches.stats<"stock">().cache.errors_below >= 1);
}

TEST_CASE("a region's key may be a set: any order of its members finds the entry, and a member's pattern drops it") {
  Caches caches{ashlar::bytes(1 << 20)};
  REQUIRE(caches.put<"diagnosis">(ashlar::set_key({7, 42, 3}) + ":2025-01", 1));
  REQUIRE(caches.put<"diagnosis">(ashlar::set_key({7, 420}) + ":2025-01", 2));
  CHECK(caches.get<"diagnosis">(ashlar::set_key({42, 3, 7, 7}) + ":2025-01") == 1);
  caches.invalidate("diagnosis:" + ashlar::having_member(42) + ":*");
  CHECK_FALSE(caches.contains<"diagnosis">(ashlar::set_key({3, 7, 42}) + ":2025-01"));
  CHECK(caches.contains<"diagnosis">(ashlar::set_key({420, 7}) + ":2025-01"));
}
