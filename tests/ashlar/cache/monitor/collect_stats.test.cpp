// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/cache.hpp>
#include <ashlar/cache/circuit_breaker.hpp>
#include <ashlar/cache/eviction/lru.hpp>
#include <ashlar/cache/memory_tier.hpp>
#include <ashlar/cache/monitor/collect_stats.hpp>
#include <ashlar/cache/regions/regions.hpp>
#include <ashlar/cache/store_tier.hpp>
#include <ashlar/cache/strategy/cache_aside.hpp>
#include <ashlar/cache/strategy/write_back.hpp>
#include <ashlar/store/in_memory.hpp>

#include <support/cache_tiers.hpp>

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using ashlar::collect_stats;
using ashlar::StatsNode;
namespace metrics = ashlar::metrics;

namespace {

using Counting = ashlar::MemoryTier<std::string, std::string, ashlar::CountHits>;
using Store = ashlar::StoreTier<std::string, std::string, ashlar::InMemory>;

struct OwnTier {
  using key_type = std::string;
  using mapped_type = std::string;
  static constexpr ashlar::MetricInfo pings{"pings", "Round trips."};
  std::optional<std::string> get(const std::string&) { return std::nullopt; }
  void put(const std::string&, const std::string&) {}
  bool erase(const std::string&) { return false; }
  void report(StatsNode& node) const { node.add(pings, 7); }
};

}  // namespace

TEST_CASE("statistics of two levels count every read once, on the level that served it") {
  ashlar::Cache<Counting, Store> cache{ashlar::entries(100), [] { return Store{}; }};
  for (int i = 0; i < 10; ++i) CHECK(cache.put(std::to_string(i), "value"));
  for (int i = 0; i < 6; ++i) CHECK(cache.get(std::to_string(i)));  // above
  cache.upper().clear();
  for (int i = 0; i < 4; ++i) CHECK(cache.get(std::to_string(i)));  // below
  for (int i = 20; i < 23; ++i) CHECK_FALSE(cache.get(std::to_string(i)));
  const StatsNode node = collect_stats(cache);
  CHECK(node.kind == "Cache");
  CHECK(node.own(metrics::hits) == 10.0);
  CHECK(node.own(metrics::hits_below) == 4.0);
  CHECK(node.own(metrics::misses) == 3.0);
  CHECK(node.hit_ratio() == Approx(10.0 / 13));
  const StatsNode* const upper = node.find("upper");
  REQUIRE(upper);
  CHECK(upper->kind == "MemoryTier");
  CHECK(upper->own(metrics::hits) == 6.0);
  CHECK(upper->own(metrics::entries) == 4.0);
  CHECK(upper->own(metrics::entries_allowed) == 100.0);
  const StatsNode* const lower = node.find("lower");
  REQUIRE(lower);
  CHECK(lower->kind == "StoreTier");
  CHECK(lower->own(metrics::writes) == 10.0);
  CHECK(lower->own(metrics::hits) == 4.0);
}

TEST_CASE("what a tier does not count is absent, not zero") {
  ashlar::Cache<ashlar::MemoryTier<int, int>> cache{ashlar::entries(100)};
  static_cast<void>(cache.get(1));
  const StatsNode node = collect_stats(cache);
  CHECK_FALSE(node.own(metrics::hits));
  CHECK(node.own(metrics::misses) == 1.0);
  CHECK_FALSE(node.hit_ratio());
  CHECK_FALSE(node.parts[0].own(metrics::hits));
  CHECK(node.parts.size() == 1);  // the null tier below is no part
}

TEST_CASE("loads are counted and timed, failed ones too") {
  ashlar::Cache<Counting> cache{ashlar::entries(100)};
  static_cast<void>(cache.get_or_load("a", [] {
    std::this_thread::sleep_for(2ms);
    return std::string{"1"};
  }));
  static_cast<void>(cache.get_or_load("a", [] { return std::string{"2"}; }));
  CHECK_THROWS(cache.get_or_load("b", []() -> std::string { throw std::runtime_error{"no"}; }));
  const StatsNode node = collect_stats(cache);
  CHECK(node.own(metrics::loads) == 1.0);
  CHECK(node.own(metrics::failed_loads) == 1.0);
  CHECK(node.own(metrics::hits) == 1.0);
  CHECK(node.own(metrics::misses) == 2.0);
  REQUIRE(node.load_times);
  CHECK(node.load_times->count() == 2);
  CHECK(node.load_times->quantile(1.0) >= 1900us);
}

TEST_CASE("evictions and removals are told by cause, and bytes where bytes are weighed") {
  using Weighing = ashlar::MemoryTier<int, std::string, ashlar::WeighBytes, ashlar::Lru, ashlar::SingleThreaded>;
  Weighing tier{ashlar::bytes(2000)};
  for (int i = 0; i < 30; ++i) tier.put(i, std::string(100, 'x'));
  tier.put(29, std::string(50, 'y'));
  tier.erase(29);
  static_cast<void>(tier.put(99, std::string(5000, 'x')));
  const StatsNode node = collect_stats(tier, "memory");
  CHECK(node.name == "memory");
  CHECK(node.own(metrics::inserted) == 30.0);
  CHECK(node.own(metrics::evicted) == 30.0 - static_cast<double>(tier.size()) - 1);
  CHECK(node.own(metrics::replaced) == 1.0);
  CHECK(node.own(metrics::erased) == 1.0);
  CHECK(node.own(metrics::refused) == 1.0);
  CHECK(node.own(metrics::bytes) == static_cast<double>(tier.weight()));
  CHECK(node.own(metrics::bytes_allowed) == 2000.0);
}

TEST_CASE("nested caches, circuit breakers, strategies that write later and tiers of one's own report themselves") {
  using Inner = ashlar::Cache<Counting, ashlar::CircuitBreaker<OwnTier>, ashlar::WriteBack>;
  ashlar::Cache<Counting, Inner> cache{ashlar::entries(10), [] { return Inner{ashlar::entries(10), OwnTier{}}; }};
  CHECK(cache.put("a", "1"));
  CHECK(cache.flush().complete());
  const StatsNode node = collect_stats(cache, "products");
  CHECK(node.name == "products");
  const StatsNode* const breaker = node.find("lower/lower");
  REQUIRE(breaker);
  CHECK(breaker->kind == "CircuitBreaker");
  CHECK(breaker->own(metrics::breaker_open) == 0.0);
  CHECK(breaker->own(metrics::breaker_refused) == 0.0);
  const StatsNode* const own = node.find("lower/lower/inner");
  REQUIRE(own);
  CHECK(own->kind == "OwnTier");
  CHECK(own->own(OwnTier::pings) == 7.0);
  const StatsNode* const later = node.find("lower");
  REQUIRE(later);
  CHECK(later->own(metrics::queued) == 1.0);
  CHECK(later->own(metrics::written_later) == 1.0);
  CHECK(later->own(metrics::backlog) == 0.0);
}

TEST_CASE("a table of regions reports every region and the memory they share") {
  ashlar::Regions<ashlar::Region<"product", std::string>,
                  ashlar::Region<"stock", int, ashlar::CacheAside, ashlar::ttl(1min), ashlar::no_local>>
      caches{ashlar::bytes(1 << 20)};
  CHECK(caches.put<"product">("1", "Amboss"));
  CHECK(caches.get<"product">("1"));
  CHECK_FALSE(caches.get<"stock">("1"));
  const StatsNode node = collect_stats(caches, "erp");
  CHECK(node.kind == "Regions");
  CHECK(node.own(metrics::bytes_allowed) == double{1 << 20});
  CHECK(node.own(metrics::bytes).value_or(0) > 0);
  REQUIRE(node.find("product"));
  CHECK(node.find("product")->kind == "Region");
  CHECK(node.find("product")->own(metrics::hits) == 1.0);
  REQUIRE(node.find("stock"));
  CHECK(node.find("stock")->own(metrics::hits) == 0.0);
  CHECK(node.find("stock")->own(metrics::misses) == 1.0);
  REQUIRE(node.find("lower"));
  CHECK(node.find("lower")->kind == "StoreTier");
}

TEST_CASE("a store tells what its compression saved") {
  using Packed = ashlar::StoreTier<std::string, std::string, ashlar::InMemory, ashlar::Lz4>;
  Packed store;
  CHECK(store.put("a", std::string(10'000, 'x')));
  CHECK(store.insert_if_absent("b", std::string(10'000, 'y')).value());
  CHECK_FALSE(store.insert_if_absent("b", std::string(10'000, 'y')).value());
  const StatsNode node = collect_stats(store);
  CHECK(node.own(metrics::object_bytes).value_or(0) >= 20'000.0);
  CHECK(node.own(metrics::object_bytes).value_or(0) < 21'000.0);
  CHECK(node.own(metrics::compression_ratio).value_or(1) < 0.05);
}

TEST_CASE("statistics may be collected while others read and write") {
  ashlar::Cache<Counting, Store, ashlar::WriteBack> cache{ashlar::entries(50), [] { return Store{}; }};
  std::vector<std::jthread> users;
  for (int t = 0; t < 2; ++t) {
    users.emplace_back([&cache] {
      for (int i = 0; i < 300; ++i) {
        static_cast<void>(cache.get_or_load(std::to_string(i % 80), [] { return std::string{"v"}; }));
      }
    });
  }
  double last = 0;
  for (int i = 0; i < 20; ++i) {
    const double reads = *collect_stats(cache).own(metrics::misses);
    CHECK(reads >= last);
    last = reads;
  }
}
