// SPDX-License-Identifier: BSL-1.0
// Keys and values of every kind, hashes that tell nothing, the smallest capacities and the greatest weights.
#include <support/catch.hpp>

#include <any>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <ashlar/cache/eviction/unbounded.hpp>
#include <support/access_patterns.hpp>
#include <support/memory_tiers.hpp>

using namespace ashlar_test;
using ashlar::entries;
using ashlar::stored;
using ashlar::units;

namespace {

struct OneHash {
  std::size_t operator()(U64) const { return 7; }
};
struct OneRawHash {
  using is_avalanching = void;
  std::size_t operator()(U64) const { return 0; }
};

struct PointeeHash {
  using is_transparent = void;
  std::size_t operator()(const std::unique_ptr<int>& key) const { return (*this)(*key); }
  std::size_t operator()(int key) const { return std::hash<int>{}(key); }
};
struct PointeeEqual {
  using is_transparent = void;
  bool operator()(const std::unique_ptr<int>& a, const std::unique_ptr<int>& b) const { return *a == *b; }
  bool operator()(const std::unique_ptr<int>& a, int b) const { return *a == b; }
};

template <std::size_t alignment>
struct alignas(alignment) Aligned {
  std::string text;
  explicit Aligned(U64 number) : text(std::string(30, ' ') + std::to_string(number)) { check(); }
  Aligned(const Aligned& other) : text{other.text} { check(); }
  Aligned(Aligned&& other) noexcept : text{std::move(other.text)} { check(); }
  void check() const {
    if (reinterpret_cast<std::uintptr_t>(this) % alignment != 0) std::abort();
  }
};
template <std::size_t alignment>
struct alignas(alignment) AlignedWords {
  U64 number = 0;
};
struct Constant {
  const int a;
  int b;
};
struct NoAddress {
  std::string text;
  NoAddress* operator&() = delete;
  const NoAddress* operator&() const = delete;
};
struct Empty {
  bool operator==(const Empty&) const = default;
};
struct EmptyHash {
  std::size_t operator()(Empty) const { return 1; }
};
struct Three {
  char letters[3];
};

/// As heavy as its key says.
struct ByKey {
  U64 operator()(U64 key, U64) const { return key; }
};
struct Weightless {
  U64 operator()(U64, U64) const { return 0; }
};

template <class Value>
void keeps_aligned(std::size_t capacity) {
  Tier<U64, Value> tier{entries(capacity)};
  Tier<U64, Value, ashlar::Unbounded> growing;
  for (U64 i = 0; i < 300; ++i) {
    tier.put(i, Value{i});
    growing.put(i, Value{i});
    tier.visit(i, [](const Value& value) { REQUIRE(reinterpret_cast<std::uintptr_t>(&value) % alignof(Value) == 0); });
    REQUIRE(tier.get(i));
  }
  CHECK(growing.size() == 300);
}

/// A tier of so few entries holds what was put last, and what it shows is the last that was put.
template <class T>
void works_small(std::size_t capacity) {
  CAPTURE(capacity);
  T tier{entries(capacity)};
  std::map<U64, U64> last;
  Chance chance{capacity};
  for (U64 i = 0; i < 500; ++i) {
    const U64 key = chance.below(2 * capacity + 3), other = chance.below(2 * capacity + 3);
    const bool kept = stored(tier.put(key, i));
    last[key] = i;
    REQUIRE(kept == (capacity != 0));
    REQUIRE(tier.get(key) == (kept ? std::optional{i} : std::nullopt));
    REQUIRE(tier.size() <= capacity);
    if (const auto found = tier.get(other)) REQUIRE(found == last.at(other));
  }
  for (const std::size_t next : {5u, 0u, 40u, 1u, 16u, 17u}) {
    tier.resize_capacity(entries(next));
    REQUIRE(tier.size() <= next);
    for (U64 i = 0; i < 100; ++i) tier.put(i, i);
    REQUIRE(tier.size() == next);
  }
}

}  // namespace

TEMPLATE_TEST_CASE("the smallest capacities hold as many entries, however bad the hash", "", ashlar::Fifo, ashlar::Lru,
                   ashlar::Sieve, ashlar::S3Fifo, ashlar::TinyLfu, ashlar::Adaptive) {
  for (const std::size_t capacity : {0u, 1u, 2u, 3u, 15u, 16u, 17u, 31u, 33u}) {
    works_small<Tier<U64, U64, TestType>>(capacity);
    works_small<Tier<U64, U64, TestType, ashlar::SingleThreaded>>(capacity);
    works_small<Tier<U64, U64, TestType, ashlar::HashWith<OneHash>>>(capacity);
    works_small<Tier<U64, U64, TestType, ashlar::HashWith<OneRawHash>>>(capacity);
  }
}

TEST_CASE("keys of one hash are all in one shard and all found") {
  Tier<U64, U64, ashlar::HashWith<OneHash>> tier{entries(20'000)};
  for (U64 i = 0; i < 2'000; ++i) REQUIRE(stored(tier.put(i, i)));
  for (U64 i = 0; i < 2'000; ++i) REQUIRE(tier.get(i) == i);
  for (U64 i = 0; i < 2'000; i += 2) REQUIRE(tier.erase(i));
  for (U64 i = 0; i < 2'000; ++i) REQUIRE(tier.contains(i) == (i % 2 == 1));
}

TEST_CASE("keys and values that can only be moved") {
  Tier<std::unique_ptr<int>, std::unique_ptr<int>, ashlar::HashWith<PointeeHash>, ashlar::EqualWith<PointeeEqual>> tier{
      entries(10)};
  for (int i = 0; i < 30; ++i) REQUIRE(stored(tier.put(std::make_unique<int>(i), std::make_unique<int>(-i))));
  CHECK(tier.visit(29, [](const std::unique_ptr<int>& value) { CHECK(*value == -29); }));
  const auto taken = tier.take(29);
  REQUIRE(taken);
  CHECK(**taken == -29);
  CHECK_FALSE(tier.contains(29));
  CHECK(tier.compute(std::make_unique<int>(3), [](const std::unique_ptr<int>* current) {
    return std::optional{std::make_unique<int>(current != nullptr ? **current : 99)};
  }));
  CHECK(tier.insert_if_absent(std::make_unique<int>(77), std::make_unique<int>(7)));
  CHECK(tier.erase_matching([](const std::unique_ptr<int>& key) { return *key == 77; }) == 1);
  tier.resize_capacity(entries(2));
  CHECK(tier.size() == 2);
}

TEST_CASE("values aligned beyond the usual lie where they must") {
  keeps_aligned<Aligned<64>>(40);
  keeps_aligned<Aligned<256>>(40);
  keeps_aligned<Aligned<4096>>(20);
  keeps_aligned<AlignedWords<32>>(40);
  keeps_aligned<AlignedWords<512>>(40);
}

TEST_CASE("values of any size and kind") {
  Tier<U64, std::array<char, 65'536>> huge{entries(3)};
  Tier<U64, std::array<char, 1'016>> most_words{entries(3)};
  Tier<U64, std::array<char, 1'017>> too_many{entries(3)};
  Tier<char, char> letters{entries(50)};
  Tier<U64, Three> three{entries(9)};
  for (int i = 0; i < 50; ++i) {
    const auto letter = static_cast<char>(i);
    const auto key = static_cast<U64>(i);
    std::array<char, 65'536> whole{};
    whole.back() = letter;
    huge.put(key, whole);
    most_words.put(key, {letter});
    too_many.put(key, {letter});
    letters.put(letter, letter);
    three.put(key, {{1, 2, letter}});
    CHECK(huge.get(key)->back() == letter);
    CHECK(most_words.get(key)->front() == letter);
    CHECK(too_many.get(key)->front() == letter);
    CHECK(letters.get(letter) == letter);
    CHECK(three.get(key)->letters[2] == letter);
  }
  Tier<bool, bool> truths{entries(2)};
  truths.put(true, false);
  truths.put(false, true);
  CHECK(truths.get(true) == false);
  Tier<Empty, Empty, ashlar::HashWith<EmptyHash>> nothing{entries(5)};
  CHECK(stored(nothing.put({}, {})));
  CHECK(nothing.get(Empty{}));
  CHECK(nothing.erase(Empty{}));
  Tier<U64, Constant> constant{entries(5)};
  constant.put(1, {3, 4});
  constant.put(1, {5, 6});
  CHECK(constant.get(1)->a == 5);
  Tier<U64, NoAddress> no_address{entries(5)};
  no_address.put(1, NoAddress{"x"});
  no_address.put(1, NoAddress{"y"});
  no_address.compute(1, [](const NoAddress* current) { return std::optional<NoAddress>{*current}; });
  CHECK(no_address.get(1)->text == "y");
  CHECK(no_address.take(1)->text == "y");
  Tier<std::string_view, float> views{entries(5)};
  views.put("x", NAN);
  CHECK(views.contains("x"));
  CHECK_FALSE(views.compare_and_swap("x", NAN, 1));
}

TEST_CASE("values that look like nothing, or take anything") {
  Tier<U64, std::optional<int>> maybe{entries(5)};
  maybe.put(1, std::nullopt);
  const auto found = maybe.get(1);
  REQUIRE(found);
  CHECK_FALSE(*found);
  CHECK_FALSE(maybe.get(2));
  Tier<U64, std::any> any{entries(5)};
  any.put(1, std::any{3});
  any.compute(1, [](const std::any* current) { return std::optional<std::any>{*current}; });
  CHECK(std::any_cast<int>(*any.get(1)) == 3);
  CHECK(std::any_cast<int>(*any.take(1)) == 3);
  Tier<U64, std::function<int()>> functions{entries(5)};
  functions.put(1, [] { return 4; });
  CHECK((*functions.get(1))() == 4);
}

TEMPLATE_TEST_CASE("weights up to the greatest number neither wrap nor break the budget", "", ashlar::Fifo, ashlar::Lru,
                   ashlar::Sieve, ashlar::S3Fifo, ashlar::TinyLfu, ashlar::Adaptive) {
  constexpr U64 most = 0xffff'ffff, greatest = ~U64{0};
  Tier<U64, U64, TestType, ashlar::WeighBy<ByKey>> small{units(1'000)};
  for (const U64 weight : {U64{0}, U64{1}, U64{999}, U64{1'000}, U64{1'001}, most, most + 1, greatest / 2, greatest}) {
    CAPTURE(weight);
    const ashlar::Put result = small.put(weight, weight);
    CHECK(stored(result) == (weight <= 1'000));
    if (weight > 1'000) CHECK(result == ashlar::Put::too_heavy);
    CHECK(small.weight() <= 1'000);
    CHECK(small.contains(0));
  }
  Tier<U64, U64, TestType, ashlar::WeighBy<ByKey>> large{units(greatest)};
  CHECK(stored(large.put(most, 1)));
  CHECK(large.put(most + 1, 1) == ashlar::Put::too_heavy);
  large.resize_capacity(units(0));
  CHECK(large.weight() == 0);
  large.resize_capacity(units(greatest));
  for (U64 i = 0; i < 2'000; ++i) REQUIRE(stored(large.put(most - i, 1)));
  large.resize_capacity(units(3 * most));
  CHECK(large.weight() <= large.capacity());
  for (U64 i = 0; i < 2'000; ++i) {
    REQUIRE(stored(large.put(i, 1)));
    REQUIRE(large.weight() <= large.capacity());
  }
  Tier<U64, U64, TestType, ashlar::WeighBy<Weightless>> pinned{units(1)};
  for (U64 i = 0; i < 2'000; ++i) REQUIRE(stored(pinned.put(i, i)));
  pinned.resize_capacity(units(0));
  for (U64 i = 0; i < 2'000; ++i) REQUIRE(pinned.get(i) == i);
  pinned.clear();
  CHECK(pinned.size() == 0);
}

TEST_CASE("a listener may put, erase, clear and change the capacity") {
  struct Forward {
    std::function<void(U64)>* to;
    void operator()(U64 key, Boxed, ashlar::RemovalCause) const noexcept { (*to)(key); }
  };
  std::function<void(U64)> told;
  U64 times = 0;
  int depth = 0;
  Tier<U64, Boxed, ashlar::Lru, ashlar::OnRemoval<Forward>> tier{entries(10), ashlar::OnRemoval{Forward{&told}}};
  told = [&](U64 key) {
    ++times;
    if (depth == 5) return;
    ++depth;
    tier.put(key + 1'000, key);
    tier.erase(key + 3);
    tier.for_each([](U64, const Boxed&) {});
    if (depth == 3) tier.resize_capacity(entries(times % 2 == 0 ? 12 : 9));
    if (depth == 4) tier.clear();
    --depth;
  };
  for (U64 i = 0; i < 200; ++i) tier.put(i, i);
  depth = 5;
  tier.clear();
  CHECK(tier.size() == 0);
  const auto stats = tier.stats();
  CHECK(times == stats.erased + stats.evicted + stats.replaced);
  CHECK(stats.inserted == stats.erased + stats.evicted);
}
