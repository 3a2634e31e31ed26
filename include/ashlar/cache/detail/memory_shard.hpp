// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <ashlar/cache/detail/memory_sync.hpp>
#include <ashlar/cache/detail/memory_table.hpp>
#include <ashlar/cache/eviction/concepts.hpp>
#include <ashlar/cache/memory/removal.hpp>

namespace ashlar::inline v0::detail {

/// Objects that hold elements elsewhere, most of them, as strings and vectors do.
template <class Value>
concept holds_contents = std::is_reference_v<Value> && requires(Value value) {
  { value.data() } noexcept -> std::convertible_to<const void*>;
};

/// What a policy is shown of the entries of its shard, while the shard is locked.
template <class Table, class HashKey>
class EntriesView {
 public:
  EntriesView(Table& table, std::uint32_t shard, const HashKey& hash) noexcept
      : first_{table[shard * table.shard_groups]}, hash_{hash} {}

  [[gnu::always_inline]] typename Table::Place place(slot_index slot) const noexcept {
    return {{first_.head + slot / group_slots, first_.body + slot / group_slots}, slot};
  }

  std::uint8_t mark(slot_index slot) const noexcept {
    const auto where = place(slot);
    return where.group.head->mark(where.lane());
  }
  void mark(slot_index slot, std::uint8_t value) noexcept {
    const auto where = place(slot);
    where.group.head->mark(where.lane(), value);
  }
  std::uint64_t hash(slot_index slot) const noexcept {
    std::uint64_t hash = 0;
    find_hash(slot, hash);
    return hash;
  }
  /// False when the user's hash throws. Of one entry it is computed once: policy and table ask for that of a victim.
  bool find_hash(slot_index slot, std::uint64_t& hash) const noexcept {
    if (slot != hashed_) {
      if (!hash_(place(slot).cell(), last_hash_)) return false;
      hashed_ = slot;
    }
    hash = last_hash_;
    return true;
  }
  /// Another entry is in `slot` now.
  void renew(slot_index slot, std::uint64_t hash) noexcept {
    hashed_ = slot;
    last_hash_ = hash;
  }
  std::uint64_t weight(slot_index slot) const noexcept {
    const auto where = place(slot);
    return where.group.weight(where.lane());
  }
  [[gnu::always_inline]] void prefetch(slot_index slot) const noexcept {
    const auto where = place(slot);
    __builtin_prefetch(where.group.head);
    __builtin_prefetch(where.cell().address());
  }
  /// The same one step later: asks for what an entry holds elsewhere, which its end will touch.
  [[gnu::always_inline]] void prefetch_contents([[maybe_unused]] slot_index slot) const noexcept {
    if constexpr (holds_contents<decltype(place(slot).cell().value())>) {
      const auto where = place(slot);
      // A queue may name a slot whose entry is gone.
      if (where.group.head->tag(where.lane()) != 0) __builtin_prefetch(where.cell().value().data());
    }
  }

 private:
  decltype(Table::Place::group) first_;
  const HashKey& hash_;
  mutable slot_index hashed_ = no_slot;
  mutable std::uint64_t last_hash_ = 0;
};

/// Hits on their way to a policy that wants to hear of each: readers write without lock and lose some where they race
/// or where nobody reads in time; the holder of the shard's lock reads.
class HitLog {
 public:
  static constexpr std::uint32_t size = 64;

  /// True when it is time to read.
  bool note(slot_index slot, std::uint64_t hash) noexcept {
    const std::uint32_t end = end_.load(std::memory_order_relaxed);
    hits_[end % size].store((hash & 0xffff'ffff'0000'0000) | slot, std::memory_order_relaxed);
    end_.store(end + 1, std::memory_order_relaxed);
    return end % (size / 2) == 0;
  }
  /// Calls `f(slot, hash)` for each hit since the last call; only the high half of `hash` is known.
  template <class F>
  void read(F&& f) noexcept {
    const std::uint32_t end = end_.load(std::memory_order_relaxed);
    if (end - read_ > size) read_ = end - size;
    for (; read_ != end; ++read_) {
      const std::uint64_t hit = hits_[read_ % size].load(std::memory_order_relaxed);
      f(static_cast<slot_index>(hit), hit & 0xffff'ffff'0000'0000);
    }
  }

 private:
  std::array<std::atomic<std::uint64_t>, size> hits_{};
  std::atomic<std::uint32_t> end_{0};
  std::uint32_t read_ = 0;
};
struct NoHitLog {};

/// Whether the end of an object gives a small block of memory back and does nothing else: then it may come under a lock.
template <class T>
constexpr bool ends_quietly(const T&) noexcept {
  return std::is_trivially_destructible_v<T>;
}
inline constexpr std::size_t most_quiet_bytes = 1024;
template <class Char, class Traits>
bool ends_quietly(const std::basic_string<Char, Traits>& text) noexcept {
  return text.capacity() * sizeof(Char) <= most_quiet_bytes;
}
template <class T>
  requires std::is_trivially_destructible_v<T>
bool ends_quietly(const std::vector<T>& items) noexcept {
  return items.capacity() * sizeof(T) <= most_quiet_bytes;
}

/// Entries that left the table under a lock and are destroyed, and told to the listener, after it.
template <class Pair>
class Departed {
 public:
  struct One {
    Pair pair;
    RemovalCause cause;
  };

  Departed() noexcept {}
  Departed(const Departed&) = delete;
  Departed& operator=(const Departed&) = delete;
  ~Departed() { forget(); }

  /// Room for one more, so that `add` cannot throw. May throw; then nothing has changed.
  void expect_one() {
    if (size_ >= at_hand && more_.size() == more_.capacity()) [[unlikely]]
      make_room();
  }
  /// The pair that `take()` returns, in its place at once.
  template <class Take>
  void add(RemovalCause cause, Take&& take) noexcept {
    if (size_ < at_hand) {
      ::new (static_cast<void*>(one(size_))) One{take(), cause};
      ++size_;
    } else {
      add_more({take(), cause});
    }
  }
  template <class Listener>
  void tell(const Listener& listener) noexcept {
    if constexpr (requires(One& o) { listener.removed(o.pair.key, std::move(o.pair.value), o.cause); }) {
      for (std::size_t i = 0; i < size_; ++i) {
        listener.removed(one(i)->pair.key, std::move(one(i)->pair.value), one(i)->cause);
      }
      for (One& o : more_) listener.removed(o.pair.key, std::move(o.pair.value), o.cause);
    }
    forget();
  }

 private:
  static constexpr std::size_t at_hand = 2;

  [[gnu::noinline]] void make_room() { more_.reserve(std::max<std::size_t>(8, 2 * more_.size())); }
  [[gnu::noinline]] void add_more(One&& one) noexcept { more_.push_back(std::move(one)); }
  One* one(std::size_t i) noexcept { return reinterpret_cast<One*>(bytes_) + i; }
  void forget() noexcept {
    while (size_ != 0) std::destroy_at(one(--size_));
    if (!more_.empty()) [[unlikely]]
      forget_more();
  }

  [[gnu::noinline]] void forget_more() noexcept { more_.clear(); }

  alignas(One) std::byte bytes_[at_hand * sizeof(One)];
  std::size_t size_ = 0;
  std::vector<One> more_;
};
/// For entries whose end nobody notices.
template <class Pair>
struct DepartedUnnoticed {
  static void expect_one() noexcept {}
  template <class Take>
  static void add(RemovalCause, Take&&) noexcept {}
  template <class Listener>
  static void tell(const Listener&) noexcept {}
};

/// What one writer at a time works on.
template <class Policy, Sync mode>
struct alignas(128) Shard {
  static constexpr bool logs_hits = replays_hits<Policy> && mode != Sync::none;

  [[no_unique_address]] std::conditional_t<mode == Sync::none, NoMutex, SpinMutex> mutex;
  Shared<std::uint32_t, mode> count;  ///< entries
  Shared<std::uint64_t, mode> used;   ///< their weight
  std::uint64_t allowance = 0;        ///< the part of the capacity that this shard may use
  std::uint32_t next_to_check = 0;    ///< the group whose deadlines are looked at next
  Policy policy{};

  Shared<std::uint64_t, mode> inserted, replaced, erased, evicted, expired, refused;

  [[no_unique_address]] std::conditional_t<logs_hits, HitLog, NoHitLog> hits;

  /// What it may still use. A policy that evicts nothing may leave it with more than it may have.
  std::uint64_t spare() const noexcept { return allowance - std::min(allowance, used.load()); }

  void count_removal(RemovalCause cause) noexcept {
    switch (cause) {
      case RemovalCause::replaced: replaced.add(1); break;
      case RemovalCause::expired: expired.add(1); break;
      case RemovalCause::evicted: evicted.add(1); break;
      case RemovalCause::erased:
      case RemovalCause::cleared: erased.add(1); break;
    }
  }
};

}  // namespace ashlar::inline v0::detail
