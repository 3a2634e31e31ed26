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
inline constexpr std::size_t group_block = 8192;
inline constexpr std::size_t group_lanes = 8;
// Shorter runs are added one value after the other: joining lanes would cost more.
inline constexpr std::size_t group_short_run = 2 * group_lanes;

// Looks at the first rows of a block only: they are next in the stream of memory anyway.
inline bool group_rows_in_runs(const GroupRows& rows, std::size_t begin, std::size_t end) noexcept {
  constexpr std::size_t sample = 32;
  if (end - begin <= sample) {
    return true;
  }
  std::size_t changes = 0;
  for (std::size_t i = begin; i < begin + sample; ++i) {
    changes += rows.same_group(i, i + 1) ? 0 : 1;
  }
  return changes * 6 < sample;
}

inline void add_to_group(GroupStats& group, const LaneSummary<double>& run, std::size_t count) noexcept {
  group.sum += run.sum;
  group.min = run.min < group.min ? run.min : group.min;
  group.max = run.max > group.max ? run.max : group.max;
  group.count += count;
}

inline void add_rows_one_by_one(GroupRows rows, std::size_t begin, std::size_t end, GroupStats* groups) noexcept {
  // `rows` is a copy: stores to groups cannot change it, so it stays in registers.
  for (std::size_t i = begin; i < end; ++i) {
    GroupStats& group = groups[rows.group(i)];
    const double value = rows.values[i];
    group.sum += value;
    group.min = value < group.min ? value : group.min;
    group.max = value > group.max ? value : group.max;
    ++group.count;
  }
}

// `add_run(rows, begin, end, groups)` adds the run of one group that begins at `begin`, and returns where it ends.
template <class AddRun>
void group_stats_with(const GroupRows& rows, GroupStats* groups, AddRun add_run) noexcept {
  for (std::size_t begin = 0; begin < rows.size; begin += group_block) {
    const std::size_t end = std::min(begin + group_block, rows.size);
    if (group_rows_in_runs(rows, begin, end)) {
      for (std::size_t i = begin; i < end;) {
        i = add_run(rows, i, end, groups);
      }
    } else {
      add_rows_one_by_one(rows, begin, end, groups);
    }
  }
}

namespace scalar {

inline std::size_t add_run(const GroupRows& rows, std::size_t begin, std::size_t end, GroupStats* groups) noexcept {
  std::size_t next = begin + 1;
  while (next < end && rows.same_group(begin, next)) {
    ++next;
  }
  LaneSummary<double> run;
  if (next - begin < group_short_run) {
    for (std::size_t row = begin; row < next; ++row) {
      run.add(rows.values[row]);
    }
  } else {
    run = summarize<group_lanes>(rows.values + begin, next - begin);
  }
  add_to_group(groups[rows.group(begin)], run, next - begin);
  return next;
}

inline void group_stats(const GroupRows* rows, GroupStats* groups) noexcept {
  group_stats_with(*rows, groups, &add_run);
}

}  // namespace scalar

}  // namespace detail

}  // namespace ashlar::inline v0
