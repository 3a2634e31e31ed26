// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <chrono>
#include <string>

#include <ashlar/cache/eviction/fifo.hpp>
#include <ashlar/cache/expiry.hpp>
#include <ashlar/cache/memory_tier.hpp>
#include <ashlar/core/clock.hpp>

using namespace std::chrono_literals;
using Clock = ashlar::ManualClock;

static_assert(ashlar::expiry<ashlar::ExpireAfterWrite<>, int, int> &&
              ashlar::expiry<ashlar::ExpirePerEntry<Clock>, int, int>);
static_assert(!ashlar::expiry<int, int, int>);

TEST_CASE("an entry lives for its time to the millisecond and is never shown after it") {
  Clock clock;
  ashlar::MemoryTier<int, std::string, ashlar::ExpireAfterWrite<Clock>> tier{
      ashlar::entries(10), ashlar::ExpireAfterWrite<Clock>{10ms, clock}};
  tier.put(1, "one");
  clock.advance(9ms);
  CHECK(tier.get(1) == "one");
  CHECK(tier.get_timed(1)->ttl == 1ms);
  tier.put(2, "two");
  clock.advance(1ms);
  CHECK_FALSE(tier.get(1));
  CHECK_FALSE(tier.contains(1));
  CHECK_FALSE(tier.erase(1));
  CHECK(tier.get(2) == "two");
  CHECK(tier.size() == 1);
}

TEST_CASE("a write begins a new life") {
  Clock clock;
  ashlar::MemoryTier<int, int, ashlar::ExpireAfterWrite<Clock>> tier{ashlar::entries(10),
                                                                     ashlar::ExpireAfterWrite<Clock>{10ms, clock}};
  tier.put(1, 1);
  clock.advance(8ms);
  CHECK(tier.get(1) == 1);
  tier.put(1, 2);
  clock.advance(8ms);
  CHECK(tier.get(1) == 2);
  clock.advance(2ms);
  CHECK_FALSE(tier.get(1));
}

TEST_CASE("a time given with put holds where it is shorter than the tier's") {
  Clock clock;
  ashlar::MemoryTier<int, int, ashlar::ExpireAfterWrite<Clock>> tier{ashlar::entries(10),
                                                                     ashlar::ExpireAfterWrite<Clock>{10ms, clock}};
  tier.put(1, 1, 5ms);
  tier.put(2, 2, 5h);
  tier.put(3, 3, 0ms);
  CHECK_FALSE(tier.get(3));
  CHECK(tier.insert_if_absent(3, 4, 1ms));
  clock.advance(5ms);
  CHECK_FALSE(tier.get(1));
  CHECK(tier.get(2) == 2);
  clock.advance(5ms);
  CHECK_FALSE(tier.get(2));
}

TEST_CASE("without a time of its own an entry lives for ever; very long times are cut to 24 days") {
  Clock clock;
  ashlar::MemoryTier<int, int, ashlar::ExpirePerEntry<Clock>> tier{ashlar::entries(10),
                                                                   ashlar::ExpirePerEntry<Clock>{clock}};
  tier.put(1, 1);
  tier.put(2, 2, 24h * 365 * 100);
  CHECK(tier.get_timed(1)->ttl == ashlar::forever);
  clock.advance(24h * 24);
  CHECK(tier.get(2) == 2);
  clock.advance(24h);
  CHECK_FALSE(tier.get(2));
  clock.advance(24h * 365);
  CHECK(tier.get(1) == 1);
}

TEST_CASE("deadlines go round with the 32 bits they are kept in") {
  Clock clock{std::chrono::milliseconds{0xffff'fff0}};
  ashlar::MemoryTier<int, int, ashlar::ExpirePerEntry<Clock>> tier{ashlar::entries(100),
                                                                   ashlar::ExpirePerEntry<Clock>{clock}};
  for (int i = 1; i <= 40; ++i) tier.put(i, i, std::chrono::milliseconds{i});
  for (int passed = 0; passed < 40; ++passed) {
    // The one deadline that cannot be kept, since it means none, is a millisecond early.
    for (int i = 1; i <= 40; ++i) CHECK(tier.contains(i) == (i > passed && !(i == 16 && passed == 15)));
    clock.advance(1ms);
  }
}

TEST_CASE("hits prolong the life of an entry that expires when idle") {
  Clock clock;
  ashlar::MemoryTier<int, int, ashlar::ExpireAfterAccess<Clock>> tier{ashlar::entries(10),
                                                                      ashlar::ExpireAfterAccess<Clock>{10ms, clock}};
  tier.put(1, 1);
  tier.put(2, 2);
  for (int i = 0; i < 5; ++i) {
    clock.advance(6ms);
    CHECK(tier.get(1) == 1);
  }
  CHECK_FALSE(tier.contains(2));
  clock.advance(6ms);
  CHECK(tier.peek(1) == 1);
  clock.advance(4ms);
  CHECK_FALSE(tier.get(1));
}

TEST_CASE("the value may say how long it lives") {
  const auto lives = [](int, const std::string& value) { return std::chrono::milliseconds{value.size()}; };
  using Expiry = ashlar::ExpireByValue<decltype(lives), Clock>;
  Clock clock;
  ashlar::MemoryTier<int, std::string, Expiry> tier{ashlar::entries(10), Expiry{lives, clock}};
  tier.put(1, "a");
  tier.put(2, "abc");
  clock.advance(1ms);
  CHECK_FALSE(tier.get(1));
  CHECK(tier.get(2) == "abc");
}

TEST_CASE("maintain frees the room of expired entries, and a full tier uses it first") {
  Clock clock;
  ashlar::MemoryTier<int, int, ashlar::Fifo, ashlar::ExpirePerEntry<Clock>, ashlar::SingleThreaded> tier{
      ashlar::entries(100), ashlar::ExpirePerEntry<Clock>{clock}};
  for (int i = 0; i < 100; ++i) tier.put(i, i, i % 2 == 0 ? 1ms : 1000ms);
  clock.advance(2ms);
  CHECK(tier.size() == 100);
  tier.put(1000, 1);
  CHECK(tier.stats().evicted == 0);
  CHECK(tier.stats().expired > 0);
  CHECK(tier.maintain() + tier.stats().expired >= 50);
  CHECK(tier.size() == 51);
  CHECK(tier.maintain() == 0);
}
