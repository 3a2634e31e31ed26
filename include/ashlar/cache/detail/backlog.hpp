// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include <ashlar/cache/flush_report.hpp>
#include <ashlar/cache/lifetime.hpp>
#include <ashlar/core/result.hpp>

namespace ashlar::inline v0::detail {

/// The writes that wait to go below, one for each key, and the threads that write them.
///
/// Invariants, under the mutex: a key is in `schedule_` exactly when it is in `writes_` and not under way; a write
/// under way stays in `writes_` until it succeeded, so that a reader who finds nothing here finds it below.
/// `LifeClock` measures how long values live; when they are written is measured by the steady clock.
template <class K, class V, class Hash, class LifeClock = std::chrono::steady_clock>
class Backlog {
  using Clock = std::chrono::steady_clock;
  using Time = Clock::time_point;
  using Schedule = std::multimap<Time, K>;

 public:
  /// A write that waits: a value, or nothing for a removal.
  struct Write {
    std::optional<V> value;
    Lifetime life;
    typename LifeClock::time_point since;  // `life` counts from here

    /// The part of the life that is left.
    Lifetime left(typename LifeClock::time_point now) const {
      if (!life.given() || life.ttl() == forever) return life;
      return Lifetime{life.ttl() - (now - since)};
    }
  };

  template <class Options, class Below>
  Backlog(const Options& options, Below below, LifeClock life_clock = {})
      : life_clock_{std::move(life_clock)},
        max_keys_{std::max<std::size_t>(options.max_backlog, 1)},
        wait_for_room_{options.wait_for_room},
        linger_{options.linger},
        first_retry_{options.first_retry},
        last_retry_{options.last_retry},
        drain_for_{options.drain_for},
        on_loss_{options.on_loss},
        below_{std::move(below)} {
    const std::size_t threads = std::max<std::size_t>(options.threads, 1);
    threads_.reserve(threads);
    for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
  }
  Backlog(const Backlog&) = delete;
  Backlog& operator=(const Backlog&) = delete;
  ~Backlog() {
    {
      const std::lock_guard lock{mutex_};
      give_up_at_ = soon(drain_for_);
      stopping_ = true;
      hurry();
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) thread.join();
    if (!writes_.empty() && on_loss_) {
      on_loss_(writes_.size(), error_.value_or(Error{ErrorCode::timeout, "write-back: no time left to write"}));
    }
  }

  Result<void> add(const K& key, std::optional<V> value, Lifetime life) {
    {
      std::unique_lock lock{mutex_};
      const auto room = [&] { return writes_.size() < max_keys_ || writes_.contains(key); };
      if (!room() && !done_.wait_until(lock, soon(wait_for_room_), room)) {
        ++stats_.refused;
        std::string why = "write-back: " + std::to_string(max_keys_) + " keys wait to be written already; ";
        why += error_ ? "the lower tier fails: " + std::string{error_->what()} : "the lower tier is too slow";
        return Error{ErrorCode::busy, why};
      }
      auto write = std::make_shared<const Write>(Write{std::move(value), life, life_clock_.now()});
      const auto [at, fresh] = writes_.try_emplace(key);
      Entry& entry = at->second;
      if (fresh) {
        try {
          schedule_.emplace(soon(linger_), key);
        } catch (...) {
          writes_.erase(at);
          throw;
        }
        entry.oldest = last_version_ + 1;
      }
      entry.write = std::move(write);
      entry.version = ++last_version_;
      ++stats_.queued;
      if (!fresh) ++stats_.coalesced;
    }
    changed_.notify_one();
    return {};
  }

  std::optional<std::optional<Timed<V>>> pending(const K& key) const {
    const std::lock_guard lock{mutex_};
    const auto found = writes_.find(key);
    if (found == writes_.end()) return std::nullopt;
    const Write& write = *found->second.write;
    const Lifetime left = write.left(life_clock_.now());
    if (!write.value || left.over()) return std::optional<Timed<V>>{};
    return std::optional<Timed<V>>{Timed<V>{*write.value, left.given() ? left.ttl() : forever}};
  }

  FlushReport flush() {
    std::unique_lock lock{mutex_};
    const std::uint64_t target = last_version_;
    const std::uint64_t round = ++flushes_;
    const std::uint64_t written_before = stats_.written;
    hurry();
    changed_.notify_all();
    const auto untried = [&](const auto& entry) {
      return entry.second.oldest <= target && entry.second.failed_in < round;
    };
    done_.wait(lock, [&] { return std::none_of(writes_.begin(), writes_.end(), untried); });
    FlushReport report;
    report.written = static_cast<std::size_t>(stats_.written - written_before);
    report.waiting = static_cast<std::size_t>(std::count_if(
        writes_.begin(), writes_.end(), [&](const auto& entry) { return entry.second.failed_in >= round; }));
    if (report.waiting > 0) report.error = error_;
    return report;
  }

  /// Forgets the writes that `covers(key, value)`, or else `covers(key)`, names, where `value` is a `std::optional`,
  /// nothing for a removal; none of them is under way when it returns.
  template <class Covers>
  void discard_if(Covers&& covers) {
    std::unique_lock lock{mutex_};
    const auto covered = [&](const auto& entry) -> bool {
      if constexpr (std::predicate<Covers&, const K&, const std::optional<V>&>) {
        return std::invoke(covers, entry.first, std::as_const(entry.second.write->value));
      } else {
        return std::invoke(covers, entry.first);
      }
    };
    const auto none_under_way = [&] {
      std::erase_if(schedule_, [&](const auto& due) {
        const auto found = writes_.find(due.second);
        return found != writes_.end() && !found->second.under_way && covered(*found);
      });
      std::erase_if(writes_, [&](const auto& entry) { return !entry.second.under_way && covered(entry); });
      return std::none_of(writes_.begin(), writes_.end(), covered);
    };
    done_.wait(lock, none_under_way);
    lock.unlock();
    done_.notify_all();
  }

  std::size_t size() const {
    const std::lock_guard lock{mutex_};
    return writes_.size();
  }
  WriteBackStats stats() const {
    const std::lock_guard lock{mutex_};
    return stats_;
  }

 private:
  struct Entry {
    std::shared_ptr<const Write> write;
    std::uint64_t version = 0;    // of the write that waits
    std::uint64_t oldest = 0;     // of the first write since the key was last written below
    std::uint64_t failed_in = 0;  // how many flushes had begun when it failed last
    unsigned failures = 0;
    bool under_way = false;
  };
  using Writes = std::unordered_map<K, Entry, Hash>;

  static Time soon(std::chrono::nanoseconds wait) {
    const Time now = Clock::now();
    return wait >= Time::max() - now ? Time::max() : now + std::chrono::duration_cast<Clock::duration>(wait);
  }

  // Everything that waits is due now.
  void hurry() {
    Schedule due;
    const Time now = Clock::now();
    while (!schedule_.empty()) {
      auto node = schedule_.extract(schedule_.begin());
      node.key() = now;
      due.insert(due.end(), std::move(node));
    }
    schedule_.swap(due);
  }

  void work() {
    std::unique_lock lock{mutex_};
    for (;;) {
      if (stopping_ && (writes_.empty() || Clock::now() >= give_up_at_)) {
        changed_.notify_all();
        return;
      }
      if (schedule_.empty()) {
        changed_.wait(lock);
      } else if (const Time due = schedule_.begin()->first; due > Clock::now()) {
        changed_.wait_until(lock, stopping_ ? std::min(due, give_up_at_) : due);
      } else {
        write_next(lock);
      }
    }
  }

  void write_next(std::unique_lock<std::mutex>& lock) {
    auto node = schedule_.extract(schedule_.begin());
    const K& key = node.mapped();
    Entry& entry = writes_.find(key)->second;  // stays where it is: only this thread removes what is under way
    entry.under_way = true;
    ++under_way_;
    const std::uint64_t version = entry.version;
    const std::shared_ptr<const Write> write = entry.write;
    lock.unlock();
    const Result<void> result = attempt(key, *write);
    lock.lock();
    --under_way_;
    entry.under_way = false;
    if (result) {
      ++stats_.written;
      error_.reset();
      entry.failures = 0;
      entry.oldest = entry.version;
    } else {
      ++stats_.failures;
      error_ = result.error();
      entry.failed_in = flushes_;
      ++entry.failures;
    }
    if (result && entry.version == version) {
      writes_.erase(key);
    } else {
      node.key() = result ? Clock::now() : soon(pause(entry.failures));
      schedule_.insert(std::move(node));
    }
    done_.notify_all();
    if (stopping_) changed_.notify_all();
  }

  Result<void> attempt(const K& key, const Write& write) {
    try {
      return below_(key, write);
    } catch (const std::exception& exception) {
      return Error{ErrorCode::io, std::string{"write-back: the lower tier threw: "} + exception.what()};
    } catch (...) {
      return Error{ErrorCode::io, "write-back: the lower tier threw"};
    }
  }
  std::chrono::nanoseconds pause(unsigned failures) const {
    std::chrono::nanoseconds wait = first_retry_;
    for (unsigned i = 1; i < failures && wait > wait.zero() && wait < last_retry_; ++i) {
      wait = wait > last_retry_ / 2 ? last_retry_ : wait * 2;
    }
    return std::min(wait, last_retry_);
  }

  [[no_unique_address]] const LifeClock life_clock_;
  const std::size_t max_keys_;
  const std::chrono::nanoseconds wait_for_room_, linger_, first_retry_, last_retry_, drain_for_;
  const std::function<void(std::size_t, const Error&)> on_loss_;
  const std::function<Result<void>(const K&, const Write&)> below_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;  // the threads wait here for writes
  std::condition_variable done_;     // writers wait here for room, flushes for attempts
  Writes writes_;
  Schedule schedule_;
  std::uint64_t last_version_ = 0;
  std::uint64_t flushes_ = 0;
  std::size_t under_way_ = 0;
  bool stopping_ = false;
  Time give_up_at_ = Time::max();
  std::optional<Error> error_;
  WriteBackStats stats_;
  std::vector<std::thread> threads_;
};

}  // namespace ashlar::inline v0::detail
