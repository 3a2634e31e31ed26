// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace ashlar::inline v0::detail {

/// Lets threads sleep until "something happened" without losing a wake-up; telling nobody costs no lock.
/// A sleeper calls `prepare()`, looks once more for work, then `wait(key)` or `cancel()`.
/// Who makes work visible (by a seq_cst operation) calls `notify…()` afterwards.
/// Invariant: either the sleeper's look, which follows its seq_cst increment of `sleepers_`, sees the work,
/// or the notifier's seq_cst load of `sleepers_`, which follows the work, sees the sleeper and moves `epoch_`.
class EventCount {
 public:
  std::uint32_t prepare() noexcept {
    sleepers_.fetch_add(1, std::memory_order_seq_cst);
    return epoch_.load(std::memory_order_seq_cst);
  }
  void cancel() noexcept { sleepers_.fetch_sub(1, std::memory_order_seq_cst); }
  [[gnu::noinline]] void wait(std::uint32_t key) noexcept {
    {
      std::unique_lock lock{mutex_};
      while (epoch_.load(std::memory_order_seq_cst) == key) moved_.wait(lock);
    }
    cancel();
  }
  bool has_sleepers() const noexcept { return sleepers_.load(std::memory_order_seq_cst) != 0; }
  std::uint32_t sleepers() const noexcept { return sleepers_.load(std::memory_order_seq_cst); }
  void notify_one() noexcept {
    if (has_sleepers()) move(false);
  }
  void notify_all() noexcept {
    if (has_sleepers()) move(true);
  }

 private:
  [[gnu::noinline]] void move(bool all) noexcept {
    {
      const std::lock_guard lock{mutex_};
      epoch_.fetch_add(1, std::memory_order_seq_cst);
    }
    if (all) {
      moved_.notify_all();
    } else {
      moved_.notify_one();
    }
  }

  alignas(64) std::atomic<std::uint32_t> epoch_{0};
  std::atomic<std::uint32_t> sleepers_{0};
  std::mutex mutex_;
  std::condition_variable moved_;
};

/// Tells the processor that this is a spin loop.
inline void relax() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#endif
}

}  // namespace ashlar::inline v0::detail
