// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include <ashlar/cache/invalidation/log.hpp>

namespace ashlar::inline v0 {

/// What an invalidation names: the keys that fit a pattern, or the entries that have a tag.
enum class InvalidationSubject : std::uint8_t { pattern, tag };

/// An invalidation that waits: entries made since `when` are not meant.
struct QueuedInvalidation {
  InvalidationSubject subject = InvalidationSubject::pattern;
  std::string text;
  InvalidationStamp when = 0;

  friend bool operator==(const QueuedInvalidation&, const QueuedInvalidation&) = default;
};

/// Invalidations that wait: those of higher priority come first, equal ones in the order of arrival. What waits already
/// is not queued again, but moves up when it comes with a higher priority, and covers what was made until it came last.
///
///     queue.add("order:*:42:*", 10);   // urgent
///     queue.add_tag("customer:3");
///     queue.carry_out(cache);
///
/// Each is as of the moment at which it was added, so that what is put between then and its turn stays.
/// Threads: every member may be called concurrently.
class InvalidationQueue {
 public:
  void add(std::string pattern, int priority = 0, InvalidationStamp when = InvalidationLog::next()) {
    add(InvalidationSubject::pattern, std::move(pattern), priority, when);
  }
  void add_tag(std::string tag, int priority = 0, InvalidationStamp when = InvalidationLog::next()) {
    add(InvalidationSubject::tag, std::move(tag), priority, when);
  }

  /// The invalidation whose turn it is, taken out; nothing when none waits.
  std::optional<QueuedInvalidation> take() {
    const std::lock_guard lock{mutex_};
    if (waiting_.empty()) return std::nullopt;
    const QueuedInvalidation& first = waiting_.begin()->second;
    places_.erase(Name{first.subject, first.text});
    auto node = waiting_.extract(waiting_.begin());
    return std::move(node.mapped());
  }

  /// Calls `invalidate(queued)` for every invalidation in its turn, also for those added meanwhile, and returns how many
  /// there were. When it throws, that one is gone and the others still wait.
  template <class F>
  std::size_t process(F&& invalidate) {
    std::size_t done = 0;
    for (; auto next = take(); ++done) static_cast<void>(std::invoke(invalidate, std::as_const(*next)));
    return done;
  }

  /// Carries all of them out in `cache`: an `Invalidating` or `Coherent` one, or `Regions`. As `process`.
  template <class Cache>
  std::size_t carry_out(Cache& cache) {
    return process([&](const QueuedInvalidation& next) {
      if (next.subject == InvalidationSubject::tag) {
        if constexpr (requires { requires !Cache::has_tags; }) {
          return;  // no entry here has one
        } else {
          cache.invalidate_tag(next.text, next.when);
        }
      } else if constexpr (requires { cache.invalidate_matching(next.text, next.when); }) {
        cache.invalidate_matching(next.text, next.when);
      } else {
        cache.invalidate(next.text, next.when);
      }
    });
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
  using Name = std::pair<InvalidationSubject, std::string>;

  void add(InvalidationSubject subject, std::string text, int priority, InvalidationStamp when) {
    const std::lock_guard lock{mutex_};
    const Place place{priority, next_++};
    Name name{subject, std::move(text)};
    if (const auto known = places_.find(name); known != places_.end()) {
      QueuedInvalidation& waiting = waiting_.find(known->second)->second;
      waiting.when = std::max(waiting.when, when);
      if (known->second.priority >= priority) return;
      auto node = waiting_.extract(known->second);
      node.key() = known->second = place;
      waiting_.insert(std::move(node));
      return;
    }
    // All that may throw comes before either table is changed.
    std::map<Place, QueuedInvalidation> added;
    added.emplace(place, QueuedInvalidation{subject, name.second, when});
    places_.emplace(std::move(name), place);
    waiting_.merge(added);
  }

  mutable std::mutex mutex_;
  std::map<Place, QueuedInvalidation> waiting_;
  std::map<Name, Place> places_;
  std::uint64_t next_ = 0;
};

}  // namespace ashlar::inline v0
