// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>

namespace ashlar::inline v0 {

/// What became of a value that was put into a memory tier.
enum class Put : std::uint8_t {
  inserted,   ///< under a new key
  replaced,   ///< in the place of another value
  too_heavy,  ///< it weighs more than the whole tier may hold, or 2^32 or more; what was under the key is gone too
  no_room,    ///< nothing could be evicted: all pinned, or a policy that evicts nothing; what was there is gone too
  kept,       ///< the value that was there was wanted
  absent,     ///< no value was wanted
};

/// True when the tier holds the value that was given.
constexpr bool stored(Put put) noexcept { return put == Put::inserted || put == Put::replaced; }

}  // namespace ashlar::inline v0
