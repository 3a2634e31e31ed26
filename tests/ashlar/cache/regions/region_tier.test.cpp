// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/monitor/verify.hpp>
#include <ashlar/cache/regions/region_tier.hpp>
#include <ashlar/cache/regions/regions.hpp>
#include <ashlar/cache/warmup/access_log.hpp>
#include <ashlar/cache/warmup/warm_smart.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <conformance/tier.hpp>

using namespace std::chrono_literals;

namespace {

using Caches = ashlar::Regions<ashlar::Region<"name", std::string, ashlar::WriteThrough, ashlar::ttl(5min)>,
                               ashlar::Region<"stock", int>>;
using Names = ashlar::RegionTier<Caches, "name">;
static_assert(ashlar::expiring_tier<Names> && ashlar::atomic_tier<Names>);

struct Fixture {
  struct tier_type : Names {
    explicit tier_type(std::unique_ptr<Caches> table) : Names{*table}, table_{std::move(table)} {}
    std::unique_ptr<Caches> table_;
  };
  static std::string key(int i) { return "key:" + std::to_string(i); }
  static std::string value(int i) { return "the value number " + std::to_string(i); }
  static constexpr bool concurrent = true;
  std::unique_ptr<tier_type> make() {
    return std::make_unique<tier_type>(std::make_unique<Caches>(ashlar::bytes(1 << 20), ashlar::Jitter{0}));
  }
};

}  // namespace

TEST_CASE("a region as a tier keeps the contract of a tier") { ashlar_test::tier_contract(Fixture{}); }

TEST_CASE("a region as a tier keeps values under the region's keys, for the region's time") {
  Caches caches{ashlar::bytes(1 << 20), ashlar::Jitter{0}};
  auto names = caches.as_tier<"name">();
  REQUIRE(names.put("1", "Amboss"));
  CHECK(caches.get<"name">("1") == "Amboss");
  CHECK(names.get_timed("1")->ttl > 4min);
  CHECK(names.get_timed("1")->ttl <= 5min);
  REQUIRE(names.put("2", "Bolzen", 1h));
  CHECK(names.get_timed("2")->ttl > 59min);
  CHECK(names.peek("1") == "Amboss");
  CHECK(names.erase("1").value());
  CHECK_FALSE(caches.contains<"name">("1"));
  CHECK(names.get_or_load("3", [](const std::string& key) { return "number " + key; }) == "number 3");
  CHECK(names.get_or_load("4", [](std::string_view) { return std::optional<std::string>{}; }) == std::nullopt);
  CHECK(names.get_or_load("5", [] { return std::string{"five"}; }) == "five");
  CHECK(names.get_timed("5")->ttl <= 5min);
  const auto longer = [](const std::string* now) { return std::optional{now ? *now + "!" : "new"}; };
  REQUIRE(names.compute("6", longer));
  CHECK(names.peek_timed("6")->value == "new");
  CHECK(names.peek_timed("6")->ttl <= 5min);
  REQUIRE(names.compute("2", longer));
  CHECK(names.peek_timed("2")->value == "Bolzen!");
  CHECK(names.peek_timed("2")->ttl > 59min);
  CHECK_FALSE(names.insert_if_absent("2", "other").value());
  CHECK(names.insert_if_absent("7", "seven").value());
  CHECK(names.peek_timed("2")->ttl > 59min);
  CHECK(names.peek_timed("7")->ttl <= 5min);
  CHECK(names.insert_if_absent("8", "eight", 1h).value());
  CHECK_FALSE(names.insert_if_absent("8", "other", 2h).value());
  CHECK(names.peek_timed("8")->ttl > 59min);
  CHECK(names.peek_timed("8")->ttl <= 1h);
  REQUIRE(names.compute("9", longer, 1h));
  REQUIRE(names.compute("9", longer, 2h));
  CHECK(names.peek_timed("9")->value == "new!");
  CHECK(names.peek_timed("9")->ttl > 59min);
  CHECK(names.peek_timed("9")->ttl <= 1h);
}

TEST_CASE("the hot keys of a region are warmed, and compared with the source") {
  Caches caches{ashlar::bytes(1 << 20)};
  ashlar::AccessLog<std::string> log;
  for (int i = 0; i < 10; ++i) {
    for (int reads = 0; reads <= i; ++reads) log.record(std::to_string(i));
  }
  auto names = caches.as_tier<"name">();
  const auto load = [](const std::string& key) { return "name of " + key; };
  const auto report = ashlar::warm_smart(names, log, load, {}, {.top = 3});
  CHECK(report.loaded == 3);
  for (const char* key : {"9", "8", "7"}) CHECK(caches.contains<"name">(key));
  CHECK_FALSE(caches.contains<"name">("6"));
  CHECK(names.get_timed("9")->ttl <= 6min);
  REQUIRE(names.put("8", "old"));
  const auto checked = ashlar::verify(names, load, std::vector<std::string>{"9", "8", "7"});
  CHECK(checked.compared == 3);
  CHECK(checked.other_value == 1);
}
