// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <cstdint>

namespace ashlar::inline v0::detail {

/// A statistic that moves with its owner; moving is for one thread. Relaxed: it guards no data.
class MovableCounter {
 public:
  MovableCounter() = default;
  MovableCounter(MovableCounter&& other) noexcept : count_{other.get()} {}
  MovableCounter& operator=(MovableCounter&& other) noexcept {
    count_.store(other.get(), std::memory_order_relaxed);
    return *this;
  }

  void add(std::uint64_t by) noexcept { count_.fetch_add(by, std::memory_order_relaxed); }
  std::uint64_t get() const noexcept { return count_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> count_{0};
};

}  // namespace ashlar::inline v0::detail
