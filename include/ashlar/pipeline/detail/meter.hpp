// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

#include <ashlar/core/detail/std_durations.hpp>

namespace ashlar::inline v0::detail {

using Ticks = std::int64_t;  ///< nanoseconds of the steady clock

inline Ticks ticks() noexcept {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

/// A number with one writer and any readers: an increment without a locked instruction.
class Tally {
 public:
  void add(std::uint64_t n) noexcept {
    value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  std::uint64_t get() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// Durations in buckets of a quarter octave from 1 ns to about 18 minutes. One writer.
class Durations {
 public:
  static constexpr std::size_t buckets = 160;

  void add(std::uint64_t nanoseconds, std::uint64_t times) noexcept { counts_[bucket(nanoseconds)].add(times); }
  void add_to(std::array<std::uint64_t, buckets>& sum) const noexcept {
    for (std::size_t i = 0; i < buckets; ++i) sum[i] += counts_[i].get();
  }

  static std::size_t bucket(std::uint64_t ns) noexcept {
    if (ns < 4) return static_cast<std::size_t>(ns);
    const auto octave = static_cast<std::size_t>(std::bit_width(ns)) - 1;  // >= 2
    const std::size_t quarter = (ns >> (octave - 2)) & 3;
    const std::size_t index = (octave - 1) * 4 + quarter;
    return index < buckets ? index : buckets - 1;
  }
  /// The middle of a bucket.
  static std::int64_t middle(std::size_t index) noexcept {
    if (index < 4) return static_cast<std::int64_t>(index);
    const std::size_t octave = index / 4 + 1;
    const std::uint64_t low = (4 + (index & 3)) << (octave - 2);
    return static_cast<std::int64_t>(low + ((std::uint64_t{1} << (octave - 2)) >> 1));
  }
  /// The value below which `share` of the durations lie.
  static std::int64_t quantile(const std::array<std::uint64_t, buckets>& sum, double share) noexcept {
    std::uint64_t all = 0;
    for (const std::uint64_t n : sum) all += n;
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < buckets; ++i) {
      below += sum[i];
      if (below != 0 && static_cast<double>(below) >= share * static_cast<double>(all)) return middle(i);
    }
    return 0;
  }

 private:
  std::array<Tally, buckets> counts_{};
};

/// How much time stretches cover that come in the order of their ends and may overlap. One writer at a time.
class Stretches {
 public:
  void add(Ticks from, Ticks to) noexcept {
    if (from > end_) {
      sum_ += end_ - begin_;
      settled_ = end_;
      begin_ = end_ = from;
    } else if (from < begin_) {
      begin_ = from > settled_ ? from : settled_;
    }
    if (to > end_) end_ = to;
  }
  Ticks sum() const noexcept { return sum_ + end_ - begin_; }

 private:
  Ticks sum_ = 0;  ///< of those in front of the last one
  Ticks settled_ = 0;
  Ticks begin_ = 0;
  Ticks end_ = 0;
};

/// What one thread measured of one stage.
struct StageMeter {
  Tally items, out, failed, cancelled, retries, bytes, busy, waiting;
  Durations durations;
};

}  // namespace ashlar::inline v0::detail
