// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include <ashlar/core/hash.hpp>
#include <ashlar/core/result.hpp>
#include <ashlar/simd/glob.hpp>

namespace ashlar::inline v0 {

/// A moment in the order of invalidations.
using InvalidationStamp = std::uint64_t;

namespace detail {

/// What was invalidated and when: answers whether an entry is stale. Not synchronised.
class Invalidations {
 public:
  void add_pattern(Glob pattern, InvalidationStamp when) {
    // The same pattern again takes the place of the earlier one, which it covers.
    std::erase_if(patterns_, [&](const Pattern& known) {
      if (known.glob->pattern() != pattern.pattern()) return false;
      when = std::max(when, known.note.when);
      return true;
    });
    const auto later = [](InvalidationStamp stamp, const Pattern& known) { return stamp < known.note.when; };
    const auto at = std::upper_bound(patterns_.begin(), patterns_.end(), when, later);
    patterns_.insert(at, {std::make_shared<const Glob>(std::move(pattern)), {when, ++serial_}});
  }
  void add_tag(std::uint64_t tag, InvalidationStamp when) { raise(tags_[tag], when); }
  void add_key(std::string_view key, InvalidationStamp when) { raise(keys_[hash_bytes(key)], when); }
  void add_all(InvalidationStamp when) { raise(all_, when); }

  bool covers(std::string_view key, InvalidationStamp born, std::span<const std::uint64_t> tags) const {
    if (born < all_.when) return true;
    if (!tags_.empty()) {
      for (const std::uint64_t tag : tags) {
        if (const auto found = tags_.find(tag); found != tags_.end() && born < found->second.when) return true;
      }
    }
    if (!keys_.empty()) {
      const auto found = keys_.find(hash_bytes(key));
      if (found != keys_.end() && born < found->second.when) return true;
    }
    for (auto at = patterns_.rbegin(); at != patterns_.rend() && born < at->note.when; ++at) {
      if (at->glob->matches(key)) return true;
    }
    return false;
  }
  /// Whether there may be entries of this key that it covers; of any key where there are tags.
  bool may_cover(std::string_view key) const { return !tags_.empty() || covers(key, 0, {}); }

  /// The number of the latest note.
  std::uint64_t serial() const noexcept { return serial_; }
  /// Forgets the notes up to that number that are older than `before`.
  void forget(std::uint64_t upto, InvalidationStamp before) {
    const auto old = [=](const Note& note) { return note.serial <= upto && note.when < before; };
    const auto names_old = [&](const auto& entry) { return old(entry.second); };
    std::erase_if(tags_, names_old);
    std::erase_if(keys_, names_old);
    std::erase_if(patterns_, [&](const Pattern& pattern) { return old(pattern.note); });
    if (old(all_)) all_ = {};
  }

  std::size_t patterns() const noexcept { return patterns_.size(); }
  std::size_t names() const noexcept { return tags_.size() + keys_.size(); }
  bool empty() const noexcept { return all_.when == 0 && patterns() == 0 && names() == 0; }

 private:
  struct Note {
    InvalidationStamp when = 0;
    std::uint64_t serial = 0;  // in the order of arrival, which is not that of `when` where other processes send
  };
  struct Pattern {
    std::shared_ptr<const Glob> glob;
    Note note;
  };
  void raise(Note& note, InvalidationStamp when) { note = {std::max(note.when, when), ++serial_}; }

  std::vector<Pattern> patterns_;  // in the order of `when`
  std::unordered_map<std::uint64_t, Note> tags_;
  std::unordered_map<std::uint64_t, Note> keys_;
  Note all_;
  std::uint64_t serial_ = 0;
};

/// Many readers, who count themselves in and out, mostly each in a stripe of its own so that they do not meet; a writer
/// keeps new ones out and waits for those inside. Readers must not write while they read.
/// Invariant: a reader counts itself before it looks for a writer, a writer shows itself before it looks at the counts,
/// all in one order (`seq_cst`); so at least one of the two sees the other, and it is the reader who then gives way.
class StripedMutex {
  struct alignas(64) Stripe {
    mutable std::atomic<std::uint32_t> readers{0};
  };

 public:
  class [[nodiscard]] Reading {
   public:
    explicit Reading(const Stripe& stripe) noexcept : stripe_{stripe} {}
    ~Reading() { stripe_.readers.fetch_sub(1, std::memory_order_release); }
    Reading(const Reading&) = delete;
    Reading& operator=(const Reading&) = delete;

   private:
    const Stripe& stripe_;
  };
  Reading read() const {
    thread_local char here = 0;
    const Stripe& mine = stripes_[hash_mix(reinterpret_cast<std::uintptr_t>(&here)) % stripes_.size()];
    while (mine.readers.fetch_add(1, std::memory_order_seq_cst), writing_.load(std::memory_order_seq_cst)) {
      mine.readers.fetch_sub(1, std::memory_order_release);
      const std::lock_guard until_written{writer_};
    }
    return Reading{mine};
  }
  void lock() {
    writer_.lock();
    writing_.store(true, std::memory_order_seq_cst);
    for (const Stripe& stripe : stripes_) {
      while (stripe.readers.load(std::memory_order_seq_cst) != 0) std::this_thread::yield();
    }
  }
  void unlock() {
    writing_.store(false, std::memory_order_release);
    writer_.unlock();
  }

 private:
  std::array<Stripe, 8> stripes_;
  std::atomic<bool> writing_{false};
  mutable std::mutex writer_;
};

inline std::atomic<InvalidationStamp>& last_invalidation_stamp() noexcept {
  static std::atomic<InvalidationStamp> last{0};
  return last;
}

}  // namespace detail

/// The invalidations that are pending: issued, but not yet carried out on entries that nobody has asked for since.
///
/// Every entry carries the moment at which its value was known to be right (`now()`, read before the value is made);
/// an invalidation is a note "what fits this and is older than that moment is stale". A reader compares; a sweep removes
/// what is stale and then `retire`s the notes. So issuing costs the same however many entries there are, and loads in
/// flight are beaten without being known: their entries are older than the note.
///
/// Moments are numbers that grow, common to the whole process. They begin at the time of day in nanoseconds, so that
/// entries of a tier that outlives the process are older than what the next one invalidates.
/// Invariants: `newest_` is no less than the greatest moment of all notes, 0 only without any, and is published after
/// the note and cleared after `retired_` was raised; so a reader who finds it cleared knows whether a sweep passed
/// between its reading of the entry and its asking.
/// Threads: every member may be called concurrently. Cost: `stale` reads one shared word while nothing is pending that
/// is younger than the entry; otherwise it matches the pending patterns that are.
class InvalidationLog {
 public:
  /// The moment for a value that is made, read or loaded from now on.
  static InvalidationStamp now() noexcept {
    const auto last = detail::last_invalidation_stamp().load(std::memory_order_acquire);
    return last != 0 ? last : next();
  }
  /// The moment for an invalidation: after all that were given out.
  static InvalidationStamp next() noexcept { return next_after(0); }
  /// The same, after `seen` too, a moment of another process.
  static InvalidationStamp next_after(InvalidationStamp seen) noexcept {
    const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
    const auto clock =
        static_cast<InvalidationStamp>(std::chrono::duration_cast<std::chrono::nanoseconds>(since_1970).count());
    auto& last = detail::last_invalidation_stamp();
    InvalidationStamp before = last.load(std::memory_order_relaxed);
    for (;;) {
      const InvalidationStamp after = std::max({before + 1, seen + 1, clock});
      if (last.compare_exchange_weak(before, after, std::memory_order_acq_rel, std::memory_order_relaxed)) return after;
    }
  }

  /// Notes that what fits and is older than `when` is stale.
  void add_pattern(Glob pattern, InvalidationStamp when) {
    add(when, [&] { notes_.add_pattern(std::move(pattern), when); });
  }
  void add_tag(std::uint64_t tag, InvalidationStamp when) {
    add(when, [&] { notes_.add_tag(tag, when); });
  }
  void add_key(std::string_view key, InvalidationStamp when) {
    add(when, [&] { notes_.add_key(key, when); });
  }
  void add_all(InvalidationStamp when) {
    add(when, [&] { notes_.add_all(when); });
  }

  /// What `stale` needs to know from before the entry was read.
  std::uint64_t reading() const noexcept { return retired_.load(std::memory_order_acquire); }
  /// Whether an entry is stale that was read after `since = reading()`. `key` is empty where keys are no text. True as
  /// well where a sweep came between, so that it cannot be known: read again.
  bool stale(std::string_view key, InvalidationStamp born, std::span<const std::uint64_t> tags,
             std::uint64_t since) const {
    const bool older = born < newest_.load(std::memory_order_acquire);
    if (retired_.load(std::memory_order_relaxed) != since) return true;
    if (!older) return false;
    const auto reading = mutex_.read();
    return retired_.load(std::memory_order_relaxed) != since || notes_.covers(key, born, tags);
  }

  /// Whether a pending note covers the entry. Unlike `stale` it says no of what only cannot be known: what a sweep has
  /// retired it has removed as well.
  bool covers(std::string_view key, InvalidationStamp born, std::span<const std::uint64_t> tags) const {
    if (born >= newest_.load(std::memory_order_acquire)) return false;
    const auto reading = mutex_.read();
    return notes_.covers(key, born, tags);
  }

  /// A copy of all notes: what a sweep is to carry out.
  detail::Invalidations pending() const {
    const auto reading = mutex_.read();
    return notes_;
  }
  /// Forgets the notes that `swept` has and that are older than `keep`; no entry that they cover may be left, nor come
  /// back.
  void retire(const detail::Invalidations& swept, std::chrono::nanoseconds keep = {}) {
    const auto kept = static_cast<InvalidationStamp>(std::max<std::int64_t>(keep.count(), 0));
    const std::lock_guard lock{mutex_};
    const InvalidationStamp moment = next();
    notes_.forget(swept.serial(), moment - std::min(kept, moment));
    retired_.fetch_add(1, std::memory_order_release);
    if (notes_.empty()) newest_.store(0, std::memory_order_release);
  }

  /// Puts one note in the place of all: everything from before `when` is stale.
  void collapse(InvalidationStamp when) {
    add(when, [&] {
      notes_.forget(notes_.serial(), std::numeric_limits<InvalidationStamp>::max());
      notes_.add_all(when);
    });
  }

  /// How many patterns are pending, and how many tags and keys.
  std::size_t patterns() const {
    const auto reading = mutex_.read();
    return notes_.patterns();
  }
  std::size_t names() const {
    const auto reading = mutex_.read();
    return notes_.names();
  }
  bool empty() const noexcept { return newest_.load(std::memory_order_acquire) == 0; }

 private:
  template <class Change>
  void add(InvalidationStamp when, Change change) {
    const std::lock_guard lock{mutex_};
    change();
    if (newest_.load(std::memory_order_relaxed) < when) newest_.store(when, std::memory_order_release);
  }

  mutable detail::StripedMutex mutex_;
  detail::Invalidations notes_;
  alignas(64) std::atomic<InvalidationStamp> newest_{0};
  std::atomic<std::uint64_t> retired_{0};
};

namespace detail {

/// What a sweep removes, by key alone for what has no value yet.
class Doomed {
 public:
  explicit Doomed(const Invalidations& notes) noexcept : notes_{&notes} {}

  template <class K>
  bool operator()(const K& key) const {
    return notes_->may_cover(text(key));
  }
  template <class K, class Entry>
  bool operator()(const K& key, const Entry& entry) const {
    if constexpr (requires { entry.tags; }) {
      return notes_->covers(text(key), entry.born, entry.tags);
    } else {
      return notes_->covers(text(key), entry.born, {});
    }
  }
  template <class K, class Entry>
  bool operator()(const K& key, const std::optional<Entry>& entry) const {
    return entry && (*this)(key, *entry);
  }

 private:
  template <class K>
  static std::string_view text(const K& key) {
    if constexpr (std::convertible_to<const K&, std::string_view>) {
      return key;
    } else {
      return {};
    }
  }
  const Invalidations* notes_;
};

/// Carries out what is pending by `erase(doomed)`, which says how many copies it removed; nothing is retired when it
/// fails, nor what is younger than `keep`.
template <class Erase>
Result<std::size_t> sweep(InvalidationLog& log, std::chrono::nanoseconds keep, Erase erase) {
  if (log.empty()) return std::size_t{0};
  const Invalidations notes = log.pending();
  Result<std::size_t> removed = erase(Doomed{notes});
  if (removed) log.retire(notes, keep);
  return removed;
}

}  // namespace detail

}  // namespace ashlar::inline v0
