// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>

namespace ashlar::inline v0 {

/// What one `Cache` has counted since it was made. Hits above are counted by the upper tier itself, so that a hit
/// costs no more than it does there.
struct CacheStats {
  std::uint64_t hits_below = 0;    ///< reads that missed above and hit below (or what was still to be written)
  std::uint64_t misses = 0;        ///< reads that found nothing on either level
  std::uint64_t loads = 0;         ///< loader calls that returned
  std::uint64_t failed_loads = 0;  ///< loader calls that threw or returned an error
  std::uint64_t joined = 0;        ///< callers who waited for another caller's read below or load
  std::uint64_t beaten = 0;        ///< values not stored because a write or invalidation overtook them
  std::uint64_t errors_above = 0;  ///< failed operations of the upper tier
  std::uint64_t errors_below = 0;  ///< failed operations of the lower tier
  std::uint64_t stale = 0;         ///< stale values given to callers (`Loading`)
  std::uint64_t renewals = 0;      ///< loads asked for while there was a value still
  std::uint64_t timeouts = 0;      ///< callers who waited longer than `HardTimeout`

  friend bool operator==(const CacheStats&, const CacheStats&) = default;
};

}  // namespace ashlar::inline v0
