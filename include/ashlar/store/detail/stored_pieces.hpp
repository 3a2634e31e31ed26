// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace ashlar::inline v0::detail {

/// Decides which appends to a segment go by way of memory, and in what pieces that memory is brought.
///
/// The system writes what is stored to memory to the device in pieces as large as those it came in, however little of one
/// has changed since it was written last; of what comes by a call it writes the blocks. So a piece is stored to only for
/// a while after it began, the next one is brought only where the one before was filled in that while, and after a sync a
/// good deal goes by calls first. Pieces are small at the beginning and grow while they are filled in time.
/// Threads: one at a time. Cost: some comparisons.
class StoredPieces {
 public:
  static constexpr std::uint64_t small = 1024;                       // what is called so below
  static constexpr std::uint64_t largest = std::uint64_t{64} << 10;  // larger appends are no cheaper by way of memory
  static constexpr std::uint64_t most = std::uint64_t{1} << 20;
  static constexpr std::chrono::nanoseconds pause = std::chrono::seconds{1};

  /// Whether `total` bytes at `tail`, `largest` at most, are to be stored to memory, which is usable up to `room`; then it
  /// is to be brought up to `end()`. `now`: of a clock that is never put back.
  bool take(std::uint64_t tail, std::uint64_t total, std::uint64_t room, std::chrono::nanoseconds now) noexcept {
    const bool in_time = end_ == 0 || now - begun_ <= pause;
    if (tail + total <= end_) return stored_ = stored_ && in_time;
    const std::uint64_t limit = total > small ? most : most_of_small;
    size_ = in_time ? std::clamp(2 * size_, least, limit) : least;
    end_ = tail + total + size_;
    // One that begins and ends at a multiple of its size is brought fastest.
    if (size_ == limit) end_ -= end_ % limit;
    end_ = std::min(room, end_);
    begun_ = now;
    return stored_ = in_time;
  }

  /// What lies before `tail` is about to be synced.
  void sync_at(std::uint64_t tail, std::chrono::nanoseconds now) noexcept {
    stored_ = false;
    size_ = 0;
    end_ = tail + most;
    begun_ = now;
  }

  std::uint64_t end() const noexcept { return end_; }

 private:
  static constexpr std::uint64_t least = std::uint64_t{16} << 10;
  static constexpr std::uint64_t most_of_small = std::uint64_t{256} << 10;

  std::uint64_t end_ = 0;
  std::uint64_t size_ = 0;
  std::chrono::nanoseconds begun_{0};
  bool stored_ = false;
};

}  // namespace ashlar::inline v0::detail
