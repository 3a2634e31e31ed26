// SPDX-License-Identifier: BSL-1.0
// Compiled once per target, through <ashlar/simd/all_targets.hpp>.
#if defined(ASHLAR_SIMD_DETAIL_TOP_K_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef ASHLAR_SIMD_DETAIL_TOP_K_INL
#undef ASHLAR_SIMD_DETAIL_TOP_K_INL
#else
#define ASHLAR_SIMD_DETAIL_TOP_K_INL
#endif

#include <hwy/highway.h>
#include <ashlar/simd/detail/lane_order-inl.hpp>
#include <ashlar/simd/detail/top_k_scalar.hpp>

HWY_BEFORE_NAMESPACE();
namespace ashlar::inline v0::detail::HWY_NAMESPACE {

// Four vectors are dismissed at once, which is the rule once the threshold is high.
inline AboveResult above(const double* values, std::size_t size, double threshold, std::uint32_t* found,
                         std::size_t room) noexcept {
  const LaneTag<double> d;
  constexpr std::size_t step = 4 * lane_count<double>;
  static_assert(step <= above_slack);
  const auto limit = hn::Set(d, threshold);
  const auto greater = [&](std::size_t at) { return hn::Gt(hn::LoadU(d, values + at), limit); };
  std::size_t count = 0;
  std::size_t i = 0;
  for (; i + step <= size && count + step <= room; i += step) {
    const auto first = hn::Or(greater(i), greater(i + step / 4));
    const auto second = hn::Or(greater(i + step / 2), greater(i + 3 * (step / 4)));
    if (hn::AllFalse(d, hn::Or(first, second))) {
      continue;
    }
    for (std::size_t k = i; k < i + step; ++k) {
      found[count] = static_cast<std::uint32_t>(k);
      count += static_cast<std::size_t>(values[k] > threshold);
    }
  }
  if (i + step <= size) {
    return {i, count};
  }
  const AboveResult rest = scalar::above(values + i, size - i, threshold, found + count, room - count);
  for (std::size_t k = count; k < count + rest.count; ++k) {
    found[k] += static_cast<std::uint32_t>(i);
  }
  return {i + rest.next, count + rest.count};
}

}  // namespace ashlar::inline v0::detail::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
