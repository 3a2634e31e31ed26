// SPDX-License-Identifier: BSL-1.0
// What is not asked for costs no byte.
#include <support/catch.hpp>

#include <chrono>
#include <cstdint>
#include <string>

#include <ashlar/cache/expiry.hpp>
#include <support/memory_tiers.hpp>

using namespace ashlar_test;

namespace {

template <class Key, class Value, class... O>
constexpr double overhead = ashlar::MemoryTier<Key, Value, O...>::overhead_per_entry;

struct Ignore {
  template <class Key, class Value>
  void operator()(const Key&, Value&&, ashlar::RemovalCause) const noexcept {}
};
using Listening = ashlar::OnRemoval<Ignore>;

template <class Key, class Value, ashlar::detail::Sync sync, bool deadlines, bool weights>
constexpr std::size_t bytes = ashlar::detail::Group<Key, Value, sync, deadlines, weights>::bytes;

constexpr auto words = ashlar::detail::Sync::optimistic;
constexpr auto objects = ashlar::detail::Sync::locked;
constexpr auto alone = ashlar::detail::Sync::none;

// Sixteen entries: their keys and values, and 32 bytes for their tags, marks, guard and the count of those that went on.
static_assert(bytes<U64, U64, words, false, false> == 16 * 16 + 32);
static_assert(bytes<U64, U64, alone, false, false> == 16 * 16 + 32);
static_assert(bytes<std::string, std::string, objects, false, false> == 16 * 2 * sizeof(std::string) + 32);
static_assert(bytes<std::uint32_t, std::uint32_t, words, false, false> == 16 * 8 + 32);
// A deadline and a weight are four bytes each, where they are asked for.
static_assert(bytes<U64, U64, words, true, false> == bytes<U64, U64, words, false, false> + 16 * 4);
static_assert(bytes<U64, U64, words, false, true> == bytes<U64, U64, words, false, false> + 16 * 4);

// Listener, statistics, hash, equality and threading cost an entry nothing, used or not.
static_assert(overhead<U64, U64, Listening> == overhead<U64, U64>);
static_assert(overhead<U64, U64, ashlar::CountHits> == overhead<U64, U64>);
static_assert(overhead<U64, U64, ashlar::SingleThreaded> == overhead<U64, U64>);
static_assert(overhead<U64, U64, ashlar::HashWith<std::hash<U64>>> == overhead<U64, U64>);
static_assert(overhead<U64, U64, ashlar::EqualWith<std::equal_to<U64>>> == overhead<U64, U64>);
static_assert(overhead<U64, U64, ashlar::ExpirePerEntry<>> >= overhead<U64, U64>);
static_assert(overhead<U64, U64, ashlar::WeighBytes> >= overhead<U64, U64>);

// Nor does an option without state cost the tier.
static_assert(sizeof(Tier<U64, U64, Listening>) == sizeof(Tier<U64, U64>));
static_assert(sizeof(Tier<U64, U64, ashlar::WeighBytes>) == sizeof(Tier<U64, U64>));
static_assert(sizeof(Tier<U64, U64, ashlar::HashWith<std::hash<U64>>>) == sizeof(Tier<U64, U64>));
static_assert(sizeof(Tier<U64, U64, ashlar::EqualWith<std::equal_to<U64>>>) == sizeof(Tier<U64, U64>));
static_assert(sizeof(Tier<U64, U64>) < sizeof(Tier<U64, U64, ashlar::CountHits>));

// Within sixteen bytes for every policy, and for text.
static_assert(overhead<U64, U64, ashlar::Fifo> <= 16 && overhead<U64, U64, ashlar::Lru> <= 16 &&
              overhead<U64, U64, ashlar::Sieve> <= 16 && overhead<U64, U64, ashlar::S3Fifo> <= 16 &&
              overhead<U64, U64, ashlar::Adaptive> <= 16);
static_assert(overhead<std::string, std::string> <= 16);

}  // namespace

TEST_CASE("the table takes what the constant says") {
  constexpr std::size_t capacity = 100'000;
  const Tier<U64, U64, ashlar::SingleThreaded> plain{ashlar::entries(capacity)};
  const Tier<U64, U64, ashlar::SingleThreaded, Listening, ashlar::CountHits> used{ashlar::entries(capacity)};
  CHECK(plain.table_bytes() == used.table_bytes());
  const double policy = ashlar::Adaptive::bytes_per_entry;
  const double each = static_cast<double>(plain.table_bytes()) / capacity - sizeof(U64) * 2 + policy;
  // The policy's bytes per slot are outside of the table.
  CHECK(each <= overhead<U64, U64> + 0.1);
  CHECK(each >= overhead<U64, U64> - 1.5 * ashlar::Adaptive::bytes_per_slot - 0.1);
}

TEST_CASE("statistics of lookups stay zero where nobody asked for them") {
  Tier<U64, U64> tier{ashlar::entries(10)};
  tier.put(1, 1);
  tier.get(1);
  tier.get(2);
  CHECK(tier.stats().hits == 0);
  CHECK(tier.stats().misses == 0);
  CHECK(tier.maintain() == 0);
}
