// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include <ashlar/core/assert.hpp>
#include <ashlar/simd/detail/top_k_scalar.hpp>
#include <ashlar/simd/kernel.hpp>

namespace ashlar::inline v0 {

namespace detail {

inline constinit Kernel<AboveResult(const double*, std::size_t, double, std::uint32_t*, std::size_t)> above_kernel{
    &scalar::above};

}  // namespace detail

/// A value and where it stood.
struct RankedValue {
  double value;
  std::uint32_t index;

  friend bool operator==(const RankedValue&, const RankedValue&) = default;
};

/// The `k` largest of `values`, largest first; of equal values the one that stands first. Fewer where there are fewer;
/// values that are not a number are left out. Up to 2^32 - 1 values. Throws std::bad_alloc. Threads: any.
/// Cost: reading the values once, where they are in no order and `k` is much smaller than their number.
[[nodiscard]] inline std::vector<RankedValue> top_k(std::span<const double> values, std::size_t k) {
  ASHLAR_ASSERT(values.size() <= std::numeric_limits<std::uint32_t>::max(), "more values than 2^32 - 1");
  k = std::min(k, values.size());
  if (k == 0) {
    return {};
  }
  const auto better = [](const RankedValue& a, const RankedValue& b) {
    return a.value > b.value || (a.value == b.value && a.index < b.index);
  };
  // Values above the threshold are collected; when there are enough of them, the k-th best is the new threshold.
  const std::size_t enough = 2 * k + 4 * detail::above_slack;
  std::vector<RankedValue> best;
  best.reserve(enough);
  std::vector<std::uint32_t> found(enough);
  double threshold = -std::numeric_limits<double>::infinity();
  bool full = false;
  for (std::size_t at = 0; at < values.size();) {
    // Before k values are known, even -infinity is one of the largest.
    if (!full) {
      for (; at < values.size() && best.size() < k; ++at) {
        if (values[at] == values[at]) {
          best.push_back({values[at], static_cast<std::uint32_t>(at)});
        }
      }
      if (best.size() < k) {
        break;
      }
      full = true;
      threshold = std::ranges::min(best, {}, &RankedValue::value).value;
      continue;
    }
    const auto [next, count] =
        detail::above_kernel(values.data() + at, values.size() - at, threshold, found.data(), enough - best.size());
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t index = at + found[i];
      best.push_back({values[index], static_cast<std::uint32_t>(index)});
    }
    at += next;
    if (enough - best.size() < detail::above_slack) {
      std::ranges::nth_element(best, best.begin() + static_cast<std::ptrdiff_t>(k - 1), better);
      best.resize(k);
      threshold = best.back().value;
    }
  }
  std::ranges::partial_sort(best, best.begin() + static_cast<std::ptrdiff_t>(std::min(k, best.size())), better);
  if (best.size() > k) {
    best.resize(k);
  }
  return best;
}

}  // namespace ashlar::inline v0
