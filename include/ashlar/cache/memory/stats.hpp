// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>

namespace ashlar::inline v0 {

/// What a memory tier has done since it was made. Hits and misses are counted by a tier with `CountHits` only.
struct MemoryStats {
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
  std::uint64_t inserted = 0;  ///< values under new keys
  std::uint64_t replaced = 0;  ///< values under keys that were there
  std::uint64_t erased = 0;    ///< by key or by predicate, or cleared
  std::uint64_t evicted = 0;
  std::uint64_t expired = 0;
  std::uint64_t refused = 0;  ///< too heavy, or no room among pinned entries

  /// Hits by all lookups; 0 before the first.
  constexpr double hit_ratio() const noexcept {
    const auto lookups = static_cast<double>(hits + misses);
    return lookups > 0 ? static_cast<double>(hits) / lookups : 0.0;
  }
};

}  // namespace ashlar::inline v0
