// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <initializer_list>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <ashlar/cache/eviction/lru.hpp>
#include <ashlar/cache/eviction/unbounded.hpp>
#include <ashlar/cache/expiry.hpp>
#include <ashlar/core/clock.hpp>
#include <support/memory_tiers.hpp>
#include <support/soak.hpp>

using namespace ashlar_test;
using namespace std::chrono_literals;

namespace {

/// A hash that tells of each key it is asked for.
struct TellingHash {
  std::function<void()>* told = nullptr;
  std::size_t operator()(U64 key) const {
    if (*told) (*told)();
    return std::hash<U64>{}(key);
  }
};

/// Four threads put, erase, compute, resize, clear and read at random.
template <class Tier>
void hustle(Tier& tier, std::size_t capacity) {
  using Value = typename Tier::mapped_type;
  const int steps = static_cast<int>(4000 * soak());
  std::vector<std::thread> crowd;
  for (unsigned t = 0; t < 4; ++t) {
    crowd.emplace_back([&, t] {
      std::mt19937 random{t};
      for (int i = 0; i < steps; ++i) {
        const U64 key = random() % (capacity * 3);
        switch (random() % 16) {
          case 0: tier.erase(key); break;
          case 1: tier.take(key); break;
          case 2: tier.insert_if_absent(key, Value{key}); break;
          case 3:
            tier.compute(key, [&](const Value* current) -> std::optional<Value> {
              if (current != nullptr && number_of(*current) % 5 == 0) return std::nullopt;
              return Value{key + 1};
            });
            break;
          case 4:
            if (i % 64 == 0) tier.resize_capacity(capacity_for<Tier>(capacity / 2 + random() % capacity));
            break;
          case 5:
            if (i % 256 == 0) tier.clear();
            if (i % 128 == 1) {
              tier.for_each([](U64 k, const Value& value) {
                if (number_of(value) != k && number_of(value) != k + 1) std::abort();
              });
            }
            break;
          case 6:
            if (i % 32 == 0) tier.erase_matching([](U64 k) { return k % 7 == 0; });
            break;
          case 7:
          case 8:
          case 9: tier.get(key); break;
          default: tier.put(key, Value{key});
        }
      }
    });
  }
  for (std::thread& thread : crowd) thread.join();
}

}  // namespace

TEMPLATE_TEST_CASE("after a crowd has left, the books are right", "", (Tier<U64, U64>), (Tier<U64, Boxed, ashlar::Lru>),
                   (Tier<U64, U64, ashlar::WeighBy<UpToFour>, ashlar::Sieve>),
                   (Tier<U64, Boxed, ashlar::WeighBytes, ashlar::S3Fifo>), (Tier<U64, U64, ashlar::TinyLfu>)) {
  for (const auto capacity : std::initializer_list<std::size_t>{5, 300, 20'000}) {
    TestType tier{capacity_for<TestType>(capacity)};
    hustle(tier, capacity);
    CHECK(tier.weight() <= tier.capacity());
    std::size_t shown = 0;
    tier.for_each([&](U64 key, const auto& value) {
      ++shown;
      REQUIRE((number_of(value) == key || number_of(value) == key + 1));
      REQUIRE(tier.contains(key));
    });
    CHECK(shown == tier.size());
    const auto stats = tier.stats();
    // A value that was taken counts as erased.
    CHECK(stats.inserted == tier.size() + stats.evicted + stats.erased + stats.expired);
    tier.clear();
    CHECK(tier.weight() == 0);
    CHECK(tier.size() == 0);
  }
}

// A table that grows asks for the hash of each entry. The reads come with the last one: what they prolong has its new
// place already.
TEMPLATE_TEST_CASE("a read prolongs the life of an entry while the table grows", "", U64, Boxed) {
  using Clock = ashlar::ManualClock;
  Clock clock;
  std::function<void()> told;
  ashlar::MemoryTier<U64, TestType, ashlar::Unbounded, ashlar::ExpireAfterAccess<Clock>, ashlar::HashWith<TellingHash>>
      tier{ashlar::ExpireAfterAccess<Clock>{20ms, clock}, ashlar::HashWith<TellingHash>{{&told}}};
  constexpr U64 early = 16;
  for (U64 key = 0; key < early; ++key) tier.put(key, TestType{key});
  clock.advance(10ms);
  const std::size_t bytes = tier.table_bytes();
  bool read = false;
  U64 count = early;
  for (; tier.table_bytes() == bytes; ++count) {
    std::size_t calls = 0;
    told = [&] {
      if (++calls != 1 + count) return;
      read = true;
      for (U64 key = 0; key < early; ++key) tier.get(key);
    };
    tier.put(count, TestType{count});
    told = nullptr;
  }
  CHECK(read);
  clock.advance(15ms);
  for (U64 key = 0; key < early; ++key) CHECK(tier.contains(key));
  clock.advance(5ms);
  for (U64 key = 0; key < early; ++key) CHECK_FALSE(tier.contains(key));
}

TEST_CASE("expiry and eviction at once never show what is over, nor lose count") {
  using Clock = ashlar::ManualClock;
  Clock clock;
  ashlar::MemoryTier<U64, U64, ashlar::ExpireAfterAccess<Clock>> tier{ashlar::entries(500),
                                                                      ashlar::ExpireAfterAccess<Clock>{20ms, clock}};
  std::atomic<bool> stop{false};
  std::thread keeper{[&] {
    while (!stop) {
      clock.advance(1ms);
      tier.maintain();
      std::this_thread::yield();
    }
  }};
  std::vector<std::thread> crowd;
  for (unsigned t = 0; t < 3; ++t) {
    crowd.emplace_back([&, t] {
      std::mt19937 random{t};
      for (int i = 0; i < static_cast<int>(10'000 * soak()); ++i) {
        const U64 key = random() % 1000;
        const auto found = tier.get(key);
        if (!found) {
          tier.put(key, key * 2);
        } else if (*found != key * 2) {
          std::abort();
        }
      }
    });
  }
  for (std::thread& thread : crowd) thread.join();
  stop = true;
  keeper.join();
  clock.advance(1h);
  for (U64 key = 0; key < 1000; ++key) REQUIRE_FALSE(tier.contains(key));
  tier.maintain();
  CHECK(tier.size() == 0);
  const auto stats = tier.stats();
  CHECK(stats.inserted == stats.evicted + stats.expired);
}

TEST_CASE("keys that were expired, erased and put again over and over fill no table") {
  ashlar::MemoryTier<U64, std::string, ashlar::Unbounded> tier;
  const std::size_t bytes = [&] {
    for (U64 i = 0; i < 1000; ++i) tier.put(i, "value");
    return tier.table_bytes();
  }();
  for (U64 i = 1000; i < 200'000; ++i) {
    tier.put(i, "value");
    tier.erase(i - 1000);
  }
  CHECK(tier.size() == 1000);
  CHECK(tier.table_bytes() <= bytes * 2);
}

TEST_CASE("an entry that nobody asked for in weeks stays over, however long that was") {
  using Clock = ashlar::ManualClock;
  using Timed = ashlar::MemoryTier<int, std::string, ashlar::ExpirePerEntry<Clock>, ashlar::Lru>;
  constexpr auto day = std::chrono::hours{24};
  for (int days = 1; days < 120; days += 3) {
    Clock clock;
    Timed tier{ashlar::entries(100), ashlar::ExpirePerEntry<Clock>{clock}};
    tier.put(1, "for an hour", 1h);
    tier.put(2, "for ever");
    clock.advance(day * days);
    CAPTURE(days);
    CHECK_FALSE(tier.get(1));
    CHECK_FALSE(tier.peek_timed(1));
    CHECK_FALSE(tier.contains(1));
    CHECK(tier.get(2) == "for ever");
    tier.put(3, "for twenty days", day * 20);
    CHECK_FALSE(tier.take(1));
    clock.advance(day * 19);
    CHECK(tier.get(3) == "for twenty days");
    CHECK_FALSE(tier.get(1));
    clock.advance(day * 2);
    CHECK_FALSE(tier.get(3));
    CHECK(tier.insert_if_absent(1, "again"));
    clock.advance(day * days);
    CHECK(tier.compute(4, [](const std::string*) { return std::optional<std::string>{"computed"}; }));
    CHECK(tier.get(4) == "computed");
    tier.put(5, "for a day", day);
    CHECK(tier.get(5) == "for a day");
    CHECK(tier.insert_if_absent(1, "again") == false);
    CHECK(tier.get(1) == "again");
  }
}

TEST_CASE("a tier that is used at times for a year keeps exact time") {
  using Clock = ashlar::ManualClock;
  Clock clock;
  ashlar::MemoryTier<int, int, ashlar::ExpirePerEntry<Clock>> tier{ashlar::entries(1'000),
                                                                   ashlar::ExpirePerEntry<Clock>{clock}};
  std::map<int, std::chrono::nanoseconds> ends;
  std::mt19937 random{7};
  std::chrono::nanoseconds now{0};
  for (int i = 0; i < 3'000; ++i) {
    const auto step = std::chrono::hours{random() % 6};
    clock.advance(step);
    now += step;
    const int key = static_cast<int>(random() % 200);
    const auto end = ends.find(key);
    REQUIRE(tier.contains(key) == (end != ends.end() && end->second > now));
    const auto life = std::chrono::hours{random() % 500};
    if (i % 3 != 0) continue;
    tier.put(key, i, life);
    ends[key] = now + life;
  }
}
