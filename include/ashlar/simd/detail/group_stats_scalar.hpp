// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>

#include <ashlar/simd/detail/lane_order.hpp>

namespace ashlar::inline v0 {

/// Sum, smallest, largest and number of the values of one group, as far as they were added.
/// A value that is not a number makes the sum so, and is left out of `min` and `max`.
struct GroupStats {
  double sum = 0;
  double min = std::numeric_limits<double>::infinity();
  double max = -std::numeric_limits<double>::infinity();
  std::uint64_t count = 0;

  /// Not a number where `count` is 0.
  double mean() const noexcept { return sum / static_cast<double>(count); }

  friend bool operator==(const GroupStats&, const GroupStats&) = default;
};

namespace detail {

// Row i belongs to the group outer[i] * stride + inner[i].
struct GroupRows {
  const std::uint32_t* outer;
  const std::uint32_t* inner;
  std::size_t stride;
  const double* values;
  std::size_t size;

  std::size_t group(std::size_t row) const noexcept { return std::size_t{outer[row]} * stride + inner[row]; }
  bool same_group(std::size_t a, std::size_t b) const noexcept { return outer[a] == outer[b] && inner[a] == inner[b]; }
};

// Rows are taken in blocks; for each, a sample tells whether its groups come in runs.
inline constexpr std::size_t group_block = 4096;
inline constexpr std::size_t group_lanes = 8;
// Shorter runs are added one value after the other: joining lanes would cost more.
inline constexpr std::size_t group_short_run = 2 * group_lanes;

inline bool group_rows_in_runs(const GroupRows& rows, std::size_t begin, std::size_t end) noexcept {
  constexpr std::size_t windows = 4;
  constexpr std::size_t window = 33;
  if (end - begin < windows * window) {
    return true;
  }
  std::size_t changes = 0;
  for (std::size_t w = 0; w < windows; ++w) {
    const std::size_t first = begin + w * ((end - begin - window) / (windows - 1));
    for (std::size_t i = first + 1; i < first + window; ++i) {
      changes += rows.same_group(i - 1, i) ? 0 : 1;
    }
  }
  return changes * 6 < windows * (window - 1);
}

inline void add_to_group(GroupStats& group, const LaneSummary<double>& run, std::size_t count) noexcept {
  group.sum += run.sum;
  group.min = run.min < group.min ? run.min : group.min;
  group.max = run.max > group.max ? run.max : group.max;
  group.count += count;
}

inline void add_rows_one_by_one(const GroupRows& rows, std::size_t begin, std::size_t end,
                                GroupStats* groups) noexcept {
  for (std::size_t i = begin; i < end; ++i) {
    GroupStats& group = groups[rows.group(i)];
    const double value = rows.values[i];
    group.sum += value;
    group.min = value < group.min ? value : group.min;
    group.max = value > group.max ? value : group.max;
    ++group.count;
  }
}

// `run_end(rows, begin, end)`: the first row from `begin` on of another group. `summarize(values, size)`: of a long run.
template <class RunEnd, class Summarize>
void group_stats_with(const GroupRows& rows, GroupStats* groups, RunEnd run_end, Summarize summarize) noexcept {
  for (std::size_t begin = 0; begin < rows.size; begin += group_block) {
    const std::size_t end = std::min(begin + group_block, rows.size);
    if (!group_rows_in_runs(rows, begin, end)) {
      add_rows_one_by_one(rows, begin, end, groups);
      continue;
    }
    for (std::size_t i = begin; i < end;) {
      const std::size_t next = run_end(rows, i, end);
      LaneSummary<double> run;
      if (next - i < group_short_run) {
        for (std::size_t row = i; row < next; ++row) {
          run.add(rows.values[row]);
        }
      } else {
        run = summarize(rows.values + i, next - i);
      }
      add_to_group(groups[rows.group(i)], run, next - i);
      i = next;
    }
  }
}

namespace scalar {

inline std::size_t group_run_end(const GroupRows& rows, std::size_t begin, std::size_t end) noexcept {
  std::size_t i = begin + 1;
  while (i < end && rows.same_group(begin, i)) {
    ++i;
  }
  return i;
}

inline void group_stats(const GroupRows* rows, GroupStats* groups) noexcept {
  group_stats_with(*rows, groups, &group_run_end, &summarize<group_lanes, double>);
}

}  // namespace scalar

}  // namespace detail

}  // namespace ashlar::inline v0
