// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <ashlar/simd/detail/min_index_scalar.hpp>
#include <ashlar/simd/kernel.hpp>

namespace ashlar::inline v0 {

namespace detail {

inline constinit Kernel<std::size_t(const std::uint8_t*, std::size_t)> min_index_kernel{&scalar::min_index};

}  // namespace detail

/// Where the smallest of `counters` stands, the first of them where there are several; 0 for none.
/// Threads: any. Cost: a few nanoseconds for up to 64 counters.
[[nodiscard]] inline std::size_t min_index(std::span<const std::uint8_t> counters) noexcept {
  return detail::min_index_kernel(counters.data(), counters.size());
}

}  // namespace ashlar::inline v0
