// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/invalidation/coherent.hpp>
#include <ashlar/cache/invalidation/in_process_bus.hpp>

#include <chrono>
#include <optional>
#include <string>

#include <support/cache_tiers.hpp>

using namespace std::chrono_literals;
using Entry = ashlar::Tagged<int>;

namespace {

// One node's way to a tier that all share and where entries expire.
class SharedExpiring {
 public:
  using key_type = std::string;
  using mapped_type = Entry;
  using Copies = ashlar_test::ExpiringMapTier<std::string, Entry>;
  explicit SharedExpiring(Copies& all) : all_{&all} {}
  auto get(const std::string& key) { return all_->get(key); }
  auto get_timed(const std::string& key) { return all_->get_timed(key); }
  auto put(const std::string& key, const Entry& entry) { return all_->put(key, entry); }
  auto put(const std::string& key, const Entry& entry, std::chrono::nanoseconds ttl) {
    return all_->put(key, entry, ttl);
  }
  auto erase(const std::string& key) { return all_->erase(key); }

 private:
  Copies* all_;
};

using Node =
    ashlar::Coherent<ashlar::Invalidating<ashlar::Cache<SharedExpiring::Copies, SharedExpiring>>, ashlar::InProcessBus>;

}  // namespace

TEST_CASE("what is inserted or computed for a time is announced, and lives as long in the shared tier") {
  ashlar::ManualClock clock;
  ashlar::InProcessBus bus{{.delivery = ashlar::BusDelivery::on_request}};
  SharedExpiring::Copies shared{clock};
  Node writer{bus, clock, shared};
  Node reader{bus, clock, shared};
  const auto counted = [](const int* value) { return std::optional{value ? *value + 1 : 1}; };
  CHECK(writer.insert_if_absent("k", 1, 10s));
  CHECK_FALSE(writer.insert_if_absent("k", 2, 20s));
  writer.compute("c", counted, 10s);
  bus.deliver();
  CHECK(reader.get_timed("k") == ashlar::Timed{1, 10s});
  CHECK(reader.get_timed("c") == ashlar::Timed{1, 10s});
  clock.advance(4s);
  writer.compute("c", counted, 10s);  // keeps the time that is left
  CHECK(reader.get("c") == 1);
  bus.deliver();
  CHECK(reader.get_timed("c") == ashlar::Timed{2, 6s});
  clock.advance(6s);
  CHECK(reader.get("k") == std::nullopt);
  CHECK(writer.insert_if_absent("k", 3, 5s));
  bus.deliver();
  CHECK(reader.get_timed("k") == ashlar::Timed{3, 5s});
}

TEST_CASE("what an insertion or a swap that changes nothing has found stays where it is, everywhere") {
  ashlar::ManualClock clock;
  ashlar::InProcessBus bus{{.delivery = ashlar::BusDelivery::on_request}};
  SharedExpiring::Copies shared{clock};
  Node writer{bus, clock, shared};
  Node reader{bus, clock, shared};
  writer.put("k", 1);
  bus.deliver();
  CHECK(reader.get("k") == 1);
  CHECK_FALSE(writer.insert_if_absent("k", 2));
  CHECK_FALSE(reader.insert_if_absent("k", 3));
  CHECK_FALSE(writer.compare_and_swap("k", 7, 8));
  bus.deliver();
  REQUIRE(writer.heartbeat());
  bus.deliver();
  CHECK(shared.get("k")->value == 1);
  CHECK(writer.get("k") == 1);
  CHECK(reader.get("k") == 1);
  CHECK(reader.coherence().received == 1);
}
