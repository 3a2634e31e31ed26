// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <concepts>
#include <cstdint>
#include <ranges>
#include <type_traits>

#include <ashlar/cache/memory_tier.hpp>

namespace ashlar::inline v0 {

/// What a replayed trace did to a tier.
struct Simulation {
  std::uint64_t requests = 0;
  std::uint64_t hits = 0;
  std::uint64_t evicted = 0;
  std::uint64_t entries = 0;      ///< in the tier at the end
  std::uint64_t weight = 0;       ///< of these
  std::uint64_t table_bytes = 0;  ///< of the tier's table

  constexpr double hit_ratio() const noexcept {
    return requests == 0 ? 0.0 : static_cast<double>(hits) / static_cast<double>(requests);
  }
  constexpr double miss_ratio() const noexcept { return requests == 0 ? 0.0 : 1.0 - hit_ratio(); }
};

/// Replays `trace`, a range of keys, through a tier of this very type with this capacity: each key is looked up and, on
/// a miss, put with `make(key)` as its value. With `SingleThreaded` the result is the same every time.
/// Throws what the tier and `make` throw.
template <class Tier, std::ranges::input_range Trace, class Make>
  requires std::convertible_to<std::invoke_result_t<Make&, const typename Tier::key_type&>, typename Tier::mapped_type>
Simulation simulate(Trace&& trace, typename Tier::capacity_type capacity, Make&& make) {
  Tier tier{capacity};
  Simulation result;
  for (const auto& request : trace) {
    const typename Tier::key_type& key = request;
    ++result.requests;
    if (tier.visit(key, [](const typename Tier::mapped_type&) {})) {
      ++result.hits;
    } else {
      tier.put(key, make(key));
    }
  }
  result.evicted = tier.stats().evicted;
  result.entries = tier.size();
  result.weight = tier.weight();
  result.table_bytes = tier.table_bytes();
  return result;
}

/// The same with default constructed values.
template <class Tier, std::ranges::input_range Trace>
  requires std::default_initializable<typename Tier::mapped_type>
Simulation simulate(Trace&& trace, typename Tier::capacity_type capacity) {
  return simulate<Tier>(trace, capacity, [](const typename Tier::key_type&) { return typename Tier::mapped_type{}; });
}

}  // namespace ashlar::inline v0
