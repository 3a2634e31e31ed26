// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <mutex>
#include <thread>

#include <ashlar/core/assert.hpp>

#if defined(__x86_64__) || defined(__i386__)
#include <xmmintrin.h>
#endif
#if __has_include(<sys/single_threaded.h>)
#include <sys/single_threaded.h>
#define ASHLAR_DETAIL_SINGLE_THREADED
#endif

namespace ashlar::inline v0::detail {

/// How readers of a memory tier meet its writers.
enum class Sync : std::uint8_t {
  none,        ///< one thread at a time
  optimistic,  ///< keys and values are copied as words and the group's version is checked afterwards
  locked,      ///< readers share a lock that covers one group
};

/// Whether the C library knows that this is the only thread. Then a read-modify-write need not be atomic, nor a store
/// ordered: a thread that is started later sees all that was done before.
inline bool is_only_thread() noexcept {
#if defined(ASHLAR_DETAIL_SINGLE_THREADED)
  return __libc_single_threaded != 0;
#else
  return false;
#endif
}
/// `exchange`, sequentially consistent.
template <class T>
[[gnu::always_inline]] inline T exchange_shared(std::atomic<T>& shared, T value) noexcept {
  if (!is_only_thread()) return shared.exchange(value, std::memory_order_seq_cst);
  const T before = shared.load(std::memory_order_relaxed);
  shared.store(value, std::memory_order_relaxed);
  return before;
}
/// `store`, sequentially consistent.
template <class T>
[[gnu::always_inline]] inline void store_shared(std::atomic<T>& shared, T value) noexcept {
  shared.store(value, is_only_thread() ? std::memory_order_relaxed : std::memory_order_seq_cst);
}

/// Waits a little longer each time: first in place, then by giving the processor away.
class Backoff {
 public:
  void wait() noexcept {
    if (++turns_ <= 16) {
      for (int i = 0; i < turns_; ++i) pause();
    } else if (turns_ <= 64) {
      std::this_thread::yield();
    } else {
      std::this_thread::sleep_for(std::chrono::microseconds{50});
    }
  }
  /// Whether waiting in place was of no use.
  bool is_long() const noexcept { return turns_ > 16; }
  int turns() const noexcept { return turns_; }

 private:
  static void pause() noexcept {
#if defined(__x86_64__) || defined(__i386__)
    _mm_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
  }
  int turns_ = 0;
};

/// The memory tiers whose entries this thread is shown at the moment, innermost first. A function that is shown one holds
/// a lock of its tier; where it writes to the same tier it may wait for itself, or for one that waits for it. So a writer
/// that waits for long looks here, and debug builds look at the beginning of each write.
class Showing {
 public:
  explicit Showing(const void* tier) noexcept : tier_{tier}, outer_{innermost()} { innermost() = this; }
  Showing(const Showing&) = delete;
  Showing& operator=(const Showing&) = delete;
  ~Showing() { innermost() = outer_; }

  static bool any() noexcept { return innermost() != nullptr; }
  static void assert_not([[maybe_unused]] const void* tier) noexcept {
#ifndef NDEBUG
    for (const Showing* showing = innermost(); showing != nullptr; showing = showing->outer_) {
      ASHLAR_ASSERT(showing->tier_ != tier, "a function given to a tier wrote to it");
    }
#endif
  }
  /// Ends the program where this thread, which has to wait for a lock of `tier`, is shown an entry of it.
  static void stop_if_shown(const void* tier) noexcept {
    for (const Showing* showing = innermost(); showing != nullptr; showing = showing->outer_) {
      if (showing->tier_ == tier) {
        std::fputs("ashlar::MemoryTier: a function given to a tier wrote to it and waits for itself\n", stderr);
        std::abort();
      }
    }
  }

 private:
  static const Showing*& innermost() noexcept {
    thread_local const Showing* showing = nullptr;
    return showing;
  }
  const void* tier_;
  const Showing* outer_;
};
struct NotShowing {
  explicit NotShowing(const void*) noexcept {}
};

/// The writers' lock of a shard: one read-modify-write to take it, a store to give it back.
class SpinMutex {
 public:
  bool try_lock() noexcept { return !taken_.load(std::memory_order_relaxed) && !exchange_shared(taken_, true); }
  void lock(const void* tier) noexcept {
    if (!exchange_shared(taken_, true)) return;
    Backoff backoff;
    while (!try_lock()) {
      if (backoff.is_long()) Showing::stop_if_shown(tier);
      backoff.wait();
    }
  }
  void unlock() noexcept { taken_.store(false, std::memory_order_release); }

 private:
  std::atomic<bool> taken_{false};
};

/// Held while functions are shown all of a tier, and while budget moves between shards.
class LayoutMutex {
 public:
  void lock(const void* tier) {
    Showing::stop_if_shown(tier);
    mutex_.lock();
  }
  void unlock() noexcept { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

/// The locks of one thread: nothing, but for the check that a function given to a tier does not write to it.
class NoMutex {
 public:
  static bool try_lock() noexcept { return true; }
  void lock(const void*) noexcept {
    ASHLAR_ASSERT(!taken_, "a function given to a tier wrote to it");
    taken(true);
  }
  void unlock() noexcept { taken(false); }

 private:
#ifdef NDEBUG
  static void taken(bool) noexcept {}
#else
  void taken(bool now) noexcept { taken_ = now; }
#endif
  [[maybe_unused]] bool taken_ = false;
};

/// Holds one of the three above for a writer of `tier`.
template <class Mutex>
class WriterHold {
 public:
  WriterHold(Mutex& mutex, const void* tier) : mutex_{mutex} { mutex_.lock(tier); }
  WriterHold(const WriterHold&) = delete;
  WriterHold& operator=(const WriterHold&) = delete;
  ~WriterHold() { mutex_.unlock(); }

 private:
  Mutex& mutex_;
};

/// One shared word that a single-threaded tier keeps as a plain one.
template <class T, Sync sync>
class Shared {
 public:
  Shared() noexcept = default;
  explicit Shared(T value) noexcept : value_{value} {}
  T load(std::memory_order order = std::memory_order_relaxed) const noexcept { return value_.load(order); }
  void store(T value, std::memory_order order = std::memory_order_relaxed) noexcept { value_.store(value, order); }
  /// Only the holder of a lock adds: no read-modify-write.
  [[gnu::always_inline]] void add(T difference) noexcept { store(static_cast<T>(load() + difference)); }

 private:
  std::atomic<T> value_{};
};
template <class T>
class Shared<T, Sync::none> {
 public:
  Shared() noexcept = default;
  explicit Shared(T value) noexcept : value_{value} {}
  T load(std::memory_order = std::memory_order_relaxed) const noexcept { return value_; }
  void store(T value, std::memory_order = std::memory_order_relaxed) noexcept { value_ = value; }
  void add(T difference) noexcept { value_ = static_cast<T>(value_ + difference); }

 private:
  T value_{};
};

/// Guards the entries of one group: a word that readers only look at.
/// Bit 0: in use; a table that was given up holds zeros. Bit 1: a writer is at work; there is one at most, the holder of
/// the shard's lock. The rest: a version that each writer steps; bit 0 is clear while it works, so that one comparison
/// after a read tells everything.
template <Sync sync>
class GroupGuard {
 public:
  static constexpr std::uint32_t in_use = 1, writing = 2, step = 4;

  void start() noexcept { word_.store(in_use, std::memory_order_relaxed); }

  /// The version before a read; `stable` tells whether it may begin.
  std::uint32_t version() const noexcept { return word_.load(std::memory_order_acquire); }
  static bool is_stable(std::uint32_t version) noexcept { return (version & (in_use | writing)) == in_use; }
  static bool is_given_up(std::uint32_t version) noexcept { return version == 0; }
  /// After a read whose loads were all acquiring: true when no writer was there since `version`, nor at that time.
  bool was_stable_since(std::uint32_t version) const noexcept {
    return word_.load(std::memory_order_relaxed) == (version | in_use);
  }

  /// Makes readers notice. Stores of the entries that follow must be releasing.
  [[gnu::always_inline]] void lock() noexcept {
    if constexpr (sync == Sync::optimistic) {
      word_.store(word_.load(std::memory_order_relaxed) ^ (writing | in_use), std::memory_order_relaxed);
    }
  }
  [[gnu::always_inline]] void unlock() noexcept {
    if constexpr (sync == Sync::optimistic) {
      word_.store((word_.load(std::memory_order_relaxed) ^ (writing | in_use)) + step, std::memory_order_release);
    }
  }
  /// The entries have moved to another table.
  void give_up() noexcept { word_.store(0, std::memory_order_release); }

 private:
  std::atomic<std::uint32_t> word_{0};
};

/// Guards the entries of one group: a lock that readers share. Two of them enter by a place of their own each, which
/// costs one read-modify-write, and a plain store to leave; where both are taken, the others are counted, which costs
/// two.
///
/// Invariant: a reader is inside when it has a place, or is counted, and has then seen `open`; a writer when it has
/// set `closed` and has then seen each place empty and nobody counted. All four are sequentially consistent, so that
/// of a reader and a writer who come together one sees the other. There is one writer at most, the holder of the
/// shard's lock. A table that was given up is `over`.
///
/// A writer who waits in vain sets `closing` for a while. That keeps newcomers out, but for those whose thread is shown an
/// entry already, and those who have waited for long: the writer may be waiting for just them to end, in this group or,
/// by way of others, in another one. They are inside when they have seen `closing`. Then the writer sets `closed` again,
/// with twice the patience up to a limit: readers that are inside for less than 50 ms each do not keep it out, however
/// many relieve one another.
template <>
class GroupGuard<Sync::locked> {
 public:
  void start() noexcept { state_.store(open, std::memory_order_relaxed); }

  /// Turns that a writer waits for readers at first, and after that many were in vain.
  static constexpr int least_patience = 16;
  static constexpr int more(int patience) noexcept { return patience < 1024 ? 2 * patience : patience; }

  /// How a reader got in.
  enum class Entry : std::uint8_t { refused, first, second, counted };

  /// Enters as one of several readers; refused when the table was given up.
  [[gnu::always_inline]] Entry lock_shared() noexcept {
    const Entry entry = announce();
    if (entry != Entry::refused && state_.load(std::memory_order_seq_cst) == open) [[likely]]
      return entry;
    return wait_shared(entry);
  }
  void unlock_shared(Entry entry) noexcept {
    if (entry == Entry::first) [[likely]] {
      first_.store(0, std::memory_order_release);
    } else if (entry == Entry::second) {
      second_.store(0, std::memory_order_release);
    } else {
      counted_.fetch_sub(1, std::memory_order_release);
    }
  }

  /// Keeps readers out; false where one stays inside for more than `patience` turns.
  [[gnu::always_inline]] bool try_lock(int patience) noexcept {
    store_shared(state_, closed);
    // Whoever comes after a place was seen empty sees that the guard is closed.
    const bool nobody = first_.load(std::memory_order_seq_cst) == 0 && second_.load(std::memory_order_seq_cst) == 0 &&
                        counted_.load(std::memory_order_seq_cst) == 0;
    return nobody || outwait(patience);
  }
  /// After a `try_lock`: lets those in for whom the writer may be waiting.
  void yield() noexcept { state_.store(closing, std::memory_order_seq_cst); }
  /// After a `yield`: waits for those inside, `patience` turns at most.
  void wait(int patience, const void* tier) const noexcept {
    const auto inside = [this] {
      return (first_.load(std::memory_order_relaxed) | second_.load(std::memory_order_relaxed) |
              counted_.load(std::memory_order_relaxed)) != 0;
    };
    for (Backoff backoff; inside() && backoff.turns() <= patience; backoff.wait()) {
      if (backoff.is_long()) Showing::stop_if_shown(tier);
    }
  }
  /// For a writer of `tier`.
  [[gnu::always_inline]] void lock(const void* tier) noexcept {
    if (!try_lock(least_patience)) [[unlikely]]
      insist(tier);
  }
  void unlock() noexcept { state_.store(open, std::memory_order_release); }
  /// The entries have moved to another table.
  void give_up() noexcept { state_.store(over, std::memory_order_release); }

 private:
  static constexpr std::uint8_t over = 0, open = 1, closed = 2, closing = 3;
  static constexpr std::uint8_t most_counted = 255;

  [[gnu::always_inline]] static bool take(std::atomic<std::uint8_t>& place) noexcept {
    return place.load(std::memory_order_relaxed) == 0 && exchange_shared(place, std::uint8_t{1}) == 0;
  }
  /// The rest of `try_lock`, where readers are inside.
  [[gnu::noinline]] bool outwait(int patience) const noexcept {
    for (const auto* readers : {&first_, &second_, &counted_}) {
      Backoff backoff;
      for (; readers->load(std::memory_order_seq_cst) != 0; backoff.wait()) {
        if (backoff.turns() > patience) return false;
      }
    }
    return true;
  }
  /// The rest of `lock`, after a first attempt in vain.
  [[gnu::noinline]] void insist(const void* tier) noexcept {
    int patience = least_patience;
    do {
      yield();
      wait(2 * patience, tier);
      patience = more(patience);
    } while (!try_lock(patience));
  }
  /// The same for one that has announced itself in vain, if at all.
  [[gnu::noinline]] Entry wait_shared(Entry entry) noexcept {
    for (Backoff backoff;; backoff.wait(), entry = announce()) {
      if (entry == Entry::refused) continue;
      const std::uint8_t state = state_.load(std::memory_order_seq_cst);
      if (state == open || (state == closing && (backoff.is_long() || Showing::any()))) return entry;
      unlock_shared(entry);
      if (state == over) return Entry::refused;
    }
  }
  [[gnu::always_inline]] Entry announce() noexcept {
    if (take(first_)) [[likely]]
      return Entry::first;
    return announce_late();
  }
  [[gnu::noinline]] Entry announce_late() noexcept {
    if (take(second_)) return Entry::second;
    std::uint8_t count = counted_.load(std::memory_order_relaxed);
    while (count != most_counted) {
      if (counted_.compare_exchange_weak(count, static_cast<std::uint8_t>(count + 1), std::memory_order_seq_cst,
                                         std::memory_order_relaxed)) {
        return Entry::counted;
      }
    }
    return Entry::refused;
  }

  std::atomic<std::uint8_t> state_{over};
  std::atomic<std::uint8_t> first_{0}, second_{0};
  std::atomic<std::uint8_t> counted_{0};
};

/// Holds a guard as one of its readers.
class SharedHold {
 public:
  [[gnu::always_inline]] explicit SharedHold(GroupGuard<Sync::locked>& guard) noexcept
      : guard_{guard}, entry_{guard.lock_shared()} {}
  SharedHold(const SharedHold&) = delete;
  SharedHold& operator=(const SharedHold&) = delete;
  [[gnu::always_inline]] ~SharedHold() {
    if (*this) guard_.unlock_shared(entry_);
  }

  /// False when the table was given up.
  explicit operator bool() const noexcept { return entry_ != GroupGuard<Sync::locked>::Entry::refused; }

 private:
  GroupGuard<Sync::locked>& guard_;
  GroupGuard<Sync::locked>::Entry entry_;
};

}  // namespace ashlar::inline v0::detail
