// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include <ashlar/cache/detail/memory_reader.hpp>
#include <ashlar/cache/memory/put.hpp>
#include <ashlar/cache/memory/stats.hpp>

namespace ashlar::inline v0::detail {

/// What a change of one entry wants.
enum class Act : std::uint8_t { keep, erase, store };

/// The writing half of a memory tier: one writer per shard. What leaves the table is destroyed, and told to the
/// listener, after the lock is given back.
template <class Key, class Value, class... O>
class MemoryWriter : public MemoryReader<Key, Value, O...> {
 protected:
  using State = MemoryState<Key, Value, O...>;
  using MemoryReader<Key, Value, O...>::MemoryReader;
  using State::mode;
  using State::notices_end;
  using typename State::Cell;
  using typename State::Group;
  using typename State::Leaving;
  using typename State::Opt;
  using typename State::Place;
  using typename State::Policy;
  using typename State::Shard;
  using typename State::Stored;
  using typename State::Table;
  using typename State::View;

  /// The value to store, its weight and its deadline.
  struct Draft {
    Value* value = nullptr;
    std::uint64_t weight = 1;
    Deadline when = 0;
    bool sweep_is_due = false;
  };

  /// One shard, locked, with the table that holds as long as the lock.
  struct Locked {
    MemoryWriter& tier;
    std::uint32_t number;
    Shard& shard;
    WriterHold<decltype(Shard::mutex)> lock;
    Table& table;
    View entries;

    Locked(MemoryWriter& writer, std::uint32_t shard_number)
        : tier{writer},
          number{shard_number},
          shard{writer.shards_[shard_number]},
          lock{shard.mutex, writer.identity()},
          table{writer.table()},
          entries{writer.view(shard_number, table)} {}
  };

  /// Holds what leaves until the lock that was taken after it is gone.
  struct Farewell {
    const MemoryWriter& tier;
    Leaving leaving{};

    explicit Farewell(const MemoryWriter& writer) noexcept : tier{writer} {}
    Farewell(const Farewell&) = delete;
    Farewell& operator=(const Farewell&) = delete;
    ~Farewell() { leaving.tell(tier.listener_); }
  };

  /// Weight and deadline of an entry. Throws what the user's functions throw.
  Draft draft(const Key& key, Value& value, Lifetime life) const {
    Draft made{std::addressof(value)};
    if constexpr (Opt::weighs) made.weight = this->weigher_.weight(key, value);
    if constexpr (Opt::expires) {
      std::chrono::nanoseconds ttl = this->expiry_.on_write(key, std::as_const(value));
      if (life.given()) ttl = std::min(ttl, life.ttl());
      const std::chrono::nanoseconds now = this->now();
      made.when = deadline(now, ttl);
      made.sweep_is_due = this->since_sweep_.is_due(now);
    } else {
      static_cast<void>(life);
    }
    return made;
  }

  /// The same outside of every lock, so that what is over can be dropped where that is due.
  Draft prepare(const Key& key, Value& value, Lifetime life) {
    Draft made = draft(key, value, life);
    if (made.sweep_is_due) [[unlikely]] {
      // The value lives from after the sweep, which may take its time.
      sweep();
      made = draft(key, value, life);
    }
    return made;
  }

  /// A draft for a value that takes the place of one with the deadline `former`: it lives no longer.
  Draft draft_after(Deadline former, const Key& key, Value& value) const {
    Draft made = draft(key, value, {});
    if constexpr (!requires { this->expiry_.on_read(); }) {
      if (former != 0 && (made.when == 0 || is_over(former, made.when))) made.when = former;
    }
    return made;
  }

  /// Changes the entry of `key` as `decide(cell, draft)` says, in one step: `cell` is null where there is no entry, and
  /// `draft` has the deadline of the one there is.
  /// `decide` runs under the shard's lock, and again where room had to be made elsewhere first. `key` is moved from
  /// when it is stored. Whatever throws, the entry is as before.
  template <class Decide>
  Put change(std::uint64_t hash, Key& key, Decide&& decide) {
    Showing::assert_not(this->identity());
    for (int attempt = 0;;) {
      const Table* seen = nullptr;
      std::uint64_t missing = 0;
      {
        Farewell farewell{*this};
        Locked locked{*this, this->shard_of(hash)};
        seen = &locked.table;
        const std::optional<Put> done = change_locked(locked, hash, key, decide, farewell.leaving, missing, attempt);
        if (done) return *done;
      }
      if (missing == 0) {
        const WriterHold whole{layout_, this->identity()};
        this->rebuild(seen, this->numbered(seen->shard_groups + seen->shard_groups / 2 + 1.0));
      } else {
        squeeze(this->shard_of(hash), missing);
        ++attempt;
      }
    }
  }

  /// Removes the entry of `key`, giving it to `take(value)` where that is wanted.
  template <class Q, class Take>
  bool remove_key(std::uint64_t hash, const Q& key, Take&& take) {
    Showing::assert_not(this->identity());
    Farewell farewell{*this};
    Locked locked{*this, this->shard_of(hash)};
    const Place place = find(locked, hash, key);
    if (!place) return false;
    const bool over = is_over_now(place);
    if constexpr (!std::is_same_v<std::remove_cvref_t<Take>, std::nullptr_t>) {
      if (!over) {
        locked.shard.count_removal(RemovalCause::erased);
        take(detach(locked, place, false).value);
        return true;
      }
    }
    farewell.leaving.expect_one();
    remove(locked, place, over ? RemovalCause::expired : RemovalCause::erased, farewell.leaving);
    return !over;
  }

  /// Removes every entry for which `picks(group, lane)` holds, a group at a time; returns how many.
  template <class Picks>
  std::size_t remove_if(RemovalCause cause, Picks&& picks) {
    Showing::assert_not(this->identity());
    std::size_t removed = 0;
    for (std::uint32_t shard = 0; shard < this->shard_count(); ++shard) {
      const Table* seen = nullptr;
      for (std::uint32_t g = 0;; ++g) {
        Farewell farewell{*this};
        Locked locked{*this, shard};
        if (seen != &locked.table) {
          // The first group, or the entries have moved: begin anew.
          seen = &locked.table;
          g = 0;
        }
        if (g >= locked.table.shard_groups) break;
        removed += remove_in_group(locked, g, cause, picks, farewell.leaving);
      }
    }
    return removed;
  }

  /// Makes shard after shard give up `missing` in all, so that another may take it from the pool.
  [[gnu::noinline]] void squeeze(std::uint32_t but, std::uint64_t missing) {
    Farewell farewell{*this};
    const WriterHold whole{layout_, this->identity()};
    for (std::uint32_t i = 0; i < this->shard_count() && missing != 0; ++i) {
      if (i == but) continue;
      Locked locked{*this, i};
      Shard& shard = locked.shard;
      while (shard.spare() < missing && evict(locked, 0, farewell.leaving)) {
      }
      const std::uint64_t freed = std::min(missing, shard.spare());
      shard.allowance -= freed;
      this->pool_.fetch_add(freed, std::memory_order_relaxed);
      missing -= freed;
    }
  }

  /// Calls `f(group, lane)` for every entry that has not expired, a group at a time. The table is not rebuilt
  /// meanwhile.
  template <class F>
  void for_each(F&& f) {
    Showing::assert_not(this->identity());
    const WriterHold whole{layout_, this->identity()};
    for (std::uint32_t shard = 0; shard < this->shard_count(); ++shard) {
      for (std::uint32_t g = 0;; ++g) {
        Locked locked{*this, shard};
        if (g >= locked.table.shard_groups) break;
        const Group group = locked.table[shard * locked.table.shard_groups + g];
        for (std::uint32_t taken = ~group.head->tags().empty() & 0xffff; taken != 0; taken &= taken - 1) {
          const auto lane = static_cast<unsigned>(std::countr_zero(taken));
          if (!is_over_now(Place{group, g * group_slots + lane})) f(group, lane);
        }
      }
    }
  }

  void resize(std::uint64_t limit) {
    Showing::assert_not(this->identity());
    Farewell farewell{*this};
    const WriterHold whole{layout_, this->identity()};
    limit = std::min(limit, this->no_limit);
    std::uint32_t groups = 0;
    if constexpr (!State::grows) {
      groups = this->groups_for(limit);
      if (groups > this->table().shard_groups) this->rebuild(&this->table(), groups);
    }
    const std::uint64_t before = this->capacity_.load();
    this->capacity_.store(limit);
    if (limit >= before && this->shard_count() > 1) {
      this->pool_.fetch_add(limit - before, std::memory_order_relaxed);
      for (std::uint32_t i = 0; i < this->shard_count(); ++i) Locked{*this, i}.shard.policy.limit(this->share());
      return;
    }
    shrink(limit, farewell.leaving);
    if (groups < this->table().shard_groups / 2 && groups != 0) this->rebuild(&this->table(), groups);
  }

  /// The sum of one counter of all shards.
  template <class Counter>
  std::uint64_t total(Counter Shard::* counter) const noexcept {
    std::uint64_t sum = 0;
    for (std::uint32_t i = 0; i < this->shard_count(); ++i) sum += (this->shards_[i].*counter).load();
    return sum;
  }

  /// Shares `limit` out, evicts what is above, and takes back what no shard uses. `layout_` is held. Whatever throws, the
  /// shares add up to no more than `limit`.
  void shrink(std::uint64_t limit, Leaving& leaving) {
    this->pool_.store(0);
    for (std::uint32_t i = 0; i < this->shard_count(); ++i) {
      Locked locked{*this, i};
      locked.shard.allowance = limit / this->shard_count() + (i < limit % this->shard_count() ? 1 : 0);
      locked.shard.policy.limit(this->share());
    }
    std::uint64_t unused = 0, above = 0;
    for (std::uint32_t i = 0; i < this->shard_count(); ++i) {
      Locked locked{*this, i};
      Shard& shard = locked.shard;
      while (shard.used.load() > shard.allowance && evict(locked, 0, leaving)) {
      }
      if (this->shard_count() == 1) return;
      above += shard.used.load() - std::min(shard.used.load(), shard.allowance);
      unused += shard.spare();
      shard.allowance -= shard.spare();
    }
    this->pool_.fetch_add(unused - std::min(unused, above), std::memory_order_relaxed);
  }

  template <class Q>
  Place find(Locked& locked, std::uint64_t hash, const Q& key) {
    return locked.table.find(hash, locked.number, [&](const Cell& cell) { return this->same_key(cell.key(), key); });
  }

  /// Evicts one entry; false when the policy knows none. May throw before anything has changed.
  bool evict(Locked& locked, std::uint64_t incoming, Leaving& leaving) {
    leaving.expect_one();
    const slot_index victim = locked.shard.policy.evict(incoming, locked.entries);
    if (victim == no_slot) return false;
    const Place place = locked.entries.place(victim);
    ASHLAR_ASSERT(place.group.head->tag(place.lane()) != 0, "an eviction policy named a slot that holds no entry");
    locked.shard.count_removal(RemovalCause::evicted);
    part_with(locked, place, true, RemovalCause::evicted, leaving);
    return true;
  }

  void remove(Locked& locked, const Place& place, RemovalCause cause, Leaving& leaving) noexcept {
    locked.shard.count_removal(cause);
    part_with(locked, place, false, cause, leaving);
  }

  bool is_over_now(const Place& place) const noexcept { return this->is_past(place.group.deadline(place.lane())); }

  /// Drops what has expired in the next groups of the shard; false when nothing had.
  [[gnu::noinline]] bool drop_expired(Locked& locked, std::uint32_t groups, Leaving& leaving)
    requires Opt::expires
  {
    bool dropped = false;
    const std::chrono::nanoseconds now = this->now();
    for (; groups != 0; --groups) {
      const std::uint32_t g = locked.shard.next_to_check++ % locked.table.shard_groups;
      dropped |= remove_in_group(locked, g, RemovalCause::expired, expired_at(now), leaving) != 0;
    }
    return dropped;
  }
  static bool drop_expired(Locked&, std::uint32_t, Leaving&) noexcept { return false; }
  /// Picks what is over at a moment. A whole group is looked at first, then again what may go: a reader may just have
  /// prolonged it.
  struct Expired {
    DeadlineScan scan;
    std::uint32_t among(const Group& group) const noexcept { return scan(group.all_deadlines()); }
    bool operator()(const Group& group, unsigned lane) const noexcept { return scan.is_past(group.deadline(lane)); }
  };
  Expired expired_at(std::chrono::nanoseconds now) const noexcept { return {this->since_sweep_.scan(now)}; }

  bool sweep_is_due() const noexcept {
    if constexpr (Opt::expires) {
      return this->since_sweep_.is_due(this->now());
    } else {
      return false;
    }
  }
  /// Drops all that has expired; returns how many. May throw; then some are left.
  [[gnu::noinline]] std::size_t sweep() {
    if constexpr (Opt::expires) {
      const std::chrono::nanoseconds start = this->now();
      const std::size_t dropped = remove_if(RemovalCause::expired, expired_at(start));
      this->since_sweep_.begin(start);
      return dropped;
    } else {
      return 0;
    }
  }

 private:
  /// Held while budget moves between shards, and while all entries are shown: before any shard's lock.
  [[no_unique_address]] std::conditional_t<mode == Sync::none, NoMutex, LayoutMutex> layout_;

  template <class Decide>
  std::optional<Put> change_locked(Locked& locked, std::uint64_t hash, Key& key, Decide& decide, Leaving& leaving,
                                   std::uint64_t& missing, int attempt) {
    Shard& shard = locked.shard;
    Place place = find(locked, hash, key);
    if (place && is_over_now(place)) {
      leaving.expect_one();
      remove(locked, place, RemovalCause::expired, leaving);
      place = {};
    }
    Draft draft;
    if constexpr (Opt::expires) {
      if (place) draft.when = place.group.deadline(place.lane());
    }
    const Act act = decide(place ? &place.cell() : nullptr, draft);
    if (act == Act::keep) return place ? Put::kept : Put::absent;
    if (act == Act::erase) {
      if (!place) return Put::absent;
      leaving.expect_one();
      remove(locked, place, RemovalCause::erased, leaving);
      return Put::absent;
    }
    const bool too_heavy =
        draft.weight > this->capacity_.load() || draft.weight > std::numeric_limits<std::uint32_t>::max();
    if (too_heavy || attempt > 2) {
      // The old value must not outlive the wish to replace it.
      if (place) {
        leaving.expect_one();
        remove(locked, place, RemovalCause::evicted, leaving);
      }
      shard.refused.add(1);
      return too_heavy ? Put::too_heavy : Put::no_room;
    }
    for (;;) {
      const std::uint64_t before = place ? place.group.weight(place.lane()) : 0;
      const std::uint64_t extra = draft.weight > before ? draft.weight - before : 0;
      const bool table_is_full = !place && shard.count.load() >= locked.table.most;
      if (table_is_full && this->grows) return std::nullopt;
      if (!table_is_full && this->afford(shard, extra)) break;
      if (!place) locked.table.prefetch_vacancy(hash);
      this->drain(shard, locked.number, locked.table);
      if (drop_expired(locked, 2, leaving) || evict(locked, hash, leaving)) {
        if (place) place = find(locked, hash, key);
        continue;
      }
      if (this->shard_count() == 1 || table_is_full) {
        attempt = 3;
        if (place) remove_unwanted(locked, place, leaving);
        shard.refused.add(1);
        return Put::no_room;
      }
      missing = shard.used.load() + extra - shard.allowance;
      return std::nullopt;
    }
    if (place) {
      replace(locked, place, hash, key, draft, leaving);
      return Put::replaced;
    }
    create(locked, hash, key, draft);
    return Put::inserted;
  }

  [[gnu::noinline]] void remove_unwanted(Locked& locked, const Place& place, Leaving& leaving) {
    leaving.expect_one();
    remove(locked, place, RemovalCause::evicted, leaving);
  }

  void create(Locked& locked, std::uint64_t hash, Key& key, const Draft& draft) noexcept {
    Shard& shard = locked.shard;
    const Place place = locked.table.vacancy(hash, locked.number);
    ASHLAR_ASSERT(place, "there is a free place in a shard that is not full");
    const Group group = place.group;
    const unsigned lane = place.lane();
    // Readers under a shared lock look at places with a tag only: the tag, which comes last, is all they need. Those of
    // the entry that was here are gone: what took its tag away waited for them.
    if constexpr (mode == Sync::optimistic) group.lock(this->identity());
    group.head->mark(lane, 0);
    group.cell(lane).create(std::move(key), std::move(*draft.value));
    group.deadline(lane, draft.when);
    group.weight(lane, draft.weight);
    group.head->tag(lane, tag_of(hash));
    if constexpr (mode == Sync::optimistic) group.unlock();
    locked.entries.renew(place.slot, hash);
    shard.count.add(1);
    shard.used.add(draft.weight);
    shard.inserted.add(1);
    if (draft.weight != 0) shard.policy.insert(place.slot, hash, locked.entries);
  }

  void replace(Locked& locked, const Place& place, std::uint64_t hash, Key& key, const Draft& draft, Leaving& leaving) {
    leaving.expect_one();
    const Group group = place.group;
    const unsigned lane = place.lane();
    const std::uint64_t before = group.weight(lane);
    Policy& policy = locked.shard.policy;
    if (before != 0 && draft.weight == 0) policy.erase(place.slot, locked.entries);
    group.lock(this->identity());
    if constexpr (notices_end) {
      Value old = group.cell(lane).exchange(std::move(*draft.value));
      group.deadline(lane, draft.when);
      group.weight(lane, draft.weight);
      group.unlock();
      leaving.add(RemovalCause::replaced, [&] { return Stored{std::move(key), std::move(old)}; });
    } else {
      group.cell(lane).replace(std::move(*draft.value));
      group.deadline(lane, draft.when);
      group.weight(lane, draft.weight);
      group.unlock();
    }
    locked.shard.used.add(draft.weight - before);
    locked.shard.replaced.add(1);
    if (before == 0 && draft.weight != 0) {
      policy.insert(place.slot, hash, locked.entries);
    } else if (draft.weight != 0) {
      if constexpr (reweighs<Policy>) policy.reweigh(place.slot, before, draft.weight);
      touch(locked, place, hash);
    }
  }

  /// A write of what is there is a use.
  void touch(Locked& locked, const Place& place, std::uint64_t hash) noexcept {
    if constexpr (marks_hits<Policy>) {
      const std::uint8_t before = place.group.head->mark(place.lane());
      const std::uint8_t after = Policy::touch(before);
      if (after != before) place.group.head->mark(place.lane(), after);
      if constexpr (watches_marks<Policy>) {
        if (after != before && Policy::watched(before)) locked.shard.policy.hit(place.slot, hash, locked.entries);
      }
    }
    if constexpr (replays_hits<Policy> && !watches_marks<Policy>) {
      locked.shard.policy.hit(place.slot, hash, locked.entries);
    }
  }

  void part_with(Locked& locked, const Place& place, bool forgotten, [[maybe_unused]] RemovalCause cause,
                 [[maybe_unused]] Leaving& leaving) noexcept {
    if constexpr (notices_end) {
      if constexpr (!Opt::listens) {
        if (detail::ends_quietly(place.cell().key()) && detail::ends_quietly(place.cell().value())) {
          unlink(locked, place, forgotten);
          place.group.lock(this->identity());
          place.cell().destroy();
          place.group.head->tag(place.lane(), 0);
          place.group.unlock();
          return;
        }
      }
      leaving.add(cause, [&] { return detach(locked, place, forgotten); });
    } else {
      unlink(locked, place, forgotten);
      // A reader that found the tag under a shared lock is done before the place can be taken again.
      if constexpr (mode == Sync::locked) place.group.lock(this->identity());
      place.group.head->tag(place.lane(), 0);
      if constexpr (mode == Sync::locked) place.group.unlock();
    }
  }

  /// Takes the entry out of its place. The policy has forgotten it already when it named it.
  Stored detach(Locked& locked, const Place& place, bool forgotten) noexcept {
    unlink(locked, place, forgotten);
    place.group.lock(this->identity());
    Stored stored = place.cell().take();
    place.group.head->tag(place.lane(), 0);
    place.group.unlock();
    return stored;
  }
  [[gnu::always_inline]] void unlink(Locked& locked, const Place& place, bool forgotten) noexcept {
    Shard& shard = locked.shard;
    const std::uint64_t weight = place.group.weight(place.lane());
    if (!forgotten && weight != 0) shard.policy.erase(place.slot, locked.entries);
    std::uint64_t hash = 0;
    if (locked.entries.find_hash(place.slot, hash)) locked.table.forget_way(hash, locked.number, place);
    shard.count.add(static_cast<std::uint32_t>(-1));
    shard.used.add(0 - weight);
  }

  template <class Picks>
  std::size_t remove_in_group(Locked& locked, std::uint32_t g, RemovalCause cause, Picks&& picks, Leaving& leaving) {
    std::size_t removed = 0;
    const Group group = locked.table[locked.number * locked.table.shard_groups + g];
    std::uint32_t taken = ~group.head->tags().empty() & 0xffff;
    if constexpr (requires { picks.among(group); }) taken &= picks.among(group);
    for (; taken != 0; taken &= taken - 1) {
      const auto lane = static_cast<unsigned>(std::countr_zero(taken));
      if (!picks(group, lane)) continue;
      leaving.expect_one();
      remove(locked, Place{group, g * group_slots + lane}, cause, leaving);
      ++removed;
    }
    return removed;
  }
};

}  // namespace ashlar::inline v0::detail
