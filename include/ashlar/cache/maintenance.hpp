// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <concepts>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <thread>

#include <ashlar/core/result.hpp>

namespace ashlar::inline v0 {

/// Something that can drop what has expired: `t.maintain()` does and returns how many entries it dropped, or a `Result`.
template <class T>
concept maintainable = requires(T& t) {
  { t.maintain() } -> std::convertible_to<Result<std::size_t>>;
};

/// A thread that calls `tier.maintain()` every `period`, so that expired entries leave memory without traffic. Reads
/// never show them in any case. The tier must outlive it and be usable by several threads; `maintain` must not throw
/// (a removal listener that does ends the program). The destructor returns when the thread has ended.
/// Cost: a look at every entry's deadline in each period, on the thread.
template <maintainable Tier>
class MaintenanceThread {
 public:
  explicit MaintenanceThread(Tier& tier, std::chrono::nanoseconds period = std::chrono::seconds{1})
      : tier_{&tier},
        period_{std::min<std::chrono::nanoseconds>(period, std::chrono::years{1})},
        thread_{[this] { work(); }} {}
  MaintenanceThread(const MaintenanceThread&) = delete;
  MaintenanceThread& operator=(const MaintenanceThread&) = delete;
  ~MaintenanceThread() {
    {
      const std::lock_guard lock{mutex_};
      stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  /// How many entries it has dropped.
  std::uint64_t dropped() const noexcept { return dropped_.load(std::memory_order_relaxed); }
  /// How often `maintain` returned an error.
  std::uint64_t failures() const noexcept { return failures_.load(std::memory_order_relaxed); }
  /// How often it has looked.
  std::uint64_t rounds() const noexcept { return rounds_.load(std::memory_order_acquire); }

 private:
  void work() {
    std::unique_lock lock{mutex_};
    while (!changed_.wait_for(lock, period_, [&] { return stopping_; })) {
      lock.unlock();
      const Result<std::size_t> dropped = tier_->maintain();
      dropped_.fetch_add(dropped ? *dropped : 0, std::memory_order_relaxed);
      failures_.fetch_add(!dropped, std::memory_order_relaxed);
      rounds_.fetch_add(1, std::memory_order_release);
      lock.lock();
    }
  }

  Tier* tier_;
  const std::chrono::nanoseconds period_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::atomic<std::uint64_t> dropped_{0};
  std::atomic<std::uint64_t> failures_{0};
  std::atomic<std::uint64_t> rounds_{0};
  std::thread thread_;  // last: it uses the others
};

}  // namespace ashlar::inline v0
