// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include <ashlar/core/assert.hpp>
#include <ashlar/simd/detail/column_stats_scalar.hpp>
#include <ashlar/simd/kernel.hpp>

namespace ashlar::inline v0 {

namespace detail {

inline constinit Kernel<LaneSummary<double>(const double*, std::size_t)> summarize_f64_kernel{
    &scalar::summarize_column<double>};
inline constinit Kernel<LaneSummary<std::int64_t>(const std::int64_t*, std::size_t)> summarize_i64_kernel{
    &scalar::summarize_column<std::int64_t>};
inline constinit Kernel<double(const double*, std::size_t, double)> squared_deviations_kernel{
    &scalar::squared_deviations};
inline constinit Kernel<void(const double*, std::size_t, const ColumnBins*)> histogram_kernel{&scalar::histogram};

}  // namespace detail

/// What one pass over a column of `T` tells.
template <class T>
struct ColumnStats {
  std::size_t count = 0;
  /// Of doubles: not a number where one value is. Of integers: modulo 2^64.
  T sum{};
  /// Without values: the largest there is (infinity) as `min`, the smallest as `max`. Values that are not a number are
  /// left out.
  T min = detail::LaneSummary<T>{}.min;
  T max = detail::LaneSummary<T>{}.max;

  /// Not a number where `count` is 0.
  double mean() const noexcept { return static_cast<double>(sum) / static_cast<double>(count); }

  friend bool operator==(const ColumnStats&, const ColumnStats&) = default;
};

/// Sum, minimum and maximum of a column of doubles, equal to the bit on every machine: the order of addition is fixed.
/// Threads: any. Cost: reading the memory once.
[[nodiscard]] inline ColumnStats<double> column_stats(std::span<const double> values) noexcept {
  const auto summary = detail::summarize_f64_kernel(values.data(), values.size());
  return {values.size(), summary.sum, summary.min, summary.max};
}

/// The same of a column of 64-bit integers.
[[nodiscard]] inline ColumnStats<std::int64_t> column_stats(std::span<const std::int64_t> values) noexcept {
  const auto summary = detail::summarize_i64_kernel(values.data(), values.size());
  return {values.size(), summary.sum, summary.min, summary.max};
}

/// The mean squared distance from the mean, by two passes; 0 for fewer than two values. `unbiased` divides by one less
/// than the number of values. The last bits may differ from machine to machine (fused multiplication).
/// Threads: any. Cost: reading the memory twice.
[[nodiscard]] inline double variance(std::span<const double> values, bool unbiased = false) noexcept {
  if (values.size() < 2) {
    return 0;
  }
  const double mean = column_stats(values).mean();
  const double squares = detail::squared_deviations_kernel(values.data(), values.size(), mean);
  return squares / static_cast<double>(values.size() - (unbiased ? 1 : 0));
}

/// How many values fell beside the bins of a histogram.
struct OutsideBins {
  std::uint64_t below = 0;
  std::uint64_t above = 0;
  std::uint64_t not_a_number = 0;

  friend bool operator==(const OutsideBins&, const OutsideBins&) = default;
};

/// Adds each value to the bin it falls in: `bins` are of equal width from `low` (included) to `high` (excluded).
/// `low < high`, both finite, at least one bin and fewer than 2^31. Equal to the bit on every machine.
/// Threads: any, on different `bins`. Cost: about a nanosecond a value.
inline OutsideBins add_to_histogram(std::span<const double> values, double low, double high,
                                    std::span<std::uint64_t> bins) noexcept {
  ASHLAR_ASSERT(low < high && high - low <= std::numeric_limits<double>::max(), "low must be below high, both finite");
  ASHLAR_ASSERT(!bins.empty() && bins.size() < (std::size_t{1} << 31), "one bin at least, and fewer than 2^31");
  OutsideBins outside;
  const detail::ColumnBins wanted{low,
                                  high,
                                  static_cast<double>(bins.size()) / (high - low),
                                  bins.data(),
                                  bins.size(),
                                  &outside.below,
                                  &outside.above,
                                  &outside.not_a_number};
  detail::histogram_kernel(values.data(), values.size(), &wanted);
  return outside;
}

}  // namespace ashlar::inline v0
