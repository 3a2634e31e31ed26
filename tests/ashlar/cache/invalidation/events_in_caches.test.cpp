// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/invalidation/coherent.hpp>
#include <ashlar/cache/invalidation/events.hpp>
#include <ashlar/cache/invalidation/in_process_bus.hpp>
#include <ashlar/cache/invalidation/invalidating.hpp>
#include <ashlar/cache/invalidation/queue.hpp>
#include <ashlar/cache/strategy/write_back.hpp>

#include <chrono>
#include <future>
#include <latch>
#include <optional>
#include <string>
#include <vector>

#include <support/cache_tiers.hpp>

using namespace std::chrono_literals;
using ashlar::Cache;
using ashlar::field;
using ashlar::Invalidating;
using ashlar::On;

namespace {

using Map = ashlar_test::MapTier<std::string, ashlar::Stamped<int>>;
using Rules = ashlar::Events<On<"product_updated", "product:{product_id}:*", "inventory:*:{product_id}:*">,
                             On<"config_updated", "config:*">>;

}  // namespace

TEST_CASE("an event reaches every tier, what waits to be written, and nothing that its patterns do not fit") {
  using Deep = Invalidating<Cache<Map, Cache<Map, Map>, ashlar::WriteBack>>;
  Deep cache{0, [] { return Cache<Map, Map>{0, 0}; }, ashlar::WriteBack{.linger = 1h}};
  REQUIRE(cache.put("product:42:de", 1));
  REQUIRE(cache.put("inventory:hall1:42:a", 2));
  REQUIRE(cache.put("product:420:de", 3));
  REQUIRE(cache.flush().complete());
  REQUIRE(cache.put("product:42:fr", 4));  // waits
  CHECK(Rules::raise<"product_updated">([&](const std::string& pattern) { cache.invalidate_matching(pattern); },
                                        field<"product_id">("42")) == 2);
  for (const char* key : {"product:42:de", "inventory:hall1:42:a", "product:42:fr"}) CHECK_FALSE(cache.contains(key));
  CHECK(cache.get("product:420:de") == 3);
  REQUIRE(cache.maintain());
  REQUIRE(cache.flush().complete());
  Map& deepest = cache.lower().lower();
  CHECK(deepest.size() == 1);
  CHECK(cache.get("product:42:fr") == std::nullopt);
}

TEST_CASE("an event beats the loads in flight that it covers, and no others") {
  Invalidating<Cache<Map, Map>> cache{0, 0};
  std::latch begun{2};
  std::latch go{1};
  const auto load = [&](const std::string& key) {
    return std::async(std::launch::async, [&cache, &begun, &go, key] {
      return cache.get_or_load(key, [&] {
        begun.count_down();
        go.wait();
        return 1;
      });
    });
  };
  auto covered = load("product:42:de");
  auto other = load("product:43:de");
  begun.wait();
  Rules::raise<"product_updated">([&](const std::string& pattern) { cache.invalidate_matching(pattern); },
                                  field<"product_id">("42"));
  go.count_down();
  CHECK(covered.get() == 1);
  CHECK(other.get() == 1);
  CHECK_FALSE(cache.contains("product:42:de"));
  CHECK(cache.contains("product:43:de"));
}

TEST_CASE("events of different urgency are carried out in their order, in every cache of a bus") {
  ashlar::InProcessBus bus{{.delivery = ashlar::BusDelivery::on_request}};
  Map shared;
  struct View {
    using key_type = std::string;
    using mapped_type = ashlar::Stamped<int>;
    Map* all;
    std::optional<mapped_type> get(const std::string& key) { return all->get(key); }
    void put(const std::string& key, const mapped_type& value) { all->put(key, value); }
    bool erase(const std::string& key) { return all->erase(key); }
  };
  using Node = ashlar::Coherent<Invalidating<Cache<Map, View>>, ashlar::InProcessBus>;
  Node a{bus, 0, [&] { return View{&shared}; }};
  Node b{bus, 0, [&] { return View{&shared}; }};
  a.put("product:42:de", 1);
  a.put("config:x", 2);
  a.put("product:7:de", 3);
  bus.deliver();
  for (const char* key : {"product:42:de", "config:x", "product:7:de"}) REQUIRE(b.get(key));
  ashlar::InvalidationQueue queue;
  for (auto& pattern : Rules::patterns<"config_updated">()) queue.add(std::move(pattern), 0);
  for (auto& pattern : Rules::patterns<"product_updated">(field<"product_id">("42"))) queue.add(std::move(pattern), 9);
  std::vector<std::string> order;
  queue.process([&](const ashlar::QueuedInvalidation& next) {
    order.push_back(next.text);
    a.invalidate_matching(next.text, next.when);
  });
  CHECK(order == std::vector<std::string>{"product:42:*", "inventory:*:42:*", "config:*"});
  bus.deliver();
  for (Node* node : {&a, &b}) {
    CHECK_FALSE(node->contains("product:42:de"));
    CHECK_FALSE(node->contains("config:x"));
    CHECK(node->get("product:7:de") == 3);
  }
}
