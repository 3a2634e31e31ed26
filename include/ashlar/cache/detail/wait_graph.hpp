// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace ashlar::inline v0::detail {

/// A number for each thread, never used again.
inline std::uint64_t this_thread_number() noexcept {
  static std::atomic<std::uint64_t> next{1};
  thread_local const std::uint64_t mine = next.fetch_add(1, std::memory_order_relaxed);
  return mine;
}

/// How many flights this thread is working on right now; more than one when a loader asks for another key.
inline int& flights_of_this_thread() noexcept {
  thread_local int count = 0;
  return count;
}

/// What the wait graph needs to know of work that others wait for.
struct FlightBase {
  /// The thread that does the work; 0 while the work waits for one.
  std::atomic<std::uint64_t> owner{this_thread_number()};
  /// Set before the owner can go on to anything else.
  std::atomic<bool> done{false};
};

/// Which thread with a flight of its own waits for which flight: finds the wait that would close a ring.
/// Threads that work on no flight cannot be part of a ring and are never entered, so that plain waiting costs nothing.
/// Invariant: the ring check and the entry are one step under the mutex, so of the waits that would close a ring
/// exactly the last one sees it.
class WaitGraph {
 public:
  static WaitGraph& instance() {
    static WaitGraph graph;
    return graph;
  }

  /// Enters "this thread waits for `flight`"; false, and no entry, when `flight` itself waits for this thread.
  bool enter(const std::shared_ptr<FlightBase>& flight) {
    const std::uint64_t self = this_thread_number();
    const std::lock_guard lock{mutex_};
    std::shared_ptr<FlightBase> next = flight;
    while (next && !next->done.load(std::memory_order_acquire)) {
      const std::uint64_t owner = next->owner.load(std::memory_order_relaxed);
      if (owner == self) return false;
      const auto found = waits_.find(owner);
      next = found == waits_.end() ? nullptr : found->second;
    }
    waits_[self] = flight;
    return true;
  }
  void leave() {
    const std::lock_guard lock{mutex_};
    waits_.erase(this_thread_number());
  }

 private:
  std::mutex mutex_;
  std::unordered_map<std::uint64_t, std::shared_ptr<FlightBase>> waits_;
};

}  // namespace ashlar::inline v0::detail
