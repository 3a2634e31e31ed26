// SPDX-License-Identifier: BSL-1.0
// Capacity: how much of it is used, how it changes, and where it ends.
#include <support/catch.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <new>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <ashlar/cache/eviction/unbounded.hpp>
#include <support/access_patterns.hpp>
#include <support/memory_tiers.hpp>

using namespace ashlar_test;

namespace {

/// How many of `capacity` distinct random keys an empty tier of this capacity keeps.
template <class T>
std::size_t kept_of(std::size_t capacity, std::uint64_t seed) {
  T tier{ashlar::entries(capacity)};
  Chance chance{seed};
  for (std::size_t i = 0; i < capacity; ++i) tier.put(chance(), 0);
  return tier.size();
}

struct MebibyteEach {
  std::uint64_t operator()(U64, U64) const { return 1 << 20; }
};
using Mebibytes = ashlar::WeighBy<MebibyteEach, ashlar::Bytes>;
constexpr ashlar::Bytes mebibytes(std::uint64_t n) { return ashlar::bytes(n << 20); }

}  // namespace

TEMPLATE_TEST_CASE("as many distinct puts as the capacity says are kept, but for one in a thousand", "", ashlar::Fifo,
                   ashlar::Lru, ashlar::Sieve, ashlar::S3Fifo, ashlar::TinyLfu, ashlar::Adaptive) {
  // One shard keeps all of them; of several, one that chance gives more than its table holds evicts some.
  for (const std::size_t capacity : {std::size_t{1}, std::size_t{17}, std::size_t{1'000}, std::size_t{3'000}}) {
    CHECK(kept_of<Tier<U64, char, TestType>>(capacity, capacity) == capacity);
    CHECK(kept_of<Tier<U64, char, TestType, ashlar::SingleThreaded>>(capacity, capacity) == capacity);
  }
  for (const std::size_t capacity : {std::size_t{10'000}, std::size_t{50'000}}) {
    std::size_t least = capacity;
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
      least = std::min(least, kept_of<Tier<U64, char, TestType>>(capacity, seed));
    }
    CAPTURE(capacity, least);
    CHECK(static_cast<double>(least) >= 0.999 * static_cast<double>(capacity));
  }
}

TEST_CASE("a capacity whose entries cannot be numbered is refused, and nothing has changed") {
  for (const std::uint64_t much : {~std::uint64_t{0}, std::uint64_t{1} << 60, std::uint64_t{1} << 40}) {
    CHECK_THROWS_AS((Tier<U64, U64>{ashlar::entries(much)}), std::bad_alloc);
    CHECK_THROWS_AS((Tier<U64, Boxed, ashlar::Lru, ashlar::SingleThreaded>{ashlar::entries(much)}), std::bad_alloc);
    Tier<U64, U64> tier{ashlar::entries(100)};
    for (U64 i = 0; i < 100; ++i) tier.put(i, i);
    CHECK_THROWS_AS(tier.resize_capacity(ashlar::entries(much)), std::bad_alloc);
    CHECK(tier.capacity() == 100);
    CHECK(tier.size() == 100);
    CHECK(tier.put(100, 100) == ashlar::Put::inserted);
    CHECK(tier.size() == 100);
  }
}

TEST_CASE("a budget of bytes, or none, may be as large as a number") {
  Tier<U64, U64, ashlar::WeighBytes> bytes{ashlar::bytes(~std::uint64_t{0})};
  Tier<U64, U64, ashlar::Unbounded> unbounded{ashlar::entries(~std::uint64_t{0})};
  for (U64 i = 0; i < 20'000; ++i) {
    REQUIRE(stored(bytes.put(i, i)));
    REQUIRE(stored(unbounded.put(i, i)));
  }
  CHECK(bytes.size() == 20'000);
  CHECK(unbounded.size() == 20'000);
  bytes.resize_capacity(ashlar::bytes(100'000));
  CHECK(bytes.weight() <= 100'000);
  bytes.resize_capacity(ashlar::bytes(~std::uint64_t{0}));
  for (U64 i = 0; i < 20'000; ++i) REQUIRE(stored(bytes.put(i, i)));
}

TEST_CASE("a weight above four gibibytes, or above all, is refused whatever the sum would be") {
  struct Itself {
    std::uint64_t operator()(int, std::uint64_t value) const { return value; }
  };
  ashlar::MemoryTier<int, std::uint64_t, ashlar::WeighBy<Itself>> tier{ashlar::units(~std::uint64_t{0})};
  CHECK(tier.put(1, 0xffff'ffff) == ashlar::Put::inserted);
  CHECK(tier.put(2, 0x1'0000'0000) == ashlar::Put::too_heavy);
  CHECK(tier.put(1, ~std::uint64_t{0}) == ashlar::Put::too_heavy);
  CHECK_FALSE(tier.contains(1));
  CHECK(tier.weight() == 0);
  for (int i = 0; i < 100; ++i) CHECK(stored(tier.put(i, 0xffff'ffff)));
  CHECK(tier.weight() == 100 * std::uint64_t{0xffff'ffff});
}

TEST_CASE("what no policy can evict stays when the capacity shrinks, and nothing more comes in") {
  Tier<U64, U64, ashlar::Unbounded, Mebibytes> tier{mebibytes(64)};
  for (U64 i = 0; i < 32; ++i) REQUIRE(stored(tier.put(i, i)));
  tier.resize_capacity(mebibytes(8));
  CHECK(tier.size() == 32);
  for (U64 i = 100; i < 200; ++i) CHECK_FALSE(stored(tier.put(i, i)));
  for (U64 i = 0; i < 32; ++i) tier.erase(i);
  for (U64 i = 200; i < 300; ++i) tier.put(i, i);
  CHECK(tier.weight() <= tier.capacity());
  CHECK(tier.size() > 0);
}

TEST_CASE("a tier of many shards shrinks to a few entries and grows again") {
  Tier<U64, Boxed> tier{ashlar::entries(50'000)};
  for (U64 i = 0; i < 50'000; ++i) tier.put(i, Boxed{i});
  for (const std::size_t capacity : {std::size_t{3}, std::size_t{0}, std::size_t{1}, std::size_t{200}}) {
    tier.resize_capacity(ashlar::entries(capacity));
    CHECK(tier.size() <= capacity);
    for (U64 i = 0; i < 1'000; ++i) {
      const bool there = stored(tier.put(i, Boxed{i}));
      REQUIRE(there == (capacity != 0));
      REQUIRE(tier.contains(i) == there);
      REQUIRE(tier.size() <= capacity);
    }
    CHECK(tier.size() == capacity);
  }
  tier.resize_capacity(ashlar::entries(20'000));
  for (U64 i = 0; i < 20'000; ++i) tier.put(i, Boxed{i});
  CHECK(tier.size() > 19'900);
}

TEST_CASE("an unbounded tier that many threads fill refuses nothing while its table grows") {
  Tier<U64, U64, ashlar::Unbounded> tier;
  constexpr U64 threads = 8, each = 3'000;
  std::vector<std::thread> crowd;
  std::vector<U64> refused(threads);
  for (U64 t = 0; t < threads; ++t) {
    crowd.emplace_back([&, t] {
      for (U64 i = 0; i < each; ++i) refused[t] += !stored(tier.put(t * each + i, i));
    });
  }
  for (std::thread& thread : crowd) thread.join();
  for (const U64 count : refused) CHECK(count == 0);
  CHECK(tier.size() == threads * each);
}

TEST_CASE("entries lie as their types want them, however much that is") {
  struct alignas(128) Line {
    std::string text;
  };
  struct alignas(1024) Page {
    U64 number;
  };
  const auto misplaced = [](auto& tier, std::size_t alignment) {
    std::size_t count = 0;
    tier.for_each(
        [&](const U64&, const auto& value) { count += reinterpret_cast<std::uintptr_t>(&value) % alignment != 0; });
    return count;
  };
  for (std::size_t capacity = 1; capacity < 100; capacity += 30) {
    Tier<U64, Line> lines{ashlar::entries(capacity)};
    Tier<U64, Line, ashlar::AllocateWith<std::allocator<char>>, ashlar::WeighBytes> given{
        ashlar::bytes(capacity << 12)};
    Tier<U64, Page, ashlar::SingleThreaded> pages{ashlar::entries(capacity)};
    for (U64 i = 0; i < capacity; ++i) {
      lines.put(i, Line{"a text that is too long to lie within a string"});
      given.put(i, Line{"a text that is too long to lie within a string"});
      pages.put(i, Page{i});
    }
    CHECK(misplaced(lines, 128) == 0);
    CHECK(misplaced(given, 128) == 0);
    CHECK(misplaced(pages, 1024) == 0);
    CHECK(pages.size() == capacity);
  }
}
