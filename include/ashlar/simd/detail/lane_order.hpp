// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <limits>

namespace ashlar::inline v0::detail {

// Sums of floating point depend on their order. Every target, the scalar twin too, keeps the same number of partial
// results whatever its vector length: value i goes to lane i % lanes, lanes are halved until one is left, values that
// do not fill all lanes come last, in turn. So results are the same to the bit on every machine.

template <class T>
struct LaneSummary {
  T sum{};
  T min = std::numeric_limits<T>::has_infinity ? std::numeric_limits<T>::infinity() : std::numeric_limits<T>::max();
  T max = std::numeric_limits<T>::has_infinity ? -std::numeric_limits<T>::infinity() : std::numeric_limits<T>::lowest();

  // A value that is not a number changes the sum alone.
  void add(T value) noexcept {
    sum = wrapped_sum(sum, value);
    min = value < min ? value : min;
    max = value > max ? value : max;
  }
  void add(const LaneSummary& other) noexcept {
    sum = wrapped_sum(sum, other.sum);
    min = other.min < min ? other.min : min;
    max = other.max > max ? other.max : max;
  }

  static constexpr T wrapped_sum(T a, T b) noexcept {
    if constexpr (std::numeric_limits<T>::is_integer) {
      return static_cast<T>(static_cast<unsigned long long>(a) + static_cast<unsigned long long>(b));
    } else {
      return a + b;
    }
  }
};

// Brings `lanes` (a power of two) partial sums, minima and maxima together.
template <std::size_t lanes, class T>
LaneSummary<T> join_lanes(T* sums, T* mins, T* maxs) noexcept {
  for (std::size_t half = lanes / 2; half != 0; half /= 2) {
    for (std::size_t i = 0; i < half; ++i) {
      sums[i] = LaneSummary<T>::wrapped_sum(sums[i], sums[i + half]);
      mins[i] = mins[i + half] < mins[i] ? mins[i + half] : mins[i];
      maxs[i] = maxs[i + half] > maxs[i] ? maxs[i + half] : maxs[i];
    }
  }
  LaneSummary<T> joined;
  joined.sum = sums[0];
  joined.min = mins[0];
  joined.max = maxs[0];
  return joined;
}

namespace scalar {

template <std::size_t lanes, class T>
LaneSummary<T> summarize(const T* values, std::size_t size) noexcept {
  LaneSummary<T> result;
  std::size_t i = 0;
  if (size >= lanes) {
    LaneSummary<T> parts[lanes];
    for (; i + lanes <= size; i += lanes) {
      for (std::size_t lane = 0; lane < lanes; ++lane) {
        parts[lane].add(values[i + lane]);
      }
    }
    T sums[lanes];
    T mins[lanes];
    T maxs[lanes];
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      sums[lane] = parts[lane].sum;
      mins[lane] = parts[lane].min;
      maxs[lane] = parts[lane].max;
    }
    result = join_lanes<lanes>(sums, mins, maxs);
  }
  for (; i < size; ++i) {
    result.add(values[i]);
  }
  return result;
}

}  // namespace scalar

}  // namespace ashlar::inline v0::detail
