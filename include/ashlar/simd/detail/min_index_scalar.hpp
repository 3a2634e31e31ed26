// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace ashlar::inline v0::detail::scalar {

inline std::size_t min_index(const std::uint8_t* counters, std::size_t size) noexcept {
  std::size_t best = 0;
  for (std::size_t i = 1; i < size; ++i) {
    best = counters[i] < counters[best] ? i : best;
  }
  return best;
}

}  // namespace ashlar::inline v0::detail::scalar
