// SPDX-License-Identifier: BSL-1.0
// Every policy while hits, insertions, evictions, erasures and changes of capacity run at once.
#include <support/catch.hpp>

#include <atomic>
#include <cstdint>
#include <optional>
#include <thread>
#include <tuple>
#include <vector>

#include <support/access_patterns.hpp>
#include <support/memory_tiers.hpp>
#include <support/soak.hpp>

using namespace ashlar_test;

namespace {

template <class Policy>
using Words = Tier<U64, U64, Policy>;
template <class Policy>
using Objects = Tier<U64, Boxed, Policy>;
template <class Policy>
using Weighed = Tier<U64, U64, Policy, ashlar::WeighBy<UpToFour>>;

template <template <class> class Kind>
using EveryPolicy = std::tuple<Kind<ashlar::Fifo>, Kind<ashlar::Lru>, Kind<ashlar::Sieve>, Kind<ashlar::S3Fifo>,
                               Kind<ashlar::TinyLfu>, Kind<ashlar::Adaptive>>;

/// Two threads hit a few keys all the time while two others put more than fits; now and then the capacity changes.
template <class T>
void hit_while_evicting(std::size_t capacity) {
  using Value = typename T::mapped_type;
  T tier{capacity_for<T>(capacity)};
  const std::uint64_t steps = static_cast<std::uint64_t>(6'000 * soak());
  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> wrong{0}, hits{0};
  std::vector<std::thread> readers, writers;
  for (U64 r = 0; r < 2; ++r) {
    readers.emplace_back([&, r] {
      Chance chance{r};
      while (!stop) {
        const U64 key = chance.below(capacity / 2 + 1);
        if (const auto found = tier.get(key)) {
          ++hits;
          wrong += number_of(*found) != key * 3;
        }
      }
    });
  }
  for (U64 w = 0; w < 2; ++w) {
    writers.emplace_back([&, w] {
      Chance chance{10 + w};
      for (std::uint64_t i = 0; i < steps; ++i) {
        const U64 key = chance.below(3) == 0 ? chance.below(capacity * 4) : chance.below(capacity / 2 + 1);
        if (!tier.contains(key)) tier.put(key, Value{key * 3});
        if (i % 16 == 0) tier.erase(chance.below(capacity));
        if (i % 1'000 == 999) tier.resize_capacity(capacity_for<T>(capacity / 2 + chance.below(capacity)));
      }
    });
  }
  for (std::thread& thread : writers) thread.join();
  stop = true;
  for (std::thread& thread : readers) thread.join();
  CHECK(wrong == 0);
  CHECK(tier.weight() <= tier.capacity());
  // The policy knows every entry: room for all of them can be made one by one.
  tier.resize_capacity(capacity_for<T>(0));
  CHECK(tier.size() == 0);
  CHECK(tier.weight() == 0);
  const auto stats = tier.stats();
  CHECK(stats.inserted == stats.evicted + stats.erased);
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("words: hits while entries go", "", EveryPolicy<Words>) {
  hit_while_evicting<TestType>(40);
  hit_while_evicting<TestType>(12'000);
}
TEMPLATE_LIST_TEST_CASE("objects: hits while entries go", "", EveryPolicy<Objects>) {
  hit_while_evicting<TestType>(40);
  hit_while_evicting<TestType>(12'000);
}
TEMPLATE_LIST_TEST_CASE("weighed entries: hits while they go", "", EveryPolicy<Weighed>) {
  hit_while_evicting<TestType>(40);
}
