// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

namespace ashlar::inline v0 {

/// Invalidations that wait: those of higher priority come first, equal ones in the order of arrival. A pattern that
/// waits already is not queued again, but moves up when it comes with a higher priority.
/// Threads: every member may be called concurrently.
class InvalidationQueue {
 public:
  void add(std::string pattern, int priority = 0) {
    const std::lock_guard lock{mutex_};
    const Place place{priority, next_++};
    if (const auto known = places_.find(pattern); known != places_.end()) {
      if (known->second.priority >= priority) return;
      auto node = waiting_.extract(known->second);
      node.key() = known->second = place;
      waiting_.insert(std::move(node));
      return;
    }
    // All that may throw comes before either table is changed.
    std::map<Place, std::string> added;
    added.emplace(place, pattern);
    places_.emplace(std::move(pattern), place);
    waiting_.merge(added);
  }

  /// The pattern whose turn it is, taken out; nothing when none waits.
  std::optional<std::string> take() {
    const std::lock_guard lock{mutex_};
    if (waiting_.empty()) return std::nullopt;
    auto node = waiting_.extract(waiting_.begin());
    places_.erase(node.mapped());
    return std::move(node.mapped());
  }

  /// Calls `invalidate(pattern)` for every pattern in its turn, also for those added meanwhile, and returns how many
  /// there were. When it throws, that pattern is gone and the others still wait.
  template <class F>
  std::size_t process(F&& invalidate) {
    std::size_t done = 0;
    for (; auto pattern = take(); ++done) static_cast<void>(std::invoke(invalidate, std::as_const(*pattern)));
    return done;
  }

  std::size_t size() const {
    const std::lock_guard lock{mutex_};
    return waiting_.size();
  }

 private:
  struct Place {
    int priority = 0;
    std::uint64_t number = 0;
    bool operator<(const Place& other) const noexcept {
      return priority != other.priority ? priority > other.priority : number < other.number;
    }
  };

  mutable std::mutex mutex_;
  std::map<Place, std::string> waiting_;
  std::unordered_map<std::string, Place> places_;
  std::uint64_t next_ = 0;
};

}  // namespace ashlar::inline v0
