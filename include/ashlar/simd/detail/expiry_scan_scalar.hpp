// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

namespace ashlar::inline v0::detail::scalar {

// Whole words of 64 deadlines, then the rest.
inline std::size_t expiry_scan(const std::uint32_t* deadlines, std::size_t size, std::uint32_t now,
                               std::uint64_t* bitmap) noexcept {
  std::size_t count = 0;
  for (std::size_t base = 0; base < size; base += 64) {
    const std::size_t end = size - base < 64 ? size - base : 64;
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < end; ++i) {
      bits |= static_cast<std::uint64_t>(deadlines[base + i] <= now) << i;
    }
    *bitmap++ = bits;
    count += static_cast<std::size_t>(std::popcount(bits));
  }
  return count;
}

}  // namespace ashlar::inline v0::detail::scalar
