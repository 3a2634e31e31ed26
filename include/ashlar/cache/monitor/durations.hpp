// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace ashlar::inline v0 {

namespace detail {

/// The buckets of a duration histogram, in nanoseconds: of width one up to 16, then eight to each power of two.
/// A bucket holds what is above its lower bound and not above its upper one.
struct DurationBuckets {
  static constexpr unsigned in_octave_bits = 3;
  static constexpr unsigned octaves = 40;  // up to 2^40 ns, 18 minutes; what is longer counts in the last bucket
  static constexpr std::size_t count = (octaves - in_octave_bits + 1) << in_octave_bits;

  static constexpr std::size_t of(std::int64_t nanoseconds) noexcept {
    constexpr std::int64_t longest = (std::int64_t{1} << octaves) - 1;
    const auto below = static_cast<std::uint64_t>(std::clamp<std::int64_t>(nanoseconds - 1, 0, longest));
    if (below < 16) return static_cast<std::size_t>(below);
    const unsigned shift = static_cast<unsigned>(std::bit_width(below)) - in_octave_bits - 1;
    return (static_cast<std::size_t>(shift) << in_octave_bits) + static_cast<std::size_t>(below >> shift);
  }
  static constexpr std::int64_t upper(std::size_t bucket) noexcept {
    if (bucket < 16) return static_cast<std::int64_t>(bucket) + 1;
    const std::size_t shift = (bucket >> in_octave_bits) - 1;
    return static_cast<std::int64_t>(bucket - (shift << in_octave_bits) + 1) << shift;
  }
  static constexpr std::int64_t lower(std::size_t bucket) noexcept { return bucket == 0 ? 0 : upper(bucket - 1); }
};

}  // namespace detail

/// How many durations of which length there were: a moment's picture of a `DurationHistogram`.
struct DurationCounts {
  static constexpr std::size_t buckets = detail::DurationBuckets::count;

  std::array<std::uint64_t, buckets> counts{};
  std::chrono::nanoseconds sum{0};  ///< exact

  constexpr std::uint64_t count() const noexcept {
    std::uint64_t all = 0;
    for (const std::uint64_t one : counts) all += one;
    return all;
  }
  /// Their mean, exact; 0 of none.
  constexpr std::chrono::nanoseconds mean() const noexcept {
    const std::uint64_t all = count();
    return all == 0 ? std::chrono::nanoseconds{0} : sum / static_cast<std::int64_t>(all);
  }
  /// The duration that the fraction `q` (0 to 1) of all do not exceed, by nearest rank; 0 of none.
  /// At most 6.25 % off, exact up to 16 ns; what was longer than 18 minutes counts as that.
  std::chrono::nanoseconds quantile(double q) const noexcept {
    const std::uint64_t all = count();
    if (all == 0) return std::chrono::nanoseconds{0};
    const double place = std::ceil(std::clamp(q, 0.0, 1.0) * static_cast<double>(all));
    const auto rank = std::max<std::uint64_t>(static_cast<std::uint64_t>(place), 1);
    std::uint64_t seen = 0;
    std::size_t bucket = 0;
    while (bucket + 1 < buckets && (seen += counts[bucket]) < rank) ++bucket;
    return std::chrono::nanoseconds{
        (detail::DurationBuckets::lower(bucket) + 1 + detail::DurationBuckets::upper(bucket)) / 2};
  }
  /// How many were not longer than `limit`; exact where `limit` is a power of two of nanoseconds.
  std::uint64_t up_to(std::chrono::nanoseconds limit) const noexcept {
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < buckets && detail::DurationBuckets::upper(i) <= limit.count(); ++i) seen += counts[i];
    return seen;
  }

  /// Both together.
  constexpr DurationCounts& operator+=(const DurationCounts& other) noexcept {
    for (std::size_t i = 0; i < buckets; ++i) counts[i] += other.counts[i];
    sum += other.sum;
    return *this;
  }
  /// What came since the picture `earlier` of the same histogram was taken.
  constexpr DurationCounts& operator-=(const DurationCounts& earlier) noexcept {
    for (std::size_t i = 0; i < buckets; ++i) counts[i] -= std::min(counts[i], earlier.counts[i]);
    sum -= earlier.sum;
    return *this;
  }
  friend bool operator==(const DurationCounts&, const DurationCounts&) = default;
};

/// Counts durations by their length, on a logarithmic scale: from a nanosecond to 18 minutes, 2.4 KiB.
/// Threads: every member may be called concurrently, none waits. Cost of a record: two relaxed additions.
class DurationHistogram {
 public:
  void record(std::chrono::nanoseconds duration) noexcept {
    counts_[detail::DurationBuckets::of(duration.count())].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(std::max<std::int64_t>(duration.count(), 0), std::memory_order_relaxed);
  }
  /// Every number is exact on its own; records that are under way may be in some and not in others.
  DurationCounts counts() const noexcept {
    DurationCounts picture;
    for (std::size_t i = 0; i < picture.counts.size(); ++i) {
      picture.counts[i] = counts_[i].load(std::memory_order_relaxed);
    }
    picture.sum = std::chrono::nanoseconds{sum_.load(std::memory_order_relaxed)};
    return picture;
  }

 private:
  std::array<std::atomic<std::uint64_t>, DurationCounts::buckets> counts_{};
  std::atomic<std::int64_t> sum_{0};
};

}  // namespace ashlar::inline v0
