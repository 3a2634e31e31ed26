// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <cstdint>

namespace ashlar::inline v0::detail {

/// Lets threads sleep until "something happened" without losing a wake-up and without a lock.
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
  void wait(std::uint32_t key) noexcept {
    epoch_.wait(key, std::memory_order_seq_cst);
    sleepers_.fetch_sub(1, std::memory_order_seq_cst);
  }
  bool has_sleepers() const noexcept { return sleepers_.load(std::memory_order_seq_cst) != 0; }
  std::uint32_t sleepers() const noexcept { return sleepers_.load(std::memory_order_seq_cst); }
  void notify_one() noexcept {
    if (!has_sleepers()) return;
    epoch_.fetch_add(1, std::memory_order_seq_cst);
    epoch_.notify_one();
  }
  void notify_all() noexcept {
    epoch_.fetch_add(1, std::memory_order_seq_cst);
    epoch_.notify_all();
  }

 private:
  alignas(64) std::atomic<std::uint32_t> epoch_{0};
  std::atomic<std::uint32_t> sleepers_{0};
};

/// Tells the processor that this is a spin loop.
inline void relax() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#endif
}

}  // namespace ashlar::inline v0::detail
