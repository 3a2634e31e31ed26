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

HWY_BEFORE_NAMESPACE();
namespace ashlar::inline v0::detail::HWY_NAMESPACE {

inline std::size_t group_run_end(const GroupRows& rows, std::size_t begin, std::size_t end) noexcept {
  const LaneTag<std::uint32_t> d;
  constexpr std::size_t width = lane_count<std::uint32_t>;
  const auto outer = hn::Set(d, rows.outer[begin]);
  const auto inner = hn::Set(d, rows.inner[begin]);
  std::size_t i = begin;
  for (; i + width <= end; i += width) {
    const auto same = hn::And(hn::Eq(hn::LoadU(d, rows.outer + i), outer), hn::Eq(hn::LoadU(d, rows.inner + i), inner));
    const auto other = hn::FindFirstTrue(d, hn::Not(same));
    if (other >= 0) {
      return i + static_cast<std::size_t>(other);
    }
  }
  while (i < end && rows.same_group(begin, i)) {
    ++i;
  }
  return i;
}

inline void group_stats(const GroupRows* rows, GroupStats* groups) noexcept {
  group_stats_with(
      *rows, groups,
      [](const GroupRows& r, std::size_t begin, std::size_t end) { return group_run_end(r, begin, end); },
      [](const double* values, std::size_t size) { return summarize<group_lanes>(values, size); });
}

}  // namespace ashlar::inline v0::detail::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
