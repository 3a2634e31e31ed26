// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <cstddef>

namespace ashlar::inline v0::detail {

/// How many workers of an executor a run lets in at once. It does not say which: one that is held up elsewhere is
/// nobody's loss. Who leaves comes back or lets another know, so that none waits outside with nobody inside.
class WorkerPermits {
 public:
  void allow(std::size_t workers) noexcept { allowed_.store(workers, std::memory_order_seq_cst); }
  bool has_room() const noexcept {
    return inside_.load(std::memory_order_seq_cst) < allowed_.load(std::memory_order_seq_cst);
  }
  bool enter() noexcept {
    std::size_t now = inside_.load(std::memory_order_seq_cst);
    while (now < allowed_.load(std::memory_order_seq_cst)) {
      if (inside_.compare_exchange_weak(now, now + 1, std::memory_order_seq_cst)) return true;
    }
    return false;
  }
  void leave() noexcept { inside_.fetch_sub(1, std::memory_order_seq_cst); }

 private:
  std::atomic<std::size_t> allowed_{1};
  std::atomic<std::size_t> inside_{0};
};

}  // namespace ashlar::inline v0::detail
