// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <concepts>
#include <type_traits>

#include <ashlar/cache/concepts.hpp>
#include <ashlar/cache/detail/loading_rules.hpp>
#include <ashlar/cache/null_tier.hpp>
#include <ashlar/codec/no_compression.hpp>

namespace ashlar::inline v0::detail {

/// The lower tier as the cache keeps it: packed with `Compression`, where there is one.
template <class L2, class Compression>
consteval auto packed_tier() {
  if constexpr (std::same_as<Compression, NoCompression>) {
    return std::type_identity<L2>{};
  } else if constexpr (packing_tier<L2, Compression>) {
    return std::type_identity<With<Compression, L2>>{};
  } else {
    static_assert(
        packing_tier<L2, Compression>,
        "[ashlar] Cache: Compression needs a lower tier that keeps bytes and is not compressed already (StoreTier, "
        "or a Cache of such tiers); this one is neither: write NoCompression, or another lower tier");
    return std::type_identity<L2>{};
  }
}
template <class L2, class Compression>
using PackedTier = typename decltype(packed_tier<L2, Compression>())::type;

/// A level that entries can leave in time, or that holds none.
template <class T>
inline constexpr bool lets_expire = holds_nothing<T> || expiring_tier<T>;

/// Refuses, in words, what cannot keep its promise.
template <class L1, class L2, class Strategy>
consteval bool check_combination() {
  static_assert(std::same_as<typename L1::key_type, typename L2::key_type>,
                "[ashlar] Cache: both tiers must have the same key_type; change one of them");
  static_assert(std::same_as<typename L1::mapped_type, typename L2::mapped_type>,
                "[ashlar] Cache: both tiers must have the same mapped_type; change one of them");
  static_assert(!(holds_nothing<L1> && holds_nothing<L2>),
                "[ashlar] Cache: two null tiers keep nothing; give a MemoryTier, a StoreTier or your own");
  static_assert(!source_tier<L1>,
                "[ashlar] Cache: the upper tier is the source of the values; a cache stands before it: swap the tiers");
  static_assert(!(needs_a_lower_tier<Strategy> && holds_nothing<L2>),
                "[ashlar] Cache: this strategy writes to the lower tier, and a null tier would lose the value; write "
                "WriteThrough, or give a lower tier that stores");
  static_assert(
      !(needs_a_lower_tier<Strategy> && refuses_writes<L2>),
      "[ashlar] Cache: this strategy writes to the lower tier, which is read only; write WriteThrough, or make it a "
      "SourceTier<K, V, ReadWrite>");
  static_assert(
      !(needs_a_lasting_tier<Strategy> && drops_entries<L2>),
      "[ashlar] Cache: this strategy writes later, to a lower tier that evicts, so that what was written may be "
      "in neither; write StoreTier or a MemoryTier with Unbounded below, or WriteThrough. Where a source has "
      "every value anyway, derive from WriteBack and say `static constexpr bool needs_lasting_tier = false;`");
  static_assert(!(holds_nothing<L1> && RulesOf<Strategy>::type::template has<SoftTimeout>),
                "[ashlar] Cache: SoftTimeout answers with a stale value of the upper tier, and a null tier has none; "
                "give a MemoryTier above, or write HardTimeout");
  if constexpr (RulesOf<Strategy>::type::needs_time) {
    static_assert(lets_expire<L1> && (lets_expire<L2> || source_tier<L2>),
                  "[ashlar] Cache: Loading needs the time that values have left, and one of these tiers cannot tell; "
                  "add ExpirePerEntry<> to the MemoryTier, or take a tier whose entries expire");
  }
  return true;
}

}  // namespace ashlar::inline v0::detail
