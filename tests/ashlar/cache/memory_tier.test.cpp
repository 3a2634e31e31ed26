// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <array>
#include <chrono>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ashlar/cache/concepts.hpp>
#include <ashlar/cache/memory_tier.hpp>
#include <support/memory_tiers.hpp>

using namespace ashlar_test;
using namespace std::chrono_literals;

static_assert(ashlar::explain_tier<ashlar::MemoryTier<int, int>>());
static_assert(ashlar::expiring_tier<ashlar::MemoryTier<int, std::string, ashlar::ExpireAfterWrite<>>>);
static_assert(ashlar::atomic_tier<ashlar::MemoryTier<int, int>> && ashlar::batch_tier<ashlar::MemoryTier<int, int>>);
static_assert(ashlar::scannable_tier<ashlar::MemoryTier<int, int>> &&
              ashlar::clearable_tier<ashlar::MemoryTier<int, int>>);

// Options cost nothing where they are not asked for.
static_assert(ashlar::MemoryTier<U64, U64>::overhead_per_entry <= 16);
static_assert(ashlar::MemoryTier<U64, U64, ashlar::Lru>::overhead_per_entry <= 16);
static_assert(ashlar::MemoryTier<U64, U64, ashlar::Lru>::overhead_per_entry <
              ashlar::MemoryTier<U64, U64, ashlar::Lru, ashlar::ExpirePerEntry<>>::overhead_per_entry);
static_assert(!ashlar::MemoryTier<U64, U64>::expires && ashlar::MemoryTier<U64, U64>::concurrent);
// Their order does not matter.
static_assert(
    std::same_as<ashlar::MemoryTier<int, int, ashlar::SingleThreaded, ashlar::Fifo>::eviction_type, ashlar::Fifo>);
static_assert(
    std::same_as<ashlar::MemoryTier<int, int, ashlar::Fifo, ashlar::SingleThreaded>::eviction_type, ashlar::Fifo>);

TEMPLATE_LIST_TEST_CASE("a tier keeps the contract of a map", "", Tiers) {
  TestType tier{capacity_for<TestType>(100)};
  using Value = typename TestType::mapped_type;

  SECTION("nothing is in an empty tier") {
    CHECK(tier.empty());
    CHECK_FALSE(tier.get(1));
    CHECK_FALSE(tier.contains(1));
    CHECK_FALSE(tier.erase(1));
    CHECK_FALSE(tier.take(1));
    CHECK(tier.erase_matching([](U64) { return true; }) == 0);
    tier.clear();
    tier.for_each([](const auto&, const auto&) { FAIL("an empty tier shows nothing"); });
  }
  SECTION("what is put is found until it is erased") {
    CHECK(tier.put(1, Value{10}) == ashlar::Put::inserted);
    CHECK(tier.get(1) == Value{10});
    CHECK(tier.peek(1) == Value{10});
    CHECK(tier.contains(1));
    CHECK(tier.size() == 1);
    CHECK(tier.erase(1));
    CHECK_FALSE(tier.get(1));
    CHECK_FALSE(tier.erase(1));
    CHECK(tier.weight() == 0);
  }
  SECTION("put replaces") {
    tier.put(1, Value{10});
    CHECK(tier.put(1, Value{11}) == ashlar::Put::replaced);
    CHECK(tier.get(1) == Value{11});
    CHECK(tier.size() == 1);
  }
  SECTION("visit shows the value in place") {
    tier.put(1, Value{10});
    U64 seen = 0;
    CHECK(tier.visit(1, [&](const Value& value) { seen = number_of(value); }));
    CHECK(seen == 10);
    CHECK_FALSE(tier.visit(2, [](const Value&) { FAIL("there is no entry"); }));
  }
  SECTION("insert_if_absent leaves what is there") {
    CHECK(tier.insert_if_absent(1, Value{10}));
    CHECK_FALSE(tier.insert_if_absent(1, Value{11}));
    CHECK(tier.get(1) == Value{10});
  }
  SECTION("compare_and_swap replaces what it expects, and nothing else") {
    CHECK_FALSE(tier.compare_and_swap(1, Value{10}, Value{11}));
    tier.put(1, Value{10});
    CHECK_FALSE(tier.compare_and_swap(1, Value{12}, Value{11}));
    CHECK(tier.get(1) == Value{10});
    CHECK(tier.compare_and_swap(1, Value{10}, Value{11}));
    CHECK(tier.get(1) == Value{11});
  }
  SECTION("compute inserts, changes and removes") {
    const auto next = [](const Value* current) -> std::optional<Value> {
      if (current == nullptr) return Value{1};
      if (number_of(*current) == 2) return std::nullopt;
      return Value{number_of(*current) + 1};
    };
    CHECK(tier.compute(1, next));
    CHECK(tier.get(1) == Value{1});
    CHECK(tier.compute(1, next));
    CHECK(tier.get(1) == Value{2});
    CHECK_FALSE(tier.compute(1, next));
    CHECK_FALSE(tier.contains(1));
  }
  SECTION("take hands the value over") {
    tier.put(1, Value{10});
    CHECK(tier.take(1) == Value{10});
    CHECK_FALSE(tier.contains(1));
  }
  SECTION("many keys at once, with duplicates, absent ones and none at all") {
    const std::vector<std::pair<U64, Value>> pairs{{1, Value{10}}, {2, Value{20}}, {1, Value{11}}};
    tier.put_many(pairs);
    const std::vector<U64> keys{2, 7, 1, 2};
    const auto found = tier.get_many(keys);
    CHECK(found == std::vector<std::optional<Value>>{Value{20}, std::nullopt, Value{11}, Value{20}});
    CHECK(tier.get_many(std::span<const U64>{}).empty());
    CHECK(tier.erase_many(keys) == 2);
    CHECK(tier.empty());
  }
  SECTION("erase_matching removes what it picks, by key or by key and value") {
    for (U64 i = 0; i < 40; ++i) tier.put(i, Value{i});
    const std::size_t before = tier.size();
    const std::size_t even = tier.erase_matching([](U64 key) { return key % 2 == 0; });
    CHECK(tier.size() == before - even);
    tier.for_each([](U64 key, const Value&) { CHECK(key % 2 == 1); });
    tier.erase_matching([](U64, const Value& value) { return number_of(value) < 20; });
    tier.for_each([](U64 key, const Value&) { CHECK(key >= 20); });
    tier.clear();
    CHECK(tier.empty());
    CHECK(tier.weight() == 0);
  }
  SECTION("for_each shows every entry once") {
    std::map<U64, int> times;
    for (U64 i = 0; i < 50; ++i) tier.put(i, Value{i * 3});
    tier.for_each([&](U64 key, const Value& value) {
      CHECK(number_of(value) == key * 3);
      ++times[key];
    });
    CHECK(times.size() == tier.size());
    for (const auto& [key, count] : times) CHECK(count == 1);
  }
}

TEMPLATE_LIST_TEST_CASE("a tier stays within its capacity and keeps nearly all that fits", "", Tiers) {
  using Value = typename TestType::mapped_type;
  for (const auto capacity : std::initializer_list<std::size_t>{1, 2, 11, 12, 13, 100, 5000}) {
    TestType tier{capacity_for<TestType>(capacity)};
    for (U64 i = 0; i < capacity; ++i) tier.put(i, Value{i});
    if constexpr (std::same_as<typename TestType::capacity_type, ashlar::Entries>) {
      CAPTURE(capacity);
      CHECK(static_cast<double>(tier.size()) >= 0.999 * static_cast<double>(capacity));
    }
    for (U64 i = 0; i < 3 * capacity; ++i) {
      tier.put(i * 7919, Value{i});
      REQUIRE(tier.get(i * 7919) == Value{i});
      REQUIRE(tier.weight() <= tier.capacity());
    }
    const auto stats = tier.stats();
    CHECK(stats.inserted == tier.size() + stats.evicted);
  }
}

TEST_CASE("strings are looked up by what they are made of") {
  ashlar::MemoryTier<std::string, std::string> tier{ashlar::entries(10)};
  tier.put("product:42", "lamp");
  CHECK(tier.get("product:42") == "lamp");
  CHECK(tier.get(std::string_view{"product:42"}) == "lamp");
  CHECK(tier.contains(std::string{"product:42"}));
  CHECK(tier.get("") == std::nullopt);
  tier.put("", "the empty key");
  CHECK(tier.get("") == "the empty key");
  CHECK(tier.erase(std::string_view{"product:42"}));
}

TEMPLATE_TEST_CASE("a literal is a key of every kind of tier", "", (ashlar::MemoryTier<std::string, std::string>),
                   (ashlar::MemoryTier<std::string, std::string, ashlar::SingleThreaded>),
                   (ashlar::MemoryTier<std::string, char, ashlar::SingleThreaded>),
                   (ashlar::MemoryTier<std::string, char>)) {
  using Value = typename TestType::mapped_type;
  TestType tier{ashlar::entries(10)};
  const Value lamp{'l'};
  tier.put("lamp", lamp);
  CHECK(tier.get("lamp") == lamp);
  CHECK(tier.peek("lamp") == lamp);
  CHECK(tier.contains("lamp"));
  CHECK(tier.visit("lamp", [&](const Value& value) { CHECK(value == lamp); }));
  CHECK(tier.get("lam") == std::nullopt);
  CHECK(tier.get("a literal of more than sixteen bytes") == std::nullopt);
  CHECK(tier.take("lamp") == lamp);
  CHECK_FALSE(tier.erase("lamp"));
}

TEST_CASE("texts of every length are whole until they end") {
  // Short ones end in their place, long ones outside of the lock.
  ashlar::MemoryTier<std::string, std::string> tier{ashlar::entries(20)};
  const auto text = [](int i) {
    return std::string(static_cast<std::size_t>(i % 3) * 900, static_cast<char>('a' + i % 26));
  };
  for (int i = 0; i < 500; ++i) {
    const std::string key = text(i / 3) + std::to_string(i);
    tier.put(key, text(i));
    CHECK(tier.get(key) == text(i));
    if (i % 5 == 0) CHECK(tier.erase(key));
  }
  CHECK(tier.size() <= 20);
  CHECK(tier.stats().evicted > 300);
}

TEST_CASE("values that can only be moved are visited and taken") {
  ashlar::MemoryTier<int, std::unique_ptr<int>> tier{ashlar::entries(10)};
  tier.put(1, std::make_unique<int>(5));
  int seen = 0;
  CHECK(tier.visit(1, [&](const std::unique_ptr<int>& value) { seen = *value; }));
  CHECK(seen == 5);
  std::optional<std::unique_ptr<int>> taken = tier.take(1);
  REQUIRE(taken);
  CHECK(**taken == 5);
  CHECK(tier.empty());
}

TEST_CASE("keys and values of every size and alignment are kept whole") {
  struct Wide {
    std::array<std::uint32_t, 25> words;
    bool operator==(const Wide&) const = default;
  };
  struct Odd {
    char a;
    std::uint16_t b;
    bool operator==(const Odd&) const = default;
  };
  ashlar::MemoryTier<std::uint32_t, Wide> wide{ashlar::entries(500)};
  ashlar::MemoryTier<std::uint8_t, Odd> odd{ashlar::entries(500)};
  ashlar::MemoryTier<char, char> tiny{ashlar::entries(500)};
  for (std::uint32_t i = 0; i < 120; ++i) {
    Wide value{};
    value.words.fill(i);
    wide.put(i, value);
    odd.put(static_cast<std::uint8_t>(i), Odd{static_cast<char>(i), static_cast<std::uint16_t>(i * 2)});
    tiny.put(static_cast<char>(i), static_cast<char>(i + 1));
  }
  for (std::uint32_t i = 0; i < 120; ++i) {
    const auto found = wide.get(i);
    REQUIRE(found);
    CHECK(found->words[0] == i);
    CHECK(found->words[24] == i);
    CHECK(odd.get(static_cast<std::uint8_t>(i)) == Odd{static_cast<char>(i), static_cast<std::uint16_t>(i * 2)});
    CHECK(tiny.get(static_cast<char>(i)) == static_cast<char>(i + 1));
  }
}

TEST_CASE("a byte budget holds, a value too heavy is refused and takes the old one with it") {
  ashlar::MemoryTier<int, std::string, ashlar::WeighBytes> tier{ashlar::bytes(10'000)};
  CHECK(stored(tier.put(1, std::string(100, 'x'))));
  CHECK(tier.put(1, std::string(20'000, 'x')) == ashlar::Put::too_heavy);
  CHECK_FALSE(tier.contains(1));
  for (int i = 0; i < 1000; ++i) {
    tier.put(i, std::string(static_cast<std::size_t>(i * 7 % 900), 'x'));
    REQUIRE(tier.weight() <= 10'000);
  }
  CHECK(tier.size() > 5);
  CHECK(tier.stats().refused == 1);
}

TEST_CASE("an entry heavier than a shard's share takes room from the other shards") {
  ashlar::MemoryTier<int, std::string, ashlar::WeighBytes> tier{ashlar::bytes(8 << 20)};
  for (int i = 0; i < 20'000; ++i) tier.put(i, std::string(500, 'x'));
  CHECK(stored(tier.put(-1, std::string(7 << 20, 'y'))));
  CHECK(tier.contains(-1));
  CHECK(tier.weight() <= tier.capacity());
}

namespace {
struct PinZero {
  std::uint64_t operator()(int key, int) const { return key == 0 ? 0 : 1; }
};
struct ByValueWeight {
  std::uint64_t operator()(int, int value) const { return static_cast<std::uint64_t>(value); }
};
}  // namespace

TEST_CASE("weight 0 pins; where all is pinned nothing is evicted and nothing runs for ever") {
  ashlar::MemoryTier<int, int, ashlar::WeighBy<PinZero>> tier{ashlar::units(5)};
  tier.put(0, 1);
  for (int i = 1; i < 1000; ++i) tier.put(i, i);
  CHECK(tier.get(0) == 1);
  CHECK(tier.weight() == 5);

  ashlar::MemoryTier<int, int, ashlar::WeighBy<ByValueWeight>> changing{ashlar::units(5)};
  for (int i = 0; i < 100; ++i) changing.put(i, 0);
  CHECK(changing.size() == 100);
  changing.put(3, 5);
  changing.put(4, 2);
  CHECK_FALSE(changing.contains(3));
  CHECK(changing.get(4) == 2);
  changing.put(4, 0);
  for (int i = 1000; i < 1020; ++i) changing.put(i, 1);
  CHECK(changing.contains(4));
  CHECK(changing.weight() == 5);
}

TEST_CASE("the capacity changes at run time") {
  ashlar::MemoryTier<int, int> tier{ashlar::entries(10'000)};
  for (int i = 0; i < 10'000; ++i) tier.put(i, i);
  tier.resize_capacity(ashlar::entries(500));
  CHECK(tier.size() <= 500);
  CHECK(tier.size() >= 450);
  tier.resize_capacity(ashlar::entries(20'000));
  for (int i = 0; i < 20'000; ++i) tier.put(i, i);
  CHECK(tier.size() > 19'800);
  for (int i = 0; i < 20'000; ++i) {
    const auto found = tier.get(i);
    if (found) REQUIRE(*found == i);
  }
  CHECK(tier.capacity() == 20'000);
}

TEST_CASE("an unbounded tier grows and forgets nothing") {
  ashlar::MemoryTier<int, std::string, ashlar::Unbounded> tier;
  for (int i = 0; i < 30'000; ++i) tier.put(i, std::to_string(i));
  CHECK(tier.size() == 30'000);
  for (int i = 0; i < 30'000; ++i) REQUIRE(tier.get(i) == std::to_string(i));
  ashlar::MemoryTier<int, int, ashlar::Unbounded> bounded{ashlar::entries(10)};
  for (int i = 0; i < 10; ++i) CHECK(stored(bounded.put(i, i)));
  CHECK(bounded.put(10, 10) == ashlar::Put::no_room);
}

TEST_CASE("a capacity of nothing holds nothing") {
  ashlar::MemoryTier<int, int> tier{ashlar::entries(0)};
  CHECK(tier.put(1, 1) == ashlar::Put::too_heavy);
  CHECK_FALSE(tier.contains(1));
}

TEST_CASE("hits and misses are counted where asked for") {
  ashlar::MemoryTier<int, int, ashlar::CountHits> tier{ashlar::entries(10)};
  tier.put(1, 1);
  tier.get(1);
  tier.get(2);
  tier.visit(1, [](int) {});
  tier.peek(1);
  CHECK(tier.stats().hits == 2);
  CHECK(tier.stats().misses == 1);
  CHECK(tier.stats().hit_ratio() > 0.66);
  CHECK(tier.stats().hit_ratio() < 0.67);
}

TEST_CASE("a user's hash and equality are used, a poor hash is mixed") {
  struct ByLength {
    std::size_t operator()(const std::string& text) const { return text.size(); }
  };
  struct SameLength {
    bool operator()(const std::string& a, const std::string& b) const { return a.size() == b.size(); }
  };
  ashlar::MemoryTier<std::string, int, ashlar::HashWith<ByLength>, ashlar::EqualWith<SameLength>> tier{
      ashlar::entries(100)};
  tier.put("abc", 3);
  CHECK(tier.get("xyz") == 3);
  CHECK(tier.get("xy") == std::nullopt);
}
