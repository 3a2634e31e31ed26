// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace ashlar::inline v0::detail {

// How far a search came, and what it found on the way.
struct AboveResult {
  std::size_t next;
  std::size_t count;
};

// A search may stop when it has room for fewer indices than this.
inline constexpr std::size_t above_slack = 64;

namespace scalar {

// Notes the index of each value above `threshold`, until the values are used up or, nearly, the `room`.
inline AboveResult above(const double* values, std::size_t size, double threshold, std::uint32_t* found,
                         std::size_t room) noexcept {
  std::size_t count = 0;
  std::size_t i = 0;
  for (; i < size && count < room; ++i) {
    found[count] = static_cast<std::uint32_t>(i);
    count += static_cast<std::size_t>(values[i] > threshold);
  }
  return {i, count};
}

}  // namespace scalar

}  // namespace ashlar::inline v0::detail
