// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>

#include <ashlar/cache/eviction/unbounded.hpp>
#include <ashlar/cache/expiry.hpp>
#include <support/memory_tiers.hpp>

namespace {

/// Counts down to a failure; negative for never.
long fuse = -1;

void may_fail() {
  if (fuse >= 0 && fuse-- == 0) throw std::runtime_error{"the fuse is out"};
}

/// A number whose copies may fail. Moves do not.
struct Fragile {
  std::shared_ptr<int> number;

  explicit Fragile(int n) : number{std::make_shared<int>(n)} {}
  Fragile(const Fragile& other) : number{other.number} { may_fail(); }
  Fragile(Fragile&&) noexcept = default;
  Fragile& operator=(const Fragile& other) {
    may_fail();
    number = other.number;
    return *this;
  }
  Fragile& operator=(Fragile&&) noexcept = default;
  friend bool operator==(const Fragile& a, const Fragile& b) { return *a.number == *b.number; }
};

struct FragileHash {
  std::size_t operator()(const Fragile& key) const {
    may_fail();
    return static_cast<std::size_t>(*key.number);
  }
};
struct FragileEqual {
  bool operator()(const Fragile& a, const Fragile& b) const {
    may_fail();
    return a == b;
  }
};
struct FragileWeight {
  std::uint64_t operator()(const Fragile&, const Fragile& value) const {
    may_fail();
    return static_cast<std::uint64_t>(*value.number % 3 + 1);
  }
};
struct FragileLife {
  std::chrono::nanoseconds operator()(const Fragile&, const Fragile&) const {
    may_fail();
    return std::chrono::hours{1};
  }
};
template <class T>
struct FragileMemory {
  using value_type = T;
  FragileMemory() = default;
  template <class U>
  FragileMemory(const FragileMemory<U>&) {}
  T* allocate(std::size_t n) {
    if (fuse >= 0 && fuse-- == 0) throw std::bad_alloc{};
    return std::allocator<T>{}.allocate(n);
  }
  void deallocate(T* p, std::size_t n) { std::allocator<T>{}.deallocate(p, n); }
  friend bool operator==(const FragileMemory&, const FragileMemory&) = default;
};

/// What the tier holds, read without the fuse.
template <class Tier>
std::map<int, int> contents(Tier& tier) {
  const long kept = std::exchange(fuse, -1);
  std::map<int, int> all;
  tier.for_each([&](const Fragile& key, const Fragile& value) { all[*key.number] = *value.number; });
  fuse = kept;
  return all;
}

/// Runs `change` with every possible failure, then without; each failure must leave the entry of `key` as it was.
template <class Tier, class Change>
void try_all(Tier& tier, int key, Change&& change) {
  for (long after = 0;; ++after) {
    fuse = -1;
    const auto before = contents(tier);
    fuse = after;
    try {
      change();
      fuse = -1;
      return;
    } catch (const std::exception&) {
      fuse = -1;
      const auto now = contents(tier);
      // Others may have been evicted to make room; none has changed or come.
      REQUIRE(before.contains(key) == now.contains(key));
      for (const auto& [k, v] : now) REQUIRE(before.at(k) == v);
      REQUIRE(tier.size() == now.size());
    }
  }
}

template <class Tier>
void exercise(Tier& tier) {
  std::mt19937 random{5};
  for (int i = 0; i < 400; ++i) {
    const int key = static_cast<int>(random() % 60), value = i;
    switch (random() % 6) {
      case 0:
      case 1: try_all(tier, key, [&] { tier.put(Fragile{key}, Fragile{value}); }); break;
      case 2: try_all(tier, key, [&] { tier.insert_if_absent(Fragile{key}, Fragile{value}); }); break;
      case 3:
        try_all(tier, key, [&] {
          tier.compute(Fragile{key}, [&](const Fragile* current) -> std::optional<Fragile> {
            may_fail();
            if (current != nullptr) return *current;
            return Fragile{value};
          });
        });
        break;
      case 4: try_all(tier, key, [&] { tier.erase(Fragile{key}); }); break;
      default:
        try_all(tier, key, [&] {
          const auto found = tier.get(Fragile{key});
          if (found) REQUIRE(contents(tier).at(key) == *found->number);
        });
        break;
    }
  }
  fuse = -1;
  tier.clear();
  CHECK(tier.size() == 0);
  CHECK(tier.weight() == 0);
}

}  // namespace

TEMPLATE_TEST_CASE("whatever throws, an entry is as before", "", ashlar::Fifo, ashlar::Lru, ashlar::Sieve,
                   ashlar::S3Fifo, ashlar::TinyLfu, ashlar::Adaptive) {
  SECTION("copies, hash and equality; entries") {
    ashlar::MemoryTier<Fragile, Fragile, ashlar::HashWith<FragileHash>, ashlar::EqualWith<FragileEqual>, TestType> tier{
        ashlar::entries(30)};
    exercise(tier);
  }
  SECTION("the weigher and the allocator too") {
    ashlar::MemoryTier<Fragile, Fragile, ashlar::HashWith<FragileHash>, TestType, ashlar::WeighBy<FragileWeight>,
                       ashlar::AllocateWith<FragileMemory<char>>>
        tier{ashlar::units(80)};
    exercise(tier);
  }
  SECTION("an expiry that asks the value") {
    ashlar::MemoryTier<Fragile, Fragile, ashlar::HashWith<FragileHash>, TestType, ashlar::ExpireByValue<FragileLife>>
        tier{ashlar::entries(30)};
    exercise(tier);
  }
  SECTION("one thread") {
    ashlar::MemoryTier<Fragile, Fragile, ashlar::HashWith<FragileHash>, TestType, ashlar::SingleThreaded> tier{
        ashlar::entries(30)};
    exercise(tier);
  }
}

TEST_CASE("a table that cannot grow refuses the new entry and keeps the others") {
  fuse = -1;
  ashlar::MemoryTier<int, std::string, ashlar::Unbounded, ashlar::AllocateWith<FragileMemory<char>>> tier;
  int failures = 0;
  for (int i = 0; i < 5000; ++i) {
    fuse = 0;
    try {
      tier.put(i, std::to_string(i));
    } catch (const std::bad_alloc&) {
      ++failures;
      fuse = -1;
      REQUIRE_FALSE(tier.contains(i));
      tier.put(i, std::to_string(i));
    }
  }
  fuse = -1;
  CHECK(failures > 0);
  for (int i = 0; i < 5000; ++i) REQUIRE(tier.get(i) == std::to_string(i));
}

TEST_CASE("a predicate that throws stops the removal and loses nothing") {
  ashlar::MemoryTier<int, int> tier{ashlar::entries(100)};
  for (int i = 0; i < 100; ++i) tier.put(i, i);
  CHECK_THROWS_AS(tier.erase_matching([](int key) -> bool {
    if (key == 50) throw std::runtime_error{"no"};
    return false;
  }),
                  std::runtime_error);
  CHECK(tier.size() == 100);
  CHECK_THROWS_AS(tier.visit(3, [](int) { throw std::runtime_error{"no"}; }), std::runtime_error);
  tier.put(3, 4);
  CHECK(tier.get(3) == 4);
}
