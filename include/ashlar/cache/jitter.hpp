// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstdint>

#include <ashlar/cache/lifetime.hpp>
#include <ashlar/core/hash.hpp>

namespace ashlar::inline v0 {

/// Spreads times to live, so that what was written together does not expire together.
/// Deterministic: the same `seed` gives the same time. Seed with a hash of the key and a count of its insertions, and
/// lives of one key differ as well. Threads: no state. Cost: two multiplications.
struct Jitter {
  double fraction = 0.2;  ///< lives are spread evenly over ±`fraction` of the time given; 0 to 1

  constexpr std::chrono::nanoseconds operator()(std::chrono::nanoseconds ttl, std::uint64_t seed) const noexcept {
    if (ttl == forever || ttl <= ttl.zero() || fraction <= 0) return ttl;
    const double unit = static_cast<double>(hash_mix(seed) >> 11) * 0x1.0p-53;  // [0, 1)
    const double factor = 1.0 + fraction * (2.0 * unit - 1.0);
    const double spread = static_cast<double>(ttl.count()) * factor;
    return spread >= static_cast<double>(forever.count()) ? forever
                                                          : std::chrono::nanoseconds{static_cast<std::int64_t>(spread)};
  }
};

}  // namespace ashlar::inline v0
