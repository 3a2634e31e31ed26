// SPDX-License-Identifier: BSL-1.0
// Compiled once per target, through <ashlar/simd/all_targets.hpp>.
#if defined(ASHLAR_SIMD_DETAIL_COLUMN_STATS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef ASHLAR_SIMD_DETAIL_COLUMN_STATS_INL
#undef ASHLAR_SIMD_DETAIL_COLUMN_STATS_INL
#else
#define ASHLAR_SIMD_DETAIL_COLUMN_STATS_INL
#endif

#include <hwy/highway.h>
#include <ashlar/simd/detail/column_stats_scalar.hpp>
#include <ashlar/simd/detail/lane_order-inl.hpp>

HWY_BEFORE_NAMESPACE();
namespace ashlar::inline v0::detail::HWY_NAMESPACE {

inline LaneSummary<double> summarize_f64(const double* values, std::size_t size) noexcept {
  return summarize<column_lanes>(values, size);
}

inline LaneSummary<std::int64_t> summarize_i64(const std::int64_t* values, std::size_t size) noexcept {
  return summarize<column_lanes>(values, size);
}

inline double squared_deviations(const double* values, std::size_t size, double mean) noexcept {
  const LaneTag<double> d;
  constexpr std::size_t width = lane_count<double>;
  const auto center = hn::Set(d, mean);
  const auto squared = [&](std::size_t at, auto sum) {
    const auto distance = hn::Sub(hn::LoadU(d, values + at), center);
    return hn::MulAdd(distance, distance, sum);
  };
  auto first = hn::Zero(d);
  auto second = hn::Zero(d);
  std::size_t i = 0;
  for (; i + 2 * width <= size; i += 2 * width) {
    first = squared(i, first);
    second = squared(i + width, second);
  }
  double sum = hn::GetLane(hn::SumOfLanes(d, hn::Add(first, second)));
  for (; i < size; ++i) {
    sum += (values[i] - mean) * (values[i] - mean);
  }
  return sum;
}

// Places are computed a vector at a time, then counted one by one.
inline void histogram(const double* values, std::size_t size, const ColumnBins* wanted) noexcept {
  const ColumnBins bins = *wanted;
  const LaneTag<double> d;
  constexpr std::size_t width = lane_count<double>;
  const auto low = hn::Set(d, bins.low);
  const auto high = hn::Set(d, bins.high);
  const auto scale = hn::Set(d, bins.bins_per_unit);
  const auto last = hn::Set(d, static_cast<double>(bins.size - 1));
  const hn::RebindToSigned<decltype(d)> d_index;
  std::size_t i = 0;
  for (; i + width <= size; i += width) {
    const auto value = hn::LoadU(d, values + i);
    if (!hn::AllTrue(d, hn::And(hn::Ge(value, low), hn::Lt(value, high)))) {
      for (std::size_t k = i; k < i + width; ++k) {
        bins.add(values[k]);
      }
      continue;
    }
    HWY_ALIGN std::int64_t places[width];
    hn::Store(hn::ConvertTo(d_index, hn::Min(hn::Mul(hn::Sub(value, low), scale), last)), d_index, places);
    for (std::size_t k = 0; k < width; ++k) {
      ++bins.bins[places[k]];
    }
  }
  for (; i < size; ++i) {
    bins.add(values[i]);
  }
}

}  // namespace ashlar::inline v0::detail::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
