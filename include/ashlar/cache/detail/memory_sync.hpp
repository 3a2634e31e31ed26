// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>

#include <ashlar/core/assert.hpp>

#if defined(__x86_64__) || defined(__i386__)
#include <xmmintrin.h>
#endif

namespace ashlar::inline v0::detail {

/// How readers of a memory tier meet its writers.
enum class Sync : std::uint8_t {
  none,        ///< one thread at a time
  optimistic,  ///< keys and values are copied as words and the group's version is checked afterwards
  locked,      ///< readers share a lock that covers one group
};

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

/// The writers' lock of a shard: one read-modify-write to take it, a store to give it back.
class SpinMutex {
 public:
  bool try_lock() noexcept {
    if (taken_.load(std::memory_order_relaxed) || taken_.exchange(true, std::memory_order_acquire)) return false;
    own();
    return true;
  }
  void lock() noexcept {
    if (!taken_.exchange(true, std::memory_order_acquire)) return own();
    ASHLAR_ASSERT(!is_mine(), "a function given to a tier wrote to it");
    Backoff backoff;
    while (!try_lock()) backoff.wait();
  }
  void unlock() noexcept {
    disown();
    taken_.store(false, std::memory_order_release);
  }

 private:
  // In debug builds a lock knows its owner, so that a function which a tier calls under it and which writes to the tier
  // is told, where it would wait for itself.
#ifdef NDEBUG
  void own() noexcept {}
  void disown() noexcept {}
#else
  static const void* me() noexcept {
    thread_local const char mark = 0;
    return &mark;
  }
  bool is_mine() const noexcept { return owner_.load(std::memory_order_relaxed) == me(); }
  void own() noexcept { owner_.store(me(), std::memory_order_relaxed); }
  void disown() noexcept { owner_.store(nullptr, std::memory_order_relaxed); }
#endif
  std::atomic<bool> taken_{false};
  std::atomic<const void*> owner_{nullptr};
};

/// The same for one thread: nothing, but for the check that a function given to a tier does not write to it.
class NoMutex {
 public:
  static bool try_lock() noexcept { return true; }
  void lock() noexcept {
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

/// One shared word that a single-threaded tier keeps as a plain one.
template <class T, Sync sync>
class Shared {
 public:
  Shared() noexcept = default;
  explicit Shared(T value) noexcept : value_{value} {}
  T load(std::memory_order order = std::memory_order_relaxed) const noexcept { return value_.load(order); }
  void store(T value, std::memory_order order = std::memory_order_relaxed) noexcept { value_.store(value, order); }
  /// Only the holder of a lock adds: no read-modify-write.
  void add(T difference) noexcept { store(static_cast<T>(load() + difference)); }

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

/// The word that guards the entries of one group. Bit 0: in use; a table that was given up holds zeros.
/// Bit 1: a writer is at work; there is one at most, the holder of the shard's lock.
/// The rest: a version that each writer steps (optimistic; bit 0 is clear while it works, so that one comparison after
/// a read tells everything), or the number of readers inside (locked).
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

  /// Enters as one of several readers; false when the table was given up.
  bool lock_shared() noexcept
    requires(sync == Sync::locked)
  {
    std::uint32_t word = word_.load(std::memory_order_relaxed);
    Backoff backoff;
    for (;;) {
      if (word == 0) return false;
      if ((word & writing) != 0) {
        backoff.wait();
        word = word_.load(std::memory_order_relaxed);
      } else if (word_.compare_exchange_weak(word, word + step, std::memory_order_acquire, std::memory_order_relaxed)) {
        return true;
      }
    }
  }
  void unlock_shared() noexcept
    requires(sync == Sync::locked)
  {
    word_.fetch_sub(step, std::memory_order_release);
  }

  /// Keeps readers out, or makes them notice. Stores of the entries that follow must be releasing (optimistic).
  void lock() noexcept {
    if constexpr (sync == Sync::optimistic) {
      word_.store(word_.load(std::memory_order_relaxed) ^ (writing | in_use), std::memory_order_relaxed);
    } else if constexpr (sync == Sync::locked) {
      word_.fetch_or(writing, std::memory_order_acquire);
      Backoff backoff;
      while (word_.load(std::memory_order_acquire) >= step) backoff.wait();
    }
  }
  void unlock() noexcept {
    if constexpr (sync == Sync::optimistic) {
      word_.store((word_.load(std::memory_order_relaxed) ^ (writing | in_use)) + step, std::memory_order_release);
    } else if constexpr (sync == Sync::locked) {
      word_.store(in_use, std::memory_order_release);
    }
  }
  /// The entries have moved to another table.
  void give_up() noexcept { word_.store(0, std::memory_order_release); }

 private:
  std::atomic<std::uint32_t> word_{0};
};

/// Holds a guard as one of its readers.
template <class Guard>
class SharedHold {
 public:
  explicit SharedHold(Guard& guard) noexcept : guard_{guard} {}
  SharedHold(const SharedHold&) = delete;
  SharedHold& operator=(const SharedHold&) = delete;
  ~SharedHold() { guard_.unlock_shared(); }

 private:
  Guard& guard_;
};

}  // namespace ashlar::inline v0::detail
