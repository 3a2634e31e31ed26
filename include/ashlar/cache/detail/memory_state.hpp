// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <new>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <ashlar/cache/detail/deadline_scan.hpp>
#include <ashlar/cache/detail/memory_options.hpp>
#include <ashlar/cache/detail/memory_shard.hpp>
#include <ashlar/cache/detail/memory_table.hpp>
#include <ashlar/cache/eviction/unbounded.hpp>
#include <ashlar/core/assert.hpp>
#include <ashlar/core/detail/same_text.hpp>

namespace ashlar::inline v0::detail {

template <class Option, std::size_t alignment>
struct MemoryOf {
  using type = UserMemory<typename Option::allocator, alignment>;
};
template <std::size_t alignment>
struct MemoryOf<DefaultMemory, alignment> {
  using type = TableMemory<alignment>;
};

/// Types whose `==` compares bytes, and that `same_text` compares as well.
template <class T>
inline constexpr bool is_text = std::same_as<T, std::string> || std::same_as<T, std::string_view>;

/// When what was over was last dropped. Deadlines are moments modulo 2^32 ms: counted from that sweep, those of the next
/// 49 days are in order, and no entry has an earlier one. Half of it is for the lives of entries, half until the next.
template <Sync sync>
class SinceSweep {
 public:
  void begin(std::chrono::nanoseconds now) noexcept { last_.store(milliseconds(now) - 1); }
  /// What is over at `now`.
  DeadlineScan scan(std::chrono::nanoseconds now) const noexcept {
    const std::int64_t last = last_.load();
    return {tick(now), static_cast<Deadline>(last), milliseconds(now) - last};
  }
  bool is_due(std::chrono::nanoseconds now) const noexcept {
    return milliseconds(now) - last_.load() >= std::int64_t{1} << 31;
  }

 private:
  static std::int64_t milliseconds(std::chrono::nanoseconds time) noexcept {
    return std::chrono::floor<std::chrono::milliseconds>(time).count();
  }
  Shared<std::int64_t, sync> last_;
};
struct NoSweeps {};

/// The types that follow from a key, a value and options, and the state of a tier.
///
/// Invariants. An entry is in one group on the way of its hash, and every group before it on that way counts it in
/// `went_on`; it changes group only when the whole table is rebuilt. So a reader that looks at each group of the way
/// once and finds nothing was right at some moment of its search, unless the table changed meanwhile.
/// The allowances of all shards and `pool_` add up to the capacity; a shard uses no more than its allowance.
/// Locks are taken in the order: one shard, or all of them by number; then one group's guard.
template <class Key, class Value, class... O>
class MemoryState {
 public:
  MemoryState(const MemoryState&) = delete;
  MemoryState& operator=(const MemoryState&) = delete;

 protected:
  using Opt = Options<Key, Value, O...>;
  using Policy = typename Opt::Eviction;
  using Stored = Pair<Key, Value>;

  /// Views are left out: what they show may end with the entry, while a reader without lock still compares.
  static constexpr bool fits_words = std::is_trivially_copyable_v<Key> && std::is_trivially_copyable_v<Value> &&
                                     !std::ranges::view<Key> && !std::ranges::view<Value> && sizeof(Stored) <= 1024;
  static constexpr Sync mode = Opt::single_threaded ? Sync::none : fits_words ? Sync::optimistic : Sync::locked;
  /// What marks that a function is called under a shard's lock, and one that it is shown a value under a group's; of use
  /// in debug builds where there is no lock, too. Neither covers any wait of the tier itself.
#ifdef NDEBUG
  using Shown = std::conditional_t<mode == Sync::none, NotShowing, Showing>;
  using ShownInPlace = std::conditional_t<mode == Sync::locked, Showing, NotShowing>;
#else
  using Shown = Showing;
  using ShownInPlace = Showing;
#endif
  static constexpr bool notices_end = Opt::listens || !std::is_trivially_destructible_v<Stored>;
  /// A table whose number of entries has no bound grows; one that counts entries has its size from the start.
  static constexpr bool grows = Opt::weighs || std::same_as<Policy, Unbounded>;

  using Group = detail::Group<Key, Value, mode, Opt::expires, Opt::weighs>;
  using Cell = typename Group::Cell;
  using Table = detail::Table<Group>;
  using Place = typename Table::Place;
  using Shard = detail::Shard<Policy, mode>;
  using Leaving = std::conditional_t<notices_end, Departed<Stored>, DepartedUnnoticed<Stored>>;
  using Memory = typename MemoryOf<typename Opt::Memory, Table::alignment>::type;

  /// Bytes per slot beyond key and value; a policy that does not say is taken to need two links.
  static constexpr double slot_overhead = [] {
    double policy = 8;
    if constexpr (requires { Policy::bytes_per_slot; }) policy = Policy::bytes_per_slot;
    return static_cast<double>(Group::bytes) / group_slots - sizeof(Stored) + policy;
  }();
  /// Bytes that the policy needs for an entry, however many slots there are.
  static constexpr double entry_overhead = [] {
    if constexpr (requires { Policy::bytes_per_entry; }) return double{Policy::bytes_per_entry};
    return 0.0;
  }();
  /// How full a table of bounded size gets: the emptier the faster, within 16 bytes per entry where that can be had.
  static constexpr double fill =
      std::clamp((sizeof(Stored) + slot_overhead) / (sizeof(Stored) + 15.9 - entry_overhead), 0.65, 0.92);

  static constexpr std::uint64_t no_limit = ~std::uint64_t{0} >> 2;

  /// Hashes a key, or what may stand for it.
  struct Hasher {
    [[no_unique_address]] typename Opt::Hasher option;

    template <class Q>
    std::uint64_t operator()(const Q& key) const {
      const auto hash = static_cast<std::uint64_t>(option.hash(key));
      if constexpr (requires { typename std::remove_cvref_t<decltype(option.hash)>::is_avalanching; }) {
        return hash;
      } else {
        return hash_mix(hash);
      }
    }
    /// Of an entry in place; false when the user's hash throws.
    bool of(const Cell& cell, std::uint64_t& hash) const noexcept {
      try {
        hash = (*this)(cell.key());
        return true;
      } catch (...) {
        return false;
      }
    }
  };
  /// Whether a stored key is the one that is looked for.
  template <class Q>
  [[gnu::always_inline]] bool same_key(const Key& stored, const Q& key) const {
    if constexpr (std::same_as<typename Opt::Equality, EqualWith<std::equal_to<>>> && is_text<Key> && is_text<Q>) {
      return same_text(stored, key);
    } else {
      return equal_.equal(stored, key);
    }
  }
  struct HashCell {
    const Hasher& hasher;
    bool operator()(const Cell& cell, std::uint64_t& hash) const noexcept { return hasher.of(cell, hash); }
  };
  using View = EntriesView<Table, HashCell>;

  template <class... Given>
  explicit MemoryState(std::uint64_t capacity, const Given&... given)
      : hash_{option_among<typename Opt::Hasher>(given...)},
        equal_{option_among<typename Opt::Equality>(given...)},
        weigher_{option_among<typename Opt::Weigher>(given...)},
        expiry_{option_among<typename Opt::Expiry>(given...)},
        listener_{option_among<typename Opt::Listener>(given...)},
        memory_{make_memory(option_among<typename Opt::Memory>(given...))},
        prototype_{option_among<Policy>(given...)},
        shard_bits_{choose_shard_bits(capacity)},
        shards_{std::make_unique<Shard[]>(shard_count())},
        capacity_{std::min(capacity, no_limit)} {
    const bool starts_small = Opt::weighs || (grows && capacity_at_first() == no_limit);
    const std::uint32_t groups = groups_for(
        starts_small ? std::min<std::uint64_t>(capacity_at_first() / sizeof(Stored), 1024) : capacity_at_first());
    for (std::uint32_t i = 0; i < shard_count(); ++i) {
      shards_[i].policy = prototype_;
      if constexpr (requires { shards_[i].policy.resize(groups, groups); }) {
        shards_[i].policy.resize(groups * group_slots, most_entries(groups));
      } else {
        shards_[i].policy.resize(groups * group_slots);
      }
      shards_[i].policy.limit(share());
    }
    table_.store(Table::make(memory_, shard_count(), groups, most_entries(groups)), std::memory_order_release);
    if constexpr (Opt::expires) since_sweep_.begin(expiry_.now());
    if (shard_count() == 1) {
      shards_[0].allowance = capacity_at_first();
    } else {
      pool_.store(capacity_at_first());
    }
  }

  ~MemoryState() {
    Table* table = table_.load();
    if constexpr (!std::is_trivially_destructible_v<Stored>) {
      for (std::uint32_t i = 0; i < table->groups; ++i) {
        const Group group = (*table)[i];
        for (unsigned lane = 0; lane < group_slots; ++lane) {
          if (group.head->tag(lane) != 0) group.cell(lane).destroy();
        }
      }
    }
    while (table != nullptr) {
      Table* next = table->given_up;
      Table::unmake(memory_, table);
      table = next;
    }
  }

  /// What this tier is known by to `Showing`.
  const void* identity() const noexcept { return this; }
  std::uint32_t shard_count() const noexcept { return std::uint32_t{1} << shard_bits_; }
  std::uint32_t shard_of(std::uint64_t hash) const noexcept {
    return static_cast<std::uint32_t>(hash >> 1 >> (63 - shard_bits_));
  }
  std::uint64_t share() const noexcept { return std::max<std::uint64_t>(capacity_.load() / shard_count(), 1); }
  Table& table() const noexcept { return *table_.load(std::memory_order_acquire); }
  View view(std::uint32_t shard, Table& table) const noexcept { return View{table, shard, hash_cell_}; }

  std::chrono::nanoseconds now() const noexcept {
    if constexpr (Opt::expires) {
      return expiry_.now();
    } else {
      return {};
    }
  }

  /// Is the time of an entry with this deadline over?
  bool is_past([[maybe_unused]] Deadline when) const noexcept {
    if constexpr (Opt::expires) {
      return when != 0 && is_past(when, expiry_.now());
    } else {
      return false;
    }
  }
  bool is_past(Deadline when, std::chrono::nanoseconds now) const noexcept {
    return since_sweep_.scan(now).is_past(when);
  }

  /// Takes from the pool so that the shard may use `extra` more; false when that is not enough.
  bool afford(Shard& shard, std::uint64_t extra) noexcept {
    const std::uint64_t wanted = shard.used.load() + extra;
    if (wanted <= shard.allowance) return true;
    if constexpr (mode != Sync::none) {
      std::uint64_t pool = pool_.load();
      while (pool != 0) {
        const std::uint64_t part = std::min(pool, std::max(wanted - shard.allowance, pool / (4 * shard_count())));
        if (pool_.compare_exchange_weak(pool, pool - part, std::memory_order_relaxed)) {
          shard.allowance += part;
          break;
        }
      }
    }
    return wanted <= shard.allowance;
  }

  /// The most entries that one shard of so many groups takes: what `groups_for` counts on.
  std::uint32_t most_entries(std::uint32_t shard_groups) const noexcept {
    const std::uint32_t slots = shard_groups * group_slots;
    if (grows) return slots - slots / 10 - 1;
    const double mean = slots * fill;
    const double most = shard_count() == 1 ? mean : mean + 3 * std::sqrt(mean);
    return std::min(slots - slots / 32 - 1, static_cast<std::uint32_t>(most) + 1);
  }

  /// Groups per shard for `entries` in the whole tier. Throws where their slots cannot be numbered.
  std::uint32_t groups_for(std::uint64_t entries) const {
    const double mean = static_cast<double>(entries) / shard_count();
    const double most = shard_count() == 1 ? mean : mean + 3 * std::sqrt(mean);
    const double slots = std::max(mean / fill + 1, most / 0.96 + 1);
    return numbered(std::max(1.0, std::ceil(slots / group_slots)));
  }
  std::uint32_t numbered(double shard_groups) const {
    const double most = std::numeric_limits<slot_index>::max() / std::max(group_slots, shard_count());
    if (shard_groups > most) throw std::bad_array_new_length{};
    return static_cast<std::uint32_t>(shard_groups);
  }

  /// Moves every entry to a table of `shard_groups` groups per shard, unless `seen` is not the table any more.
  /// Strong guarantee. No lock may be held.
  [[gnu::noinline]] void rebuild(const Table* seen, std::uint32_t shard_groups) {
    struct AllLocks {
      explicit AllLocks(MemoryState& state) : state_{state} {
        for (std::uint32_t i = 0; i < state_.shard_count(); ++i) state_.shards_[i].mutex.lock(state_.identity());
      }
      AllLocks(const AllLocks&) = delete;
      AllLocks& operator=(const AllLocks&) = delete;
      ~AllLocks() {
        for (std::uint32_t i = 0; i < state_.shard_count(); ++i) state_.shards_[i].mutex.unlock();
      }
      MemoryState& state_;
    } locks{*this};
    Table* old = table_.load();
    if (old != seen) return;

    const auto unmake = [this](Table* table) { Table::unmake(memory_, table); };
    std::unique_ptr<Table, decltype(unmake)> fresh{
        Table::make(memory_, shard_count(), shard_groups, most_entries(shard_groups)), unmake};
    std::vector<slot_index> to(std::size_t{old->groups} * group_slots, no_slot);
    std::vector<Policy> policies;
    policies.reserve(shard_count());
    for (std::uint32_t i = 0; i < shard_count(); ++i) {
      const std::span<slot_index> part = std::span{to}.subspan(std::size_t{i} * old->shard_slots(), old->shard_slots());
      drain(shards_[i], i, *old);
      reserve_places(*old, *fresh, i, part);
      policies.push_back(shards_[i].policy);
      if constexpr (requires { policies.back().renumber(part, shard_groups, shard_groups); }) {
        policies.back().renumber(part, fresh->shard_slots(), fresh->most);
      } else {
        policies.back().renumber(part, fresh->shard_slots());
      }
    }

    // From here on nothing throws.
    lock_groups(*old);
    for (std::uint32_t i = 0; i < shard_count(); ++i) shards_[i].policy = std::move(policies[i]);
    for (std::uint32_t g = 0; g < old->groups; ++g) {
      const Group group = (*old)[g];
      for (unsigned lane = 0; lane < group_slots; ++lane) {
        const slot_index slot = to[std::size_t{g} * group_slots + lane];
        if (slot == no_slot) continue;
        Stored stored = group.cell(lane).take();
        const Place place = fresh->place(g / old->shard_groups, slot);
        place.cell().create(std::move(stored.key), std::move(stored.value));
        // What readers change, they may have changed until now.
        place.group.head->mark(place.lane(), group.head->mark(lane));
        place.group.deadline(place.lane(), group.deadline(lane));
      }
    }
    table_.store(fresh.release(), std::memory_order_release);
    if constexpr (mode == Sync::none) {
      Table::unmake(memory_, old);
    } else {
      for (std::uint32_t g = 0; g < old->groups; ++g) (*old)[g].head->guard.give_up();
      memory_.give_back(old, old->bytes);
      table_.load()->given_up = old;
    }
  }

  /// Tells the policy of the hits that readers noted. Under the shard's lock.
  void drain([[maybe_unused]] Shard& shard, [[maybe_unused]] std::uint32_t number,
             [[maybe_unused]] Table& table) noexcept {
    if constexpr (Shard::logs_hits) {
      View entries = view(number, table);
      shard.hits.read([&](slot_index slot, std::uint64_t hash) {
        if (slot >= table.shard_slots()) return;
        const Place place = table.place(number, slot);
        const bool known = place.group.head->tag(place.lane()) != 0 && place.group.weight(place.lane()) != 0;
        if (known) shard.policy.hit(slot, hash, entries);
      });
    }
  }

  [[no_unique_address]] Hasher hash_;
  [[no_unique_address]] typename Opt::Equality equal_;
  [[no_unique_address]] typename Opt::Weigher weigher_;
  [[no_unique_address]] typename Opt::Expiry expiry_;
  [[no_unique_address]] typename Opt::Listener listener_;
  [[no_unique_address]] Memory memory_;
  Policy prototype_;
  HashCell hash_cell_{hash_};
  Shared<Table*, mode> table_;
  std::uint32_t shard_bits_;
  std::unique_ptr<Shard[]> shards_;
  Shared<std::uint64_t, mode> capacity_;
  /// The part of the capacity that no shard has taken yet.
  std::atomic<std::uint64_t> pool_{0};
  [[no_unique_address]] std::conditional_t<Opt::expires, SinceSweep<mode>, NoSweeps> since_sweep_;

 private:
  static Memory make_memory(const typename Opt::Memory& option) {
    if constexpr (std::same_as<typename Opt::Memory, DefaultMemory>) {
      return {};
    } else {
      return Memory{option.allocate};
    }
  }

  std::uint64_t capacity_at_first() const noexcept { return capacity_.load(); }

  /// Four thousand entries or more per shard, so that its policy sees enough, and no more shards than a few per processor.
  static std::uint32_t choose_shard_bits(std::uint64_t capacity) noexcept {
    if constexpr (mode == Sync::none) {
      return 0;
    } else {
      const std::uint64_t parts = Opt::weighs ? capacity / (std::uint64_t{1} << 18) : capacity / 4096;
      const std::uint64_t processors = std::max(1U, std::thread::hardware_concurrency());
      const std::uint64_t wanted = std::clamp<std::uint64_t>(parts, 1, std::min<std::uint64_t>(4 * processors, 256));
      return static_cast<std::uint32_t>(std::bit_width(wanted) - 1);
    }
  }

  /// Keeps readers out of all of `table`. While some are inside, those that they wait for in another group get in there.
  void lock_groups(Table& table) const noexcept {
    if constexpr (mode == Sync::locked) {
      int patience = GroupGuard<Sync::locked>::least_patience;
      for (std::uint32_t locked = 0; locked < table.groups;) {
        const Group group = table[locked];
        if (group.head->guard.try_lock(patience)) {
          ++locked;
        } else {
          for (std::uint32_t g = 0; g <= locked; ++g) table[g].head->guard.yield();
          group.head->guard.wait(2 * patience, identity());
          locked = 0;
          patience = GroupGuard<Sync::locked>::more(patience);
        }
      }
    } else {
      for (std::uint32_t g = 0; g < table.groups; ++g) table[g].lock(identity());
    }
  }

  /// Finds a place in `fresh` for each entry of shard `number` and notes it in `to`; the cells stay where they are.
  void reserve_places(Table& old, Table& fresh, std::uint32_t number, std::span<slot_index> to) const {
    for (slot_index slot = 0; slot < old.shard_slots(); ++slot) {
      const Place from = old.place(number, slot);
      const std::uint8_t tag = from.group.head->tag(from.lane());
      if (tag == 0) continue;
      const Place place = fresh.vacancy(hash_(from.cell().key()), number);
      ASHLAR_ASSERT(place, "a rebuilt table has room for every entry");
      place.group.weight(place.lane(), from.group.weight(from.lane()));
      place.group.head->tag(place.lane(), tag);
      to[slot] = place.slot;
    }
  }
};

}  // namespace ashlar::inline v0::detail
