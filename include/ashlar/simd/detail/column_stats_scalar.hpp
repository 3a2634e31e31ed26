// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>

#include <ashlar/simd/detail/lane_order.hpp>

namespace ashlar::inline v0::detail {

inline constexpr std::size_t column_lanes = 16;

// Bins of equal width, and the counts of what falls beside them.
struct ColumnBins {
  double low;
  double high;
  double bins_per_unit;
  std::uint64_t* bins;
  std::size_t size;
  std::uint64_t* below;
  std::uint64_t* above;
  std::uint64_t* not_a_number;

  void add(double value) const noexcept { add(value, (value - low) * bins_per_unit); }

  // `place` is (value - low) * bins_per_unit; rounding may put a value just below `high` behind the last bin.
  void add(double value, double place) const noexcept {
    if (value >= low && value < high) {
      const auto index = static_cast<std::size_t>(static_cast<std::int64_t>(place));
      ++bins[index < size ? index : size - 1];
    } else {
      ++*(value < low ? below : value >= high ? above : not_a_number);
    }
  }
};

namespace scalar {

template <class T>
LaneSummary<T> summarize_column(const T* values, std::size_t size) noexcept {
  return summarize<column_lanes>(values, size);
}

inline double squared_deviations(const double* values, std::size_t size, double mean) noexcept {
  double lanes[column_lanes] = {};
  std::size_t i = 0;
  for (; i + column_lanes <= size; i += column_lanes) {
    for (std::size_t lane = 0; lane < column_lanes; ++lane) {
      const double distance = values[i + lane] - mean;
      lanes[lane] += distance * distance;
    }
  }
  for (; i < size; ++i) {
    lanes[i % column_lanes] += (values[i] - mean) * (values[i] - mean);
  }
  double sum = 0;
  for (const double lane : lanes) {
    sum += lane;
  }
  return sum;
}

inline void histogram(const double* values, std::size_t size, const ColumnBins* bins) noexcept {
  for (std::size_t i = 0; i < size; ++i) {
    bins->add(values[i]);
  }
}

}  // namespace scalar

}  // namespace ashlar::inline v0::detail
