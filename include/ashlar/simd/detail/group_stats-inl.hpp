// SPDX-License-Identifier: BSL-1.0
// Compiled once per target, through <ashlar/simd/all_targets.hpp>.
#if defined(ASHLAR_SIMD_DETAIL_GROUP_STATS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef ASHLAR_SIMD_DETAIL_GROUP_STATS_INL
#undef ASHLAR_SIMD_DETAIL_GROUP_STATS_INL
#else
#define ASHLAR_SIMD_DETAIL_GROUP_STATS_INL
#endif

#include <hwy/highway.h>
#include <ashlar/simd/detail/group_stats_scalar.hpp>
#include <ashlar/simd/detail/lane_order-inl.hpp>
#include <bit>

HWY_BEFORE_NAMESPACE();
namespace ashlar::inline v0::detail::HWY_NAMESPACE {

inline constexpr std::size_t group_chunk = 2 * group_lanes;

// How many of the `group_chunk` rows from `row` on belong, without a gap, to the group of the two codes.
template <class V>
HWY_INLINE std::size_t rows_of_group(const GroupRows& rows, std::size_t row, V outer, V inner) noexcept {
  const LaneTag<std::uint32_t> d;
  constexpr std::size_t width = lane_count<std::uint32_t>;
  std::uint64_t other = std::uint64_t{1} << group_chunk;
  for (std::size_t i = 0; i < group_chunk; i += width) {
    const auto same =
        hn::And(hn::Eq(hn::LoadU(d, rows.outer + row + i), outer), hn::Eq(hn::LoadU(d, rows.inner + row + i), inner));
    std::uint64_t bits = 0;
    hn::StoreMaskBits(d, hn::Not(same), reinterpret_cast<std::uint8_t*>(&bits));
    other |= bits << i;
  }
  return static_cast<std::size_t>(std::countr_zero(other));
}

// Adds the run that begins at `begin` and returns where it ends. Codes and values are read side by side, once.
inline std::size_t add_run(const GroupRows& rows, std::size_t begin, std::size_t end, GroupStats* groups) noexcept {
  const LaneTag<std::uint32_t> d;
  const auto outer = hn::Set(d, rows.outer[begin]);
  const auto inner = hn::Set(d, rows.inner[begin]);
  LaneParts<double, group_lanes / lane_count<double>> parts;
  std::size_t at = begin;
  std::size_t same = group_chunk;
  for (; at + group_chunk <= end; at += group_chunk) {
    same = rows_of_group(rows, at, outer, inner);
    if (same != group_chunk) {
      break;
    }
    parts.add(rows.values + at);
    parts.add(rows.values + at + group_lanes);
  }
  std::size_t next = at;
  if (same != group_chunk) {
    next += same;
  } else {
    while (next < end && rows.same_group(begin, next)) {
      ++next;
    }
  }
  LaneSummary<double> run;
  if (at != begin) {
    if (next - at >= group_lanes) {
      parts.add(rows.values + at);
      at += group_lanes;
    }
    double sums[group_lanes];
    double mins[group_lanes];
    double maxs[group_lanes];
    parts.store(sums, mins, maxs);
    run = join_lanes<group_lanes>(sums, mins, maxs);
  }
  for (; at < next; ++at) {
    run.add(rows.values[at]);
  }
  add_to_group(groups[rows.group(begin)], run, next - begin);
  return next;
}

inline void group_stats(const GroupRows* rows, GroupStats* groups) noexcept {
  group_stats_with(*rows, groups, &add_run);
}

}  // namespace ashlar::inline v0::detail::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
