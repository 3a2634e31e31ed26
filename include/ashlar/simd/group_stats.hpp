// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include <ashlar/core/assert.hpp>
#include <ashlar/simd/detail/group_stats_scalar.hpp>
#include <ashlar/simd/kernel.hpp>

namespace ashlar::inline v0 {

namespace detail {

inline constinit Kernel<void(const GroupRows*, GroupStats*)> group_stats_kernel{&scalar::group_stats};

}  // namespace detail

/// Adds each row's value to the group of its two codes: `groups[outer[i] * inner_count + inner[i]]`, as in metrics per
/// store and day. Codes are dense: `inner[i] < inner_count` and the group exists in `groups` (asserted in debug builds);
/// what `groups` holds already is kept, so that a later day's rows can be added later.
/// Rows whose groups come in runs go a vector at a time, others one by one; which, is chosen for each 8192 rows. Sums
/// are added in an order that depends on the rows alone, so results are equal to the bit on every machine.
/// Threads: any, on different `groups`. Cost: 0.3 ns a row in long runs, else that of a loop over the rows.
inline void add_group_stats(std::span<const std::uint32_t> outer, std::span<const std::uint32_t> inner,
                            std::uint32_t inner_count, std::span<const double> values,
                            std::span<GroupStats> groups) noexcept {
  ASHLAR_ASSERT(outer.size() == values.size() && inner.size() == values.size(), "columns of different lengths");
  const detail::GroupRows rows{outer.data(), inner.data(), inner_count, values.data(), values.size()};
  ASHLAR_ASSERT(std::ranges::all_of(inner, [&](std::uint32_t code) { return code < inner_count; }),
                "an inner code is not below inner_count");
  ASHLAR_ASSERT(std::ranges::all_of(outer, [&](std::uint32_t code) { return code < groups.size() / inner_count; }),
                "an outer code has no group");
  detail::group_stats_kernel(&rows, groups.data());
}

/// The same with one code a row: `groups[code[i]]`.
inline void add_group_stats(std::span<const std::uint32_t> code, std::span<const double> values,
                            std::span<GroupStats> groups) noexcept {
  ASHLAR_ASSERT(code.size() == values.size(), "columns of different lengths");
  ASHLAR_ASSERT(std::ranges::all_of(code, [&](std::uint32_t c) { return c < groups.size(); }), "a code has no group");
  const detail::GroupRows rows{code.data(), code.data(), 0, values.data(), values.size()};
  detail::group_stats_kernel(&rows, groups.data());
}

}  // namespace ashlar::inline v0
