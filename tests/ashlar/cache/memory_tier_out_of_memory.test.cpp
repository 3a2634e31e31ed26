// SPDX-License-Identifier: BSL-1.0
// Every allocation of every operation fails once: the tier's, its policies', its records' and the user's types' own.
#include <support/catch.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include <ashlar/cache/eviction/unbounded.hpp>
#include <support/access_patterns.hpp>
#include <support/memory_tiers.hpp>
#include <support/own_new.hpp>

namespace {

using namespace ashlar_test;

/// Which values a listener was told of. Noexcept, so it takes no memory.
struct Told {
  std::vector<std::uint8_t>* times = nullptr;
  void operator()(U64, Boxed value, ashlar::RemovalCause) const noexcept { ++(*times)[value.number()]; }
};

/// A key whose comparison may fail and whose size is not that of a word.
template <class... O>
using Listened = Tier<U64, Boxed, ashlar::OnRemoval<Told>, O...>;

using Fragile = std::tuple<Listened<ashlar::Fifo>, Listened<ashlar::Lru>, Listened<ashlar::Sieve>,
                           Listened<ashlar::S3Fifo>, Listened<ashlar::TinyLfu>, Listened<ashlar::Adaptive>,
                           Listened<ashlar::Lru, ashlar::SingleThreaded>, Listened<ashlar::WeighBytes, ashlar::Sieve>,
                           Listened<ashlar::WeighBy<UpToFour>, ashlar::Adaptive, ashlar::SingleThreaded>,
                           Listened<ashlar::WeighBy<UpToFour>, ashlar::TinyLfu>,
                           Listened<ashlar::ExpirePerEntry<>, ashlar::S3Fifo>, Listened<ashlar::Unbounded>>;

template <class T>
std::map<U64, U64> contents(T& tier) {
  std::map<U64, U64> all;
  tier.for_each([&](U64 key, const Boxed& value) { all[key] = value.number(); });
  return all;
}

/// Runs `change` with the first allocation failing, then the second, …, until none does; each time the entry of `key`
/// must be as it was, and no other may be new or another.
template <class T, class Change>
void fail_each(T& tier, U64 key, Change&& change) {
  for (long after = 0;; ++after) {
    const auto before = contents(tier);
    allocations_left = after;
    try {
      change();
      allocations_left = -1;
      return;
    } catch (const std::bad_alloc&) {
      allocations_left = -1;
    }
    const auto now = contents(tier);
    REQUIRE(before.contains(key) == now.contains(key));
    for (const auto& [k, v] : now) {
      const auto was = before.find(k);
      REQUIRE(was != before.end());
      REQUIRE(was->second == v);
    }
    REQUIRE(tier.size() == now.size());
    REQUIRE(tier.weight() <= tier.capacity());
  }
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("whichever allocation fails, entries are as before and each value is told of once", "",
                        Fragile) {
  constexpr U64 steps = 500;
  std::vector<std::uint8_t> told(steps + 1);
  std::vector<std::uint8_t> stored(steps + 1);
  {
    TestType tier{capacity_for<TestType>(25), ashlar::OnRemoval{Told{&told}}};
    Chance chance{3};
    for (U64 i = 0; i < steps; ++i) {
      const U64 key = chance.below(60);
      switch (chance.below(8)) {
        case 0: fail_each(tier, key, [&] { stored[i] += tier.insert_if_absent(key, Boxed{i}); }); break;
        case 1:
          fail_each(tier, key, [&] {
            stored[i] += tier.compute(key, [&](const Boxed*) { return std::optional<Boxed>{Boxed{i}}; });
          });
          break;
        case 2: fail_each(tier, key, [&] { tier.erase(key); }); break;
        case 3:
          fail_each(tier, key, [&] {
            if (auto taken = tier.take(key)) ++told[taken->number()];
          });
          break;
        case 4: fail_each(tier, key, [&] { static_cast<void>(tier.get(key)); }); break;
        default: fail_each(tier, key, [&] { stored[i] += ashlar::stored(tier.put(key, Boxed{i})); }); break;
      }
      REQUIRE(stored[i] <= 1);
    }
    fail_each(tier, 1'000, [&] { tier.clear(); });
    CHECK(tier.size() == 0);
  }
  for (U64 i = 0; i < steps; ++i) {
    CAPTURE(i);
    REQUIRE(told[i] == stored[i]);
  }
}

TEMPLATE_LIST_TEST_CASE("a change of capacity that runs out of memory loses nothing that fits and keeps the budget", "",
                        Fragile) {
  std::vector<std::uint8_t> told(1'000);
  for (const bool grows : {false, true}) {
    for (long after = 0;; ++after) {
      TestType tier{capacity_for<TestType>(200), ashlar::OnRemoval{Told{&told}}};
      for (U64 i = 0; i < 200; ++i) tier.put(i, Boxed{i});
      const std::size_t before = tier.size();
      allocations_left = after;
      bool done = true;
      try {
        tier.resize_capacity(capacity_for<TestType>(grows ? 800 : 20));
      } catch (const std::bad_alloc&) {
        done = false;
      }
      allocations_left = -1;
      if (grows) CHECK(tier.size() == before);
      for (U64 i = 0; i < 300; ++i) tier.put(i, Boxed{i});
      if constexpr (!std::same_as<typename TestType::eviction_type, ashlar::Unbounded>) {
        CHECK(tier.weight() <= tier.capacity());
      }
      if (done) break;
    }
  }
}

TEMPLATE_LIST_TEST_CASE("a tier that cannot be made leaves nothing behind", "", Fragile) {
  std::vector<std::uint8_t> told;
  for (long after = 0;; ++after) {
    allocations_left = after;
    try {
      const TestType tier{capacity_for<TestType>(20'000), ashlar::OnRemoval{Told{&told}}};
      allocations_left = -1;
      CHECK(after > 0);
      return;
    } catch (const std::bad_alloc&) {
      allocations_left = -1;
    }
  }
}
