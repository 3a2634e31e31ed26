// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <thread>
#include <type_traits>
#include <utility>

#include <ashlar/cache/detail/memory_state.hpp>

namespace ashlar::inline v0::detail {

/// Hits and misses, counted where threads seldom meet.
class HitCounter {
 public:
  void count(bool hit) noexcept {
    Stripe& stripe = stripes_[own_stripe()];
    (hit ? stripe.hits : stripe.misses).fetch_add(1, std::memory_order_relaxed);
  }
  std::uint64_t hits() const noexcept { return sum(&Stripe::hits); }
  std::uint64_t misses() const noexcept { return sum(&Stripe::misses); }

 private:
  struct alignas(64) Stripe {
    std::atomic<std::uint64_t> hits{0};
    std::atomic<std::uint64_t> misses{0};
  };
  static std::size_t own_stripe() noexcept {
    thread_local const std::size_t stripe = hash_mix(std::hash<std::thread::id>{}(std::this_thread::get_id())) % 16;
    return stripe;
  }
  std::uint64_t sum(std::atomic<std::uint64_t> Stripe::* counter) const noexcept {
    std::uint64_t total = 0;
    for (const Stripe& stripe : stripes_) total += (stripe.*counter).load(std::memory_order_relaxed);
    return total;
  }
  std::array<Stripe, 16> stripes_;
};
/// The same for one thread.
class PlainHitCounter {
 public:
  void count(bool hit) noexcept { ++(hit ? hits_ : misses_); }
  std::uint64_t hits() const noexcept { return hits_; }
  std::uint64_t misses() const noexcept { return misses_; }

 private:
  std::uint64_t hits_ = 0, misses_ = 0;
};
struct NoHitCounter {
  static void count(bool) noexcept {}
  static std::uint64_t hits() noexcept { return 0; }
  static std::uint64_t misses() noexcept { return 0; }
};

/// The reading half of a memory tier: no lock (trivially copyable entries) or a shared one on a group of sixteen.
template <class Key, class Value, class... O>
class MemoryReader : public MemoryState<Key, Value, O...> {
 protected:
  using State = MemoryState<Key, Value, O...>;
  using State::mode;
  using State::State;
  using typename State::Cell;
  using typename State::Group;
  using typename State::Opt;
  using typename State::Policy;
  using typename State::Shard;
  using typename State::Table;
  using typename State::View;

  /// What a lookup shows of an entry: `f(value, deadline)`.
  enum class Look : bool { quietly, as_use };

  /// Calls `f(value, deadline)` with the entry of `key`; false when there is none, or its time is over.
  template <Look look, class Q, class F>
  [[gnu::always_inline]] bool look_up(std::uint64_t hash, const Q& key, F&& f) const {
    if constexpr (mode == Sync::locked) {
      return look_up_under_lock<look>(hash, key, f);
    } else {
      Table& table = this->table();
      const std::uint32_t home = table.home(hash);
      table.prefetch(home, hash);
      return finish<look>(table, glance(table, home, hash), hash, key, f);
    }
  }

  /// Looks `keys` up, at most 32 of them, in three rounds, so that the waits for memory overlap.
  /// `shown(i, found)` follows each.
  template <class Show, class Shown>
  void look_up_many(std::span<const Key> keys, Show&& show, Shown&& shown) const {
    std::array<std::uint64_t, most_at_once> hashes;
    std::array<std::uint32_t, most_at_once> homes;
    Table& table = this->table();
    for (std::size_t i = 0; i < keys.size(); ++i) {
      hashes[i] = this->hash_(keys[i]);
      homes[i] = table.home(hashes[i]);
      __builtin_prefetch(table.heads() + homes[i]);
      table.prefetch(homes[i], hashes[i]);
    }
    std::array<Glance, most_at_once> glances;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      glances[i] = glance(table, homes[i], hashes[i]);
      // Where no tag matches, the first cell, which is not read.
      const auto lane = static_cast<unsigned>(std::countr_zero(glances[i].match)) % group_slots;
      __builtin_prefetch(table.bodies[homes[i]].cells + lane);
    }
    for (std::size_t i = 0; i < keys.size(); ++i) {
      auto f = [&](const Value& value, Deadline) { show(i, value); };
      if constexpr (mode == Sync::locked) {
        shown(i, look_up_under_lock<Look::as_use>(hashes[i], keys[i], f));
      } else {
        shown(i, finish<Look::as_use>(table, glances[i], hashes[i], keys[i], f));
      }
    }
  }
  static constexpr std::size_t most_at_once = 32;

  using Counter = std::conditional_t<mode == Sync::none, PlainHitCounter, HitCounter>;
  mutable std::conditional_t<Opt::counts_hits, Counter, NoHitCounter> lookups_;

 private:
  enum class Found : std::uint8_t { no, yes, table_is_old };
  /// What one look at one group told.
  enum class Attempt : std::uint8_t { absent, shown, over, given_up, disturbed };

  /// A torn scalar compares as any other; the equality of a class is shown whole keys only.
  static constexpr bool checks_keys = mode == Sync::optimistic && !std::is_scalar_v<Key>;

  /// What the head of a group says of a hash.
  struct Glance {
    std::uint32_t number;
    std::uint32_t version;
    std::uint32_t match;
  };
  [[gnu::always_inline]] static std::uint32_t version_of([[maybe_unused]] const typename Group::Head& head) noexcept {
    if constexpr (mode == Sync::optimistic) {
      return head.guard.version();
    } else {
      return 0;
    }
  }
  [[gnu::always_inline]] static Glance glance(Table& table, std::uint32_t number, std::uint64_t hash) noexcept {
    const auto& head = table.heads()[number];
    const std::uint32_t version = version_of(head);
    return {number, version, head.tags().match(hash)};
  }

  enum class Quick : std::uint8_t { shown, over, absent, disturbed };

  /// Reads the entry in the group of `seen`, if it is there and no writer is.
  template <Look look, class Q, class F>
  [[gnu::always_inline]] Quick show_quickly(Table& table, const Glance& seen, std::uint64_t hash, const Q& key,
                                            F& f) const {
    const Group group = table[seen.number];
    for (std::uint32_t match = seen.match; match != 0; match &= match - 1) {
      const auto lane = static_cast<unsigned>(std::countr_zero(match));
      const Cell& cell = group.cell(lane);
      decltype(auto) stored = cell.key();
      if constexpr (checks_keys) {
        if (!group.head->guard.was_stable_since(seen.version)) return Quick::disturbed;
      }
      if (!this->same_key(stored, key)) continue;
      decltype(auto) value = cell.value();
      const Deadline when = group.deadline(lane);
      if constexpr (mode == Sync::optimistic) {
        if (!group.head->guard.was_stable_since(seen.version)) return Quick::disturbed;
      }
      if (this->is_past(when)) return Quick::over;
      if constexpr (look == Look::as_use) use(table, seen.number, group, lane, when, hash);
      f(value, when);
      return Quick::shown;
    }
    return Quick::absent;
  }

  /// The common case, kept short and free of calls: the entry is in its own group, or nowhere.
  template <Look look, class Q, class F>
  [[gnu::always_inline]] bool finish(Table& table, const Glance& seen, std::uint64_t hash, const Q& key, F& f) const {
    const Quick quick = show_quickly<look>(table, seen, hash, key, f);
    if (quick == Quick::shown) [[likely]]
      return true;
    if (quick == Quick::over) return false;
    if (quick == Quick::absent && ends_in(table, seen.number, hash)) [[likely]]
      return false;
    // By value, so that the key stays in registers until here.
    if constexpr (std::is_trivially_copyable_v<Value> && sizeof(Value) <= 64 && std::is_copy_constructible_v<Value>) {
      const auto found = copy_slowly<look, ByValueIfSmall<Q>>(table, quick == Quick::absent, hash, key);
      if (found.value) f(*found.value, found.when);
      return found.value.has_value();
    } else {
      return look_up_slowly<look>(hash, key, f);
    }
  }

  /// Does the way of `hash` end in the group `number`, so that what was not found so far is not there?
  [[gnu::always_inline]] bool ends_in(Table& table, std::uint32_t number, std::uint64_t hash) const noexcept {
    return !table.heads()[number].goes_on(hash) &&
           (mode == Sync::none || this->table_.load(std::memory_order_acquire) == &table);
  }

  template <class Q>
  using ByValueIfSmall =
      std::conditional_t<std::is_trivially_copyable_v<Q> && !std::is_array_v<Q> && sizeof(Q) <= 16, Q, const Q&>;
  struct Copied {
    std::optional<Value> value;
    Deadline when = 0;
  };
  /// The entry is in the second group, most likely, where the first was seen without it.
  template <Look look, class Q>
  [[gnu::noinline]] Copied copy_slowly(Table& table, bool first_was_seen, std::uint64_t hash, Q key) const {
    Copied copied;
    auto f = [&](const Value& value, Deadline when) {
      copied.value.emplace(value);
      copied.when = when;
    };
    if (first_was_seen) {
      const Glance seen = glance(table, table.second(hash), hash);
      const Quick quick = show_quickly<look>(table, seen, hash, key, f);
      if (quick == Quick::shown || quick == Quick::over) return copied;
      if (quick == Quick::absent && ends_in(table, seen.number, hash)) return copied;
    }
    look_up_slowly<look>(hash, key, f);
    return copied;
  }

  /// The same where readers share a lock: the entry is in its own group, or nowhere.
  template <Look look, class Q, class F>
  [[gnu::always_inline]] bool look_up_under_lock(std::uint64_t hash, const Q& key, F& f) const {
    Table& table = this->table();
    const std::uint32_t home = table.home(hash);
    if (table.is_large()) __builtin_prefetch(table.heads() + table.second(hash));
    const Attempt attempt = look_at<look>(table, home, hash, key, f);
    if (attempt == Attempt::shown) [[likely]]
      return true;
    if (attempt == Attempt::over || ends_in(table, home, hash)) return false;
    return look_further<look>(table, hash, key, f);
  }
  /// It is in the second group, most likely, where the first was seen without it.
  template <Look look, class Q, class F>
  [[gnu::noinline]] bool look_further(Table& table, std::uint64_t hash, const Q& key, F& f) const {
    const std::uint32_t number = table.second(hash);
    const Attempt attempt = look_at<look>(table, number, hash, key, f);
    if (attempt == Attempt::shown) return true;
    if (attempt == Attempt::over || ends_in(table, number, hash)) return false;
    return look_up_slowly<look>(hash, key, f, &table);
  }
  template <Look look, class Q, class F>
  [[gnu::always_inline]] Attempt look_at(Table& table, std::uint32_t number, std::uint64_t hash, const Q& key,
                                         F& f) const {
    const Group group = table[number];
    const std::uint32_t match = group.head->tags().match(hash);
    if (match == 0) return Attempt::absent;
    __builtin_prefetch(&group.cell(static_cast<unsigned>(std::countr_zero(match))));
    return try_group<look>(table, number, group, 0, match, hash, key, f);
  }

  /// Goes the whole way of `hash`, but for its first two groups where they were `seen_in` a table.
  template <Look look, class Q, class F>
  [[gnu::noinline]] bool look_up_slowly(std::uint64_t hash, const Q& key, F& f, const Table* seen_in = nullptr) const {
    for (;;) {
      Table* const table = this->table_.load(std::memory_order_acquire);
      const Found found = look_in<look>(*table, table == seen_in, hash, key, f);
      if (found == Found::yes) return true;
      if constexpr (mode == Sync::none) return false;
      if (found == Found::no && this->table_.load(std::memory_order_acquire) == table) return false;
      seen_in = nullptr;
    }
  }

  template <Look look, class Q, class F>
  Found look_in(Table& table, bool two_were_seen, std::uint64_t hash, const Q& key, F& f) const {
    Probe way = table.probe(hash);
    if (two_were_seen && !(way.next() && way.next())) return Found::no;
    do {
      const Group group = table[way.group()];
      Backoff backoff;
      for (;;) {
        [[maybe_unused]] const std::uint32_t version = version_of(*group.head);
        const Tags tags = group.head->tags();
        Attempt attempt = Attempt::absent;
        if (const std::uint32_t match = tags.match(hash); match != 0) {
          if constexpr (mode == Sync::locked)
            __builtin_prefetch(&group.cell(static_cast<unsigned>(std::countr_zero(match))));
          attempt = try_group<look>(table, way.group(), group, version, match, hash, key, f);
        }
        if (attempt == Attempt::absent) {
          if (!group.head->goes_on(hash)) return Found::no;
          break;
        }
        if (attempt == Attempt::shown) return Found::yes;
        if (attempt == Attempt::over) return Found::no;
        if (attempt == Attempt::given_up) return Found::table_is_old;
        backoff.wait();
      }
    } while (way.next());
    return Found::no;
  }

  template <Look look, class Q, class F>
  [[gnu::always_inline]] Attempt try_group(Table& table, std::uint32_t number, const Group& group,
                                           [[maybe_unused]] std::uint32_t version, std::uint32_t match,
                                           std::uint64_t hash, const Q& key, F& f) const {
    if constexpr (mode == Sync::optimistic) {
      if (!group.head->guard.is_stable(version)) {
        return group.head->guard.is_given_up(version) ? Attempt::given_up : Attempt::disturbed;
      }
      for (; match != 0; match &= match - 1) {
        const auto lane = static_cast<unsigned>(std::countr_zero(match));
        const Key stored = group.cell(lane).key();
        if constexpr (checks_keys) {
          if (!group.head->guard.was_stable_since(version)) return Attempt::disturbed;
        }
        if (!this->same_key(stored, key)) continue;
        const Value value = group.cell(lane).value();
        const Deadline when = group.deadline(lane);
        if (!group.head->guard.was_stable_since(version)) return Attempt::disturbed;
        if (this->is_past(when)) return Attempt::over;
        if constexpr (look == Look::as_use) use(table, number, group, lane, when, hash);
        f(value, when);
        return Attempt::shown;
      }
      return Attempt::absent;
    } else if constexpr (mode == Sync::locked) {
      const SharedHold hold{group.head->guard};
      if (!hold) return Attempt::given_up;
      return show<look>(table, number, group, group.head->tags().match(hash), hash, key, f);
    } else {
      return show<look>(table, number, group, match, hash, key, f);
    }
  }

  template <Look look, class Q, class F>
  [[gnu::always_inline]] Attempt show(Table& table, std::uint32_t number, const Group& group, std::uint32_t match,
                                      std::uint64_t hash, const Q& key, F& f) const {
    for (; match != 0; match &= match - 1) {
      const auto lane = static_cast<unsigned>(std::countr_zero(match));
      if (!this->same_key(group.cell(lane).key(), key)) continue;
      const Deadline when = group.deadline(lane);
      if (this->is_past(when)) return Attempt::over;
      if constexpr (look == Look::as_use) use(table, number, group, lane, when, hash);
      f(group.cell(lane).value(), when);
      return Attempt::shown;
    }
    return Attempt::absent;
  }

  /// The entry was used: its mark changes, the policy hears of it, its life starts anew; each where asked for, and
  /// nothing is written that is as it should be already. The slot may belong to another entry by now: that harms no
  /// more than one wrong guess of the policy.
  [[gnu::always_inline]] void use(Table& table, std::uint32_t number, const Group& group, unsigned lane,
                                  [[maybe_unused]] Deadline when, std::uint64_t hash) const noexcept {
    if constexpr (marks_hits<Policy>) {
      const std::uint8_t before = group.head->mark(lane);
      if (Policy::touch(before) != before) [[unlikely]]
        mark(table, number, lane, hash);
    }
    if constexpr (replays_hits<Policy> && !watches_marks<Policy>) tell(table, number, group, lane, hash);
    if constexpr (requires { this->expiry_.on_read(); }) {
      const std::chrono::nanoseconds now = this->expiry_.now();
      const Deadline next = deadline(now, this->expiry_.on_read());
      // Deadlines are in order only until a sweep is due: later ones wait for it.
      if (next != when && !this->since_sweep_.is_due(now)) group.extend(lane, when, next);
    }
  }
  [[gnu::noinline]] void mark(Table& table, std::uint32_t number, unsigned lane, std::uint64_t hash) const noexcept
    requires marks_hits<Policy>
  {
    const Group group = table[number];
    const std::uint8_t before = group.head->mark(lane);
    group.head->mark(lane, Policy::touch(before));
    if constexpr (watches_marks<Policy>) {
      if (Policy::watched(before)) tell(table, number, group, lane, hash);
    }
  }

  void tell(Table& table, std::uint32_t number, [[maybe_unused]] const Group& group, unsigned lane,
            std::uint64_t hash) const noexcept {
    const std::uint32_t shard_number = this->shard_of(hash);
    const slot_index slot = (number - shard_number * table.shard_groups) * group_slots + lane;
    Shard& shard = this->shards_[shard_number];
    if constexpr (mode == Sync::none) {
      if (group.weight(lane) == 0) return;
      View entries = this->view(shard_number, table);
      shard.policy.hit(slot, hash, entries);
    } else {
      if (shard.hits.note(slot, hash) && shard.mutex.try_lock()) {
        // The table may have been rebuilt; then its slots have other numbers and the hits are told of others.
        const_cast<MemoryReader*>(this)->drain(shard, shard_number, this->table());
        shard.mutex.unlock();
      }
    }
  }
};

}  // namespace ashlar::inline v0::detail
