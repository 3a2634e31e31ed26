// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/cache.hpp>
#include <ashlar/cache/eviction/lru.hpp>
#include <ashlar/cache/memory_tier.hpp>
#include <ashlar/cache/packed_memory.hpp>
#include <ashlar/codec/columnar.hpp>
#include <ashlar/core/clock.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

using namespace std::chrono_literals;

namespace {

struct Order {
  std::int64_t day = 0;
  std::int64_t cents = 0;
  bool operator==(const Order&) const = default;
};
using Orders = std::vector<Order>;

Orders orders(std::int64_t store, int count) {
  Orders made;
  for (int i = 0; i < count; ++i) made.push_back({store + i / 10, 125 * (i % 4)});
  return made;
}

}  // namespace

static_assert(ashlar::tier<ashlar::PackedMemory<int, std::string>>);
static_assert(ashlar::packing_tier<ashlar::PackedMemory<int, std::string>, ashlar::Lz4>);
static_assert(!ashlar::packing_tier<ashlar::PackedMemory<int, std::string, ashlar::Lz4>, ashlar::Lz4>);
static_assert(ashlar::expiring_tier<ashlar::PackedMemory<int, std::string, ashlar::ExpirePerEntry<>>>);
static_assert(!ashlar::expiring_tier<ashlar::PackedMemory<int, std::string>>);
static_assert(ashlar::atomic_tier<ashlar::PackedMemory<int, std::string>>);
static_assert(ashlar::scannable_tier<ashlar::PackedMemory<int, std::string>>);
static_assert(ashlar::matching_tier<ashlar::PackedMemory<int, std::string>>);

TEST_CASE("a packed memory gives back what was put, in much less memory") {
  ashlar::PackedMemory<int, Orders, ashlar::Columnar> memory{ashlar::bytes(1 << 20)};
  for (int store = 0; store < 10; ++store) CHECK(memory.put(store, orders(store, 2000)));
  for (int store = 0; store < 10; ++store) CHECK(memory.get(store) == orders(store, 2000));
  CHECK_FALSE(memory.get(10));
  CHECK(memory.object_bytes_written() >= 10 * 2000 * sizeof(Order));
  CHECK(memory.packed_bytes_written() * 4 < memory.object_bytes_written());
  CHECK(memory.weight() < 10 * 2000 * sizeof(Order) / 4);
  CHECK(memory.contains(3));
  CHECK(memory.erase(3));
  CHECK_FALSE(memory.contains(3));
  CHECK_FALSE(memory.insert_if_absent(4, {}));
  CHECK(memory.insert_if_absent(3, {}));
  CHECK(memory.peek(3) == Orders{});
}

TEST_CASE("the budget of a packed memory counts packed bytes and is never exceeded") {
  ashlar::PackedMemory<int, std::string, ashlar::Lz4, ashlar::Lru> memory{ashlar::bytes(20'000)};
  for (int i = 0; i < 1000; ++i) {
    CHECK(memory.put(i, std::string(1000, 'x')));
    REQUIRE(memory.weight() <= 20'000);
  }
  CHECK(memory.size() > 40);  // more than twenty times what fits unpacked
  std::string noise;
  for (std::uint32_t i = 1; noise.size() < 30'000; i = i * 1'664'525 + 1'013'904'223) {
    noise += static_cast<char>(i >> 24);
  }
  CHECK_FALSE(memory.put(-1, noise));
  CHECK_FALSE(memory.get(-1));
}

TEST_CASE("a packed memory below a cache takes the compression of the cache") {
  using Level = ashlar::Cache<ashlar::MemoryTier<int, Orders>, ashlar::PackedMemory<int, Orders>, ashlar::WriteThrough,
                              ashlar::Columnar>;
  Level level{ashlar::entries(2), ashlar::bytes(1 << 20)};
  for (int store = 0; store < 5; ++store) level.put(store, orders(store, 500));
  level.upper().clear();
  CHECK(level.get(4) == orders(4, 500));
  CHECK(level.lower().packed_bytes_written() * 4 < level.lower().object_bytes_written());
  std::size_t seen = 0;
  level.for_each([&](int store, const Orders& value) { seen += value == orders(store, 500); });
  CHECK(seen == 5);
  CHECK(level.erase_matching([](int store) { return store % 2 == 0; }) >= 3);
  CHECK_FALSE(level.get(2));
  CHECK(level.lower().erase_matching([](int, const Orders& value) { return value.size() == 500; }) == 2);
  level.clear();
  CHECK(level.lower().size() == 0);
}

TEST_CASE("packed values expire") {
  const ashlar::ManualClock clock;
  ashlar::PackedMemory<std::string, std::string, ashlar::ExpirePerEntry<ashlar::ManualClock>> memory{
      ashlar::bytes(10'000), ashlar::ExpirePerEntry{clock}};
  memory.put("a", "1", 1min);
  memory.put("b", "2");
  auto hands = clock;
  hands.advance(30s);
  const auto found = memory.get_timed("a");
  REQUIRE(found);
  CHECK(found->value == "1");
  CHECK(found->ttl <= 30s);
  hands.advance(31s);
  CHECK_FALSE(memory.get("a"));
  CHECK(memory.get("b") == "2");
  CHECK_FALSE(memory.get_timed("c"));
  CHECK(memory.maintain() + memory.size() >= 1);
  CHECK(memory.size() == 1);
  CHECK(memory.insert_if_absent("a", "3", 1s));
  CHECK_FALSE(memory.insert_if_absent("a", "4", 1min));
  hands.advance(1s);
  CHECK_FALSE(memory.get("a"));
}

TEST_CASE("a packed memory reports its bytes and its compression ratio") {
  ashlar::PackedMemory<int, std::string, ashlar::CountHits, ashlar::Lz4> memory{ashlar::bytes(100'000)};
  memory.put(1, std::string(5000, 'x'));
  CHECK(memory.get(1));
  CHECK_FALSE(memory.get(2));
  const ashlar::StatsNode node = ashlar::collect_stats(memory, "level 1");
  CHECK(node.kind == "PackedMemory");
  CHECK(node.own(ashlar::metrics::hits) == 1.0);
  CHECK(node.own(ashlar::metrics::misses) == 1.0);
  CHECK(node.own(ashlar::metrics::entries) == 1.0);
  CHECK(node.own(ashlar::metrics::bytes) == static_cast<double>(memory.weight()));
  CHECK(node.own(ashlar::metrics::bytes_allowed).value_or(0) <= 100'000.0);
  CHECK(node.own(ashlar::metrics::compression_ratio).value_or(1) < 0.05);
}
