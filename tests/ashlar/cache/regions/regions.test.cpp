// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/regions/regions.hpp>
#include <ashlar/cache/strategy/cache_aside.hpp>
#include <ashlar/cache/strategy/write_back.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <latch>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using ashlar::Region;

namespace {

struct Product {
  std::string name;
  double price = 0;
  bool operator==(const Product&) const = default;
};
struct Report {
  std::vector<double> figures;
  bool operator==(const Report&) const = default;
};

using Caches = ashlar::Regions<Region<"product_info", Product, ashlar::WriteThrough, ashlar::ttl(5min)>,
                               Region<"inventory", int, ashlar::CacheAside, ashlar::ttl(1min), ashlar::no_local>,
                               Region<"finance_report", Report, ashlar::WriteBack, ashlar::ttl(30min)>>;

constexpr ashlar::Bytes budget = ashlar::bytes(1 << 20);

std::string copy(std::string_view text) { return std::string{text}; }

}  // namespace

TEST_CASE("each region keeps its own type under its own keys") {
  Caches caches{budget};
  REQUIRE(caches.put<"product_info">("42", {"anvil", 9.5}));
  REQUIRE(caches.put<"inventory">("42", 7));
  REQUIRE(caches.put<"finance_report">("42", {{1, 2, 3}}));
  CHECK(caches.get<"product_info">("42") == Product{"anvil", 9.5});
  CHECK(caches.get<"inventory">("42") == 7);
  CHECK(caches.get<"finance_report">("42") == Report{{1, 2, 3}});
  CHECK(caches.get<"inventory">("43") == std::nullopt);
  CHECK(caches.erase<"inventory">("42").value());
  CHECK_FALSE(caches.contains<"inventory">("42"));
  CHECK(caches.contains<"product_info">("42"));
}

TEST_CASE("a region without local copies keeps nothing in memory; the others share a budget") {
  Caches caches{budget};
  REQUIRE(caches.put<"inventory">("42", 7));
  CHECK(caches.bytes_in_use() == 0);
  CHECK(caches.get<"inventory">("42") == 7);
  CHECK(caches.bytes_in_use() == 0);
  REQUIRE(caches.put<"product_info">("42", {"anvil", 9.5}));
  CHECK(caches.bytes_in_use() > sizeof(Product));
  for (int i = 0; i < 20'000; ++i) {
    REQUIRE(caches.put<"product_info">(std::to_string(i), {std::string(100, 'x'), 1}));
  }
  CHECK(caches.bytes_in_use() <= caches.bytes_allowed());
  CHECK(caches.get<"product_info">("3") == Product{std::string(100, 'x'), 1});  // from below, where it was evicted
}

TEST_CASE("values live as their region says, spread by the jitter") {
  Caches caches{budget};
  for (int i = 0; i < 50; ++i) REQUIRE(caches.put<"product_info">(std::to_string(i), {"p", 1}));
  std::chrono::nanoseconds least = ashlar::forever;
  std::chrono::nanoseconds most{0};
  for (int i = 0; i < 50; ++i) {
    const auto left = caches.region<"product_info">().get_timed("product_info:" + std::to_string(i));
    REQUIRE(left);
    least = std::min(least, left->ttl);
    most = std::max(most, left->ttl);
  }
  CHECK(least >= 239s);
  CHECK(most <= 360s);
  CHECK(most - least > 30s);
  REQUIRE(caches.put<"product_info">("short", {"p", 1}, 1ms));
  std::this_thread::sleep_for(5ms);
  CHECK(caches.get<"product_info">("short") == std::nullopt);
}

TEST_CASE("a loader of a region brings a value, perhaps nothing, or says more") {
  Caches caches{budget};
  CHECK(caches.get_or_load<"inventory">("1", [](std::string_view key) { return static_cast<int>(key.size()); }) == 1);
  CHECK(caches.get_or_load<"inventory">("1", [] { return 99; }) == 1);
  CHECK(caches.get_or_load<"inventory">("2", [] { return std::optional<int>{}; }) == std::nullopt);
  CHECK(caches.get_or_load<"inventory">("3", [] { return ashlar::Loaded<int>::unstored(5); }) == 5);
  CHECK_FALSE(caches.contains<"inventory">("3"));
  const auto left = caches.region<"inventory">().get_timed("inventory:1");
  REQUIRE(left);
  CHECK(left->ttl <= 72s);
}

TEST_CASE("a pattern invalidates in every tier and region, also what waits to be written and what is being loaded") {
  Caches caches{budget};
  REQUIRE(caches.put<"product_info">("42:de", {"Amboss", 9.5}));
  REQUIRE(caches.put<"product_info">("43:de", {"Bolzen", 1}));
  REQUIRE(caches.put<"inventory">("hall1:42:a", 7));
  REQUIRE(caches.put<"finance_report">("42:2024", {{1}}));
  std::latch begun{1};
  std::latch go{1};
  auto load = std::async(std::launch::async, [&] {
    return caches.get_or_load<"product_info">("42:fr", [&] {
      begun.count_down();
      go.wait();
      return Product{"enclume", 9};
    });
  });
  begun.wait();
  caches.invalidate("*:42:*");
  go.count_down();
  CHECK(load.get().name == "enclume");
  CHECK_FALSE(caches.contains<"product_info">("42:fr"));
  CHECK_FALSE(caches.contains<"product_info">("42:de"));
  CHECK_FALSE(caches.contains<"inventory">("hall1:42:a"));
  CHECK_FALSE(caches.contains<"finance_report">("42:2024"));
  CHECK(caches.contains<"product_info">("43:de"));
  CHECK(caches.flush().complete());
  CHECK_FALSE(caches.contains<"finance_report">("42:2024"));
  CHECK(caches.sweep().has_value());
  CHECK(caches.log().empty());
  CHECK_FALSE(caches.lower().contains("inventory:hall1:42:a").value());
  CHECK_FALSE(caches.contains<"finance_report">("42:2024"));
  CHECK(caches.contains<"product_info">("43:de"));
}

TEST_CASE("a tag invalidates across regions, put by hand or by a loader") {
  Caches caches{budget};
  REQUIRE(caches.put<"product_info">("1", {"a", 1}, ashlar::Tags{"supplier:7"}));
  CHECK(caches.get_or_load<"inventory">("1", [] { return ashlar::tagged(5, {"supplier:7"}); }) == 5);
  CHECK(caches.get_or_load<"inventory">("2", [] { return std::optional{ashlar::tagged(6, {"supplier:8"})}; }) == 6);
  REQUIRE(caches.put<"finance_report">("1", {{1}}, ashlar::Tags{"supplier:7"}, 10min));
  caches.invalidate_tag("supplier:7");
  CHECK(caches.get<"product_info">("1") == std::nullopt);
  CHECK(caches.get<"inventory">("1") == std::nullopt);
  CHECK(caches.get<"inventory">("2") == 6);
  CHECK(caches.get<"finance_report">("1") == std::nullopt);
  CHECK(caches.maintain().has_value());
  CHECK(caches.lower().size().value() == 1);
}

TEST_CASE("invalidations of regions are bounded by a sweep") {
  Caches caches{budget, {}, ashlar::InvalidationOptions{.max_patterns = 2}};
  for (int i = 0; i < 4; ++i) REQUIRE(caches.put<"product_info">(std::to_string(i), {"p", 1}));
  for (int i = 0; i < 2; ++i) caches.invalidate("product_info:" + std::to_string(i));
  CHECK(caches.log().patterns() == 2);
  CHECK(caches.lower().size().value() == 4);
  caches.invalidate("product_info:2");
  CHECK(caches.log().empty());
  CHECK(caches.lower().size().value() == 1);
  CHECK(caches.get<"product_info">("3") == Product{"p", 1});
}

TEST_CASE("each region is counted, and can be visited") {
  Caches caches{budget};
  REQUIRE(caches.put<"product_info">("1", {"p", 1}));
  CHECK(caches.get<"product_info">("1"));
  CHECK_FALSE(caches.get<"product_info">("2"));
  const auto stats = caches.stats<"product_info">();
  CHECK(stats.name == "product_info");
  CHECK(stats.hits_above == 1);
  CHECK(stats.cache.misses == 1);
  CHECK(stats.hit_ratio() == 0.5);
  CHECK(caches.stats().size() == 3);
  std::vector<std::string> names;
  caches.for_each_region([&](std::string_view name, auto& cache) {
    names.push_back(copy(name));
    static_cast<void>(cache.stats());
  });
  CHECK(names == std::vector<std::string>{"product_info", "inventory", "finance_report"});
}

TEST_CASE("the lower tier may be any store of bytes, and what goes there may be packed") {
  using Lower = ashlar::StoreTier<std::string, std::vector<std::byte>, ashlar::InMemory>;
  ashlar::Regions<ashlar::Over<Lower>, Region<"a", int>, ashlar::PackWith<ashlar::NoCompression>> caches{
      budget, [] { return Lower{}; }};
  REQUIRE(caches.put<"a">("x", 5));
  CHECK(caches.lower().contains("a:x").value());
  // Bytes that are no value are a miss that is counted.
  REQUIRE(caches.lower().put("a:y", {std::byte{255}, std::byte{255}}));
  CHECK(caches.get<"a">("y") == std::nullopt);
  CHECK(caches.stats<"a">().cache.errors_below == 1);
}

namespace {

using Bytes = std::vector<std::byte>;
// A store that runs a function once, before the next look.
class Interrupted : public ashlar::StoreTier<std::string, Bytes, ashlar::InMemory> {
  using Base = ashlar::StoreTier<std::string, Bytes, ashlar::InMemory>;

 public:
  explicit Interrupted(std::function<void()>& once) : once_{&once} {}
  ashlar::Result<std::optional<ashlar::Timed<Bytes>>> get_timed(const std::string& key) {
    auto found = Base::get_timed(key);
    if (const auto once = std::exchange(*once_, nullptr)) once();
    return found;
  }

 private:
  std::function<void()>* once_;
};

}  // namespace

TEST_CASE("what insert_if_absent finds keeps its moment, its tags and its time, also where it came a moment ago") {
  using Table = ashlar::Regions<ashlar::Over<Interrupted>, Region<"a", int, ashlar::WriteThrough, ashlar::ttl(5min)>>;
  std::function<void()> once;
  Table caches{budget, [&] { return Interrupted{once}; }, ashlar::Jitter{0}};
  CHECK(caches.insert_if_absent<"a">("y", 1, 1min).value());
  CHECK(caches.region<"a">().get_timed("a:y")->ttl <= 1min);
  CHECK_FALSE(caches.insert_if_absent<"a">("y", 2, 1h).value());
  CHECK(caches.get<"a">("y") == 1);
  CHECK(caches.region<"a">().get_timed("a:y")->ttl <= 1min);

  REQUIRE(caches.put<"a">("tagged", 1, ashlar::Tags{"kept"}));
  const ashlar::InvalidationStamp after_put = ashlar::InvalidationLog::next();
  CHECK_FALSE(caches.insert_if_absent<"a">("tagged", 2).value());
  SECTION("its tags") {
    caches.invalidate_tag("kept");
    CHECK_FALSE(caches.contains<"a">("tagged"));
  }
  SECTION("its moment") {
    caches.invalidate("a:tagged", after_put);
    CHECK_FALSE(caches.contains<"a">("tagged"));
  }

  // A write comes as soon as nothing was found: it is seen, or it comes after.
  std::future<ashlar::InvalidationStamp> put;
  once = [&] {
    put = std::async(std::launch::async, [&] {
      static_cast<void>(caches.put<"a">("x", 1, ashlar::Tags{"tag"}, 2min));
      return ashlar::InvalidationLog::next();
    });
    put.wait_for(50ms);
  };
  CHECK(caches.insert_if_absent<"a">("x", 2).has_value());
  REQUIRE(put.valid());
  const ashlar::InvalidationStamp written = put.get();
  CHECK(caches.get<"a">("x") == 1);
  CHECK(caches.region<"a">().get_timed("a:x")->ttl <= 2min);
  caches.invalidate("a:x", written);  // a message about what was there at that moment, which comes late
  CHECK_FALSE(caches.contains<"a">("x"));
}

TEST_CASE("insert_if_absent stores where all there is is stale, under an invalidation that is pending") {
  Caches caches{budget};
  REQUIRE(caches.put<"product_info">("1", {"stale", 1}));
  REQUIRE(caches.put<"inventory">("1", 1));
  caches.invalidate("*:1");
  CHECK_FALSE(caches.log().empty());
  CHECK(caches.insert_if_absent<"product_info">("1", {"new", 2}).value());
  CHECK(caches.insert_if_absent<"inventory">("1", 2, 30s).value());
  CHECK(caches.get<"product_info">("1") == Product{"new", 2});
  CHECK(caches.get<"inventory">("1") == 2);
  CHECK_FALSE(caches.insert_if_absent<"inventory">("1", 3).value());
  CHECK(caches.region<"inventory">().get_timed("inventory:1")->ttl <= 36s);
}

namespace {

// A store that keeps what it is asked to remove.
class Clinging : public ashlar::StoreTier<std::string, Bytes, ashlar::InMemory> {
 public:
  ashlar::Result<bool> erase(const std::string&) { return ashlar::Error{ashlar::ErrorCode::io, "it stays"}; }
  template <class Doomed>
  ashlar::Result<bool> erase_if(const std::string& key, Doomed&&) {
    return erase(key);
  }
};

}  // namespace

TEST_CASE("insert_if_absent stores over what is stale in a lower tier that refuses to remove it") {
  ashlar::Regions<ashlar::Over<Clinging>, Region<"a", int, ashlar::WriteThrough, ashlar::ttl(5min)>> caches{budget};
  REQUIRE(caches.put<"a">("x", 1));
  caches.invalidate("a:x");
  CHECK(caches.insert_if_absent<"a">("x", 2).value());
  CHECK(caches.get<"a">("x") == 2);
  CHECK_FALSE(caches.insert_if_absent<"a">("x", 3).value());
}
