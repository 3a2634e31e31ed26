// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <utility>

#include <ashlar/cache/concepts.hpp>
#include <ashlar/cache/detail/backlog.hpp>
#include <ashlar/cache/flush_report.hpp>

namespace ashlar::inline v0 {

/// A write shows above at once and goes below later, from threads of the strategy's own.
///
/// Promised: at least once, in order for each key, the last write wins. Several writes of a key that wait are one
/// (coalescing). A write that fails is tried again, later and later. Nothing that waits can be evicted: the backlog
/// holds it, and reads see it there. The backlog is bounded: a write of one more key waits for room, and then fails
/// with `busy` and changes nothing. The destructor writes what is left, for `drain_for` at most. A crash loses at most
/// what was not flushed. A lower tier that evicts is refused, since it would not keep what it was given; where that is
/// fine, because a source has every value: `struct Mine : WriteBack { static constexpr bool needs_lasting_tier = false; }`.
struct WriteBack {
  static constexpr bool needs_lower_tier = true;
  static constexpr bool needs_lasting_tier = true;
  static constexpr bool can_fail = true;

  /// How many keys may wait at most.
  std::size_t max_backlog = 65'536;
  /// How long a write waits for room in the backlog before it fails.
  std::chrono::nanoseconds wait_for_room = std::chrono::seconds{1};
  /// How long a write rests before it goes below, so that the next one of its key can take its place.
  std::chrono::nanoseconds linger = std::chrono::milliseconds{5};
  /// How long after a failure the write is tried again; doubled with each failure of the key, up to `last_retry`.
  std::chrono::nanoseconds first_retry = std::chrono::milliseconds{10};
  std::chrono::nanoseconds last_retry = std::chrono::seconds{2};
  /// How long the destructor goes on writing what is left.
  std::chrono::nanoseconds drain_for = std::chrono::seconds{10};
  /// How many threads write below, at least 1. Writes of one key never overlap.
  std::size_t threads = 1;
  /// Told by the destructor how many keys it had to give up, and why. Must not throw.
  std::function<void(std::size_t keys, const Error& last)> on_loss = {};

  template <class Levels>
  class Writer {
   public:
    using key_type = typename Levels::key_type;
    using mapped_type = typename Levels::mapped_type;

    Writer(const WriteBack& options, Levels& levels)
        : levels_{&levels},
          backlog_{options,
                   [&levels](const key_type& key, const auto& write) { return write_below(levels, key, write); },
                   detail::clock_of(levels)} {}

    Result<void> put(const key_type& key, const mapped_type& value, Lifetime life) {
      if (Result<void> queued = backlog_.add(key, value, life); !queued) return queued;
      // The write is safe in the backlog; an upper tier that did not take it must only not show the old value.
      try {
        if (levels_->put_above(key, value, life)) return {};
      } catch (...) {
      }
      const Result<bool> dropped = levels_->drop_above(key);
      return dropped ? Result<void>{} : Result<void>{dropped.error()};
    }
    Result<bool> erase(const key_type& key) {
      const auto waiting = backlog_.pending(key);
      const bool below = waiting ? waiting->has_value() : levels_->read_below(key).has_value();
      if (Result<void> queued = backlog_.add(key, std::nullopt, Lifetime{}); !queued) return queued.error();
      const Result<bool> above = levels_->drop_above(key);
      if (!above) return above;
      return below || *above;
    }

    /// The write of `key` that waits, if any: a value, or nothing for a removal.
    std::optional<std::optional<Timed<mapped_type>>> pending(const key_type& key) const {
      return backlog_.pending(key);
    }
    /// Tries every write that waits at the time of the call, at once and once at least, and says what came of it.
    FlushReport flush() { return backlog_.flush(); }
    /// Forgets the writes that wait of the keys for which `covers(key)` holds; none is under way when it returns.
    template <class Covers>
    void discard_if(Covers&& covers) {
      backlog_.discard_if(covers);
    }
    /// How many keys wait.
    std::size_t backlog() const { return backlog_.size(); }
    WriteBackStats stats() const { return backlog_.stats(); }

   private:
    using LifeClock = decltype(detail::clock_of(std::declval<const Levels&>()));
    using Backlog = detail::Backlog<key_type, mapped_type, typename Levels::hasher, LifeClock>;

    static Result<void> write_below(Levels& levels, const key_type& key, const typename Backlog::Write& write) {
      if (write.value) return levels.put_below(key, *write.value, write.left(detail::clock_of(levels).now()));
      const Result<bool> erased = levels.erase_below(key);
      return erased ? Result<void>{} : Result<void>{erased.error()};
    }

    Levels* levels_;
    Backlog backlog_;
  };
};

static_assert(strategy<WriteBack> && deferring_strategy<WriteBack>);

}  // namespace ashlar::inline v0
