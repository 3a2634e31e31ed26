// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <ashlar/core/assert.hpp>
#include <ashlar/simd/detail/expiry_scan_scalar.hpp>
#include <ashlar/simd/kernel.hpp>

namespace ashlar::inline v0 {

namespace detail {

inline constinit Kernel<std::size_t(const std::uint32_t*, std::size_t, std::uint32_t, std::uint64_t*)>
    expiry_scan_kernel{&scalar::expiry_scan};

}  // namespace detail

/// Which deadlines have come: bit `i % 64` of `bitmap[i / 64]` tells whether `deadlines[i] <= now`; unused bits become
/// zero. `bitmap` has a word for each 64 deadlines begun. Times are of any unit from any start, as unsigned numbers;
/// 0xFFFFFFFF comes only when `now` is that. Returns how many have come.
/// Threads: any. Cost: reading the deadlines once, some 6 a nanosecond from memory, more from cache.
inline std::size_t expiry_scan(std::span<const std::uint32_t> deadlines, std::uint32_t now,
                               std::span<std::uint64_t> bitmap) noexcept {
  ASHLAR_ASSERT(bitmap.size() >= (deadlines.size() + 63) / 64, "the bitmap needs a word for each 64 deadlines");
  return detail::expiry_scan_kernel(deadlines.data(), deadlines.size(), now, bitmap.data());
}

}  // namespace ashlar::inline v0
