// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include <ashlar/core/error.hpp>

namespace ashlar::inline v0 {

/// What a flush did.
struct FlushReport {
  std::size_t written = 0;     ///< writes that reached the lower tier while it ran
  std::size_t waiting = 0;     ///< keys of those that waited at its start and could not be written
  std::optional<Error> error;  ///< the last failure, where there was one

  /// True when everything that waited has been written.
  bool complete() const noexcept { return waiting == 0; }
};

/// What a write-back strategy has counted since it was made.
struct WriteBackStats {
  std::uint64_t queued = 0;     ///< writes and removals taken
  std::uint64_t coalesced = 0;  ///< of these, took the place of one that waited
  std::uint64_t written = 0;    ///< writes that reached the lower tier
  std::uint64_t failures = 0;   ///< attempts that failed
  std::uint64_t refused = 0;    ///< writes refused because the backlog was full
};

}  // namespace ashlar::inline v0
