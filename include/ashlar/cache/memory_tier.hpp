// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include <ashlar/cache/detail/memory_writer.hpp>
#include <ashlar/cache/lifetime.hpp>

namespace ashlar::inline v0 {

/// A cache in memory: the first level. Options, in any order, each at most once: an eviction policy (`Adaptive`, the
/// default, `Lru`, `Fifo`, `Sieve`, `S3Fifo`, `TinyLfu`, `Unbounded`), a weigher (`WeighEntries`, the default,
/// `WeighBytes`, `WeighBy<F>`), an expiry (`ExpirePerEntry`, `ExpireAfterWrite`, `ExpireAfterAccess`,
/// `ExpireByValue<F>`), a removal listener (`OnRemoval<F>`), `HashWith<H>`, `EqualWith<E>`, `AllocateWith<A>`,
/// `SingleThreaded`, `CountHits`. What is not asked for costs no byte and no cycle.
///
///     ashlar::MemoryTier<std::string, Product> products{ashlar::entries(100'000)};
///     ashlar::MemoryTier<int, int, ashlar::Sieve, ashlar::SingleThreaded> fast{ashlar::entries(1'000)};
///
/// Threads: every member may be called concurrently, unless `SingleThreaded`. Reads take no exclusive lock, none at all
/// where key and value are trivially copyable, no views, and 1 KiB together at most (pointers in such a key must not end
/// with its entry, since a reader may still compare it). A hit writes to shared memory only where the policy has not seen
/// enough of the entry, and, where there is a lock, its place in that of a group of sixteen entries. While the C library
/// (glibc) knows of one thread only, locks are taken without atomic instructions. Removal listeners run outside of every
/// lock and may do anything; what leaves is destroyed there too, but for strings and vectors of up to 1 KiB when nobody
/// listens.
///
/// A function given to a member may run under a lock. It may read the same tier by `get`, `peek`, `contains`, their like
/// and `visit`. It must neither write to it nor call `for_each`: debug builds assert that, and a call that would wait for
/// the one it is made from ends the program in all builds. It may write to another tier, unless a function given to that
/// one writes to this one, directly or by way of others: two threads that do so at once may wait for each other for ever.
/// Likewise it may lock a mutex only where no thread writes to this tier while holding that mutex.
///
/// Capacity: the weight of all entries is never above it when no write is running. A tier that counts entries takes its
/// memory at once and keeps at least 99.9 % of as many distinct puts as its capacity says; others grow by half.
/// A value too heavy for the whole tier, or above 4 GiB, is refused, weight 0 is never evicted.
///
/// Exceptions of the user's types and functions pass through and leave the entry as it was. `erase` and `take` throw only
/// what hash and equality throw; what removes many entries at once may throw `std::bad_alloc` and leave the rest.
template <class Key, class Value, class... Option>
class MemoryTier : private detail::MemoryWriter<Key, Value, Option...> {
  using Base = detail::MemoryWriter<Key, Value, Option...>;
  using typename Base::Cell;
  using typename Base::Draft;
  using typename Base::Group;
  using typename Base::Opt;
  using Act = detail::Act;
  using Look = typename Base::Look;

  static_assert(std::is_object_v<Key> && std::is_object_v<Value>,
                "[ashlar] MemoryTier: key and value must be object types; keep std::shared_ptr or a view's owner");
  static_assert(std::is_nothrow_move_constructible_v<Key> && std::is_nothrow_destructible_v<Key>,
                "[ashlar] MemoryTier: moving a key must not throw; write its move constructor noexcept");
  static_assert(std::is_nothrow_move_constructible_v<Value> && std::is_nothrow_destructible_v<Value>,
                "[ashlar] MemoryTier: moving a value must not throw; write its move constructor noexcept or keep "
                "std::unique_ptr or std::shared_ptr");

  /// What may stand for a key in a lookup: a key, or anything that a transparent hash takes and that compares with one.
  template <class Q>
  static constexpr bool is_transparent = requires {
    typename std::remove_cvref_t<decltype(std::declval<typename Opt::Hasher&>().hash)>::is_transparent;
  } && !std::same_as<Q, Key> && requires(const typename Opt::Equality& equality, const Key& key, const Q& q) {
    { equality.equal(key, q) } -> std::convertible_to<bool>;
  };

 public:
  using key_type = Key;
  using mapped_type = Value;
  using capacity_type = typename Opt::Weigher::capacity_type;
  using eviction_type = typename Opt::Eviction;

  /// Whether entries can expire, so that `put` takes a time to live.
  static constexpr bool expires = Opt::expires;
  /// Whether a hit begins the life of an entry anew.
  static constexpr bool expires_when_idle = requires(const typename Opt::Expiry& lives) { lives.on_read(); };
  /// Whether entries are dropped to make room.
  static constexpr bool evicts = !std::same_as<eviction_type, Unbounded>;
  /// Whether hits are counted.
  static constexpr bool counts_hits = Opt::counts_hits;
  /// Whether several threads may use the tier.
  static constexpr bool concurrent = !Opt::single_threaded;
  /// Bytes per entry beyond key and value in a full tier, the policy's own included (8 where it does not say).
  static constexpr double overhead_per_entry = (sizeof(typename Base::Stored) + Base::slot_overhead) / Base::fill +
                                               Base::entry_overhead - (sizeof(Key) + sizeof(Value));

  /// Holds `capacity` (`entries(n)`, `bytes(n)` or `units(n)`, as the weigher says). `options` are values of options
  /// that need one, in any order. Throws `std::bad_alloc`.
  template <class... Given>
    requires(detail::is_one_of<Given, Option...> && ...)
  explicit MemoryTier(capacity_type capacity, const Given&... options) : Base{capacity.limit, options...} {}
  /// Without a limit.
  template <class... Given>
    requires(std::same_as<eviction_type, Unbounded> && (detail::is_one_of<Given, Option...> && ...))
  explicit MemoryTier(const Given&... options) : Base{Base::no_limit, options...} {}

  /// A capacity in another unit than the weigher's, or in none: does not compile.
  template <class Wrong, class... Given>
    requires((detail::is_one_of<Wrong, Entries, Bytes, Units> || std::is_arithmetic_v<Wrong>) &&
             !std::same_as<Wrong, capacity_type>)
  explicit MemoryTier(Wrong, const Given&...) : Base{0} {
    static_assert(!std::same_as<capacity_type, Entries>,
                  "[ashlar] MemoryTier: this tier counts entries; write entries(n), or add WeighBytes for bytes(n)");
    static_assert(!std::same_as<capacity_type, Bytes>, "[ashlar] MemoryTier: this tier weighs bytes; write bytes(n)");
    static_assert(!std::same_as<capacity_type, Units>,
                  "[ashlar] MemoryTier: this tier has a weigher of its own; write units(n)");
  }

  /// A copy of the value of `key`, or nothing.
  [[gnu::always_inline]] std::optional<Value> get(const Key& key) const
    requires std::copy_constructible<Value>
  {
    return get_as<Look::as_use>(key);
  }
  template <class Q>
    requires(is_transparent<Q> && std::copy_constructible<Value>)
  [[gnu::always_inline]] std::optional<Value> get(const Q& key) const {
    return get_as<Look::as_use>(key);
  }

  /// Calls `f(value)`, a constant reference that holds during the call; false when there is no entry. `f` may read this
  /// tier by `get`, `peek`, `contains`, their like and `visit`, whatever others write meanwhile; neither write to it, nor
  /// call `for_each`. In one group of sixteen entries there is room for 255 such calls at a time, of all threads and with
  /// those made within others; a further one waits until one of them ends. So 255 calls within each other are the limit: a
  /// deeper one may wait for ever for those it is made from.
  template <class Q, class F>
  bool visit(const Q& key, F&& f) const {
    return counted(look<Look::as_use>(key, [&](const Value& value, detail::Deadline) {
      const typename Base::ShownInPlace shown{this->identity()};
      std::invoke(f, value);
    }));
  }

  /// As `get`, unnoticed by policy, expiry and statistics.
  template <class Q>
    requires std::copy_constructible<Value>
  std::optional<Value> peek(const Q& key) const {
    std::optional<Value> found;
    look<Look::quietly>(key, [&](const Value& value, detail::Deadline) { found.emplace(value); });
    return found;
  }
  /// Whether there is an entry; unnoticed, as `peek`.
  template <class Q>
  bool contains(const Q& key) const {
    return look<Look::quietly>(key, [](const Value&, detail::Deadline) {});
  }

  /// The value with the time it has left.
  template <class Q>
    requires std::copy_constructible<Value>
  std::optional<Timed<Value>> get_timed(const Q& key) const {
    std::optional<Timed<Value>> found;
    counted(look<Look::as_use>(key, timed_into(found)));
    return found;
  }
  /// As `get_timed`, unnoticed by policy, expiry and statistics.
  template <class Q>
    requires std::copy_constructible<Value>
  std::optional<Timed<Value>> peek_timed(const Q& key) const {
    std::optional<Timed<Value>> found;
    look<Look::quietly>(key, timed_into(found));
    return found;
  }

  /// Looks many keys up, so that the waits for memory overlap. `out` must be as long as `keys`; returns the hits.
  std::size_t get_many(std::span<const Key> keys, std::span<std::optional<Value>> out) const {
    ASHLAR_ASSERT(out.size() >= keys.size(), "get_many() into a span shorter than the keys");
    std::size_t hits = 0;
    for (std::size_t start = 0; start < keys.size(); start += Base::most_at_once) {
      const auto part = keys.subspan(start, std::min(Base::most_at_once, keys.size() - start));
      const auto slots = out.subspan(start, part.size());
      this->look_up_many(
          part, [&](std::size_t i, const Value& value) { slots[i].emplace(value); },
          [&](std::size_t i, bool hit) {
            if (!hit) slots[i].reset();
            hits += counted(hit);
          });
    }
    return hits;
  }
  std::vector<std::optional<Value>> get_many(std::span<const Key> keys) const {
    std::vector<std::optional<Value>> out(keys.size());
    get_many(keys, out);
    return out;
  }

  /// Stores `value` under `key`; `stored(result)` tells whether it is there now.
  Put put(Key key, Value value) { return store(key, value, {}); }
  /// The same for `life` at most, or as long as the tier's expiry says where that is shorter.
  Put put(Key key, Value value, Lifetime life)
    requires expires
  {
    return store(key, value, life);
  }
  /// Stores each pair, one after the other.
  void put_many(std::span<const std::pair<Key, Value>> pairs) {
    for (const auto& [key, value] : pairs) put(key, value);
  }

  /// Stores `value` where `key` has none; true when it is there now. One atomic step.
  bool insert_if_absent(Key key, Value value) { return insert(key, value, {}); }
  bool insert_if_absent(Key key, Value value, Lifetime life)
    requires expires
  {
    return insert(key, value, life);
  }

  /// Stores `desired` where the value of `key` equals `expected`; true when it did. One atomic step, under the lock of a
  /// shard, where `==` runs. The time left is kept, as by `compute`.
  bool compare_and_swap(Key key, const Value& expected, Value desired)
    requires std::equality_comparable<Value>
  {
    if (this->sweep_is_due()) [[unlikely]]
      this->sweep();
    const std::uint64_t hash = this->hash_(key);
    return stored(this->change(hash, key, [&](const Cell* cell, Draft& draft) {
      const typename Base::Shown shown{this->identity()};
      if (cell == nullptr || !(cell->value() == expected)) return Act::keep;
      draft = this->draft_after(draft.when, key, desired);
      return Act::store;
    }));
  }

  /// Replaces what is under `key` by what `f(current)` returns: `current` points to the value, or is null; nothing
  /// returned removes the entry. One atomic step, under the lock of a shard; `f` may run again where room must be made.
  /// The new value keeps the time that the former has left, and gets less where the expiry says so, unless entries live
  /// from use to use: then it begins anew. True when there is a value afterwards.
  template <class F>
    requires std::convertible_to<std::invoke_result_t<F&, const Value*>, std::optional<Value>>
  bool compute(Key key, F&& f) {
    std::optional<Value> next;
    if (this->sweep_is_due()) [[unlikely]]
      this->sweep();
    const std::uint64_t hash = this->hash_(key);
    return stored(this->change(hash, key, [&](const Cell* cell, Draft& draft) {
      const typename Base::Shown shown{this->identity()};
      if (cell == nullptr) {
        next = std::invoke(f, static_cast<const Value*>(nullptr));
      } else {
        const Value& current = cell->value();
        next = std::invoke(f, std::addressof(current));
      }
      if (!next) return Act::erase;
      draft = cell == nullptr ? this->draft(key, *next, {}) : this->draft_after(draft.when, key, *next);
      return Act::store;
    }));
  }

  /// Removes the entry; true when there was one.
  template <class Q>
  bool erase(const Q& key) {
    return with_key(key, [&](const auto& k) { return this->remove_key(this->hash_(k), k, nullptr); });
  }
  /// Removes each; returns how many there were.
  std::size_t erase_many(std::span<const Key> keys) {
    std::size_t erased = 0;
    for (const Key& key : keys) erased += erase(key);
    return erased;
  }
  /// Removes the entry and hands its value over; the listener is not told.
  template <class Q>
  std::optional<Value> take(const Q& key) {
    std::optional<Value> taken;
    with_key(key, [&](const auto& k) {
      return this->remove_key(this->hash_(k), k, [&](Value&& value) { taken.emplace(std::move(value)); });
    });
    return taken;
  }

  /// Removes every entry for which `picks(key, value)` or `picks(key)` holds; returns how many. Entries that are put
  /// meanwhile may be seen or not. `picks` runs under the lock of a shard.
  template <class F>
  std::size_t erase_matching(F&& picks) {
    return this->remove_if(RemovalCause::erased, [&](const Group group, unsigned lane) {
      const typename Base::Shown shown{this->identity()};
      const Cell& cell = group.cell(lane);
      if constexpr (std::predicate<F&, const Key&, const Value&>) {
        return static_cast<bool>(std::invoke(picks, cell.key(), cell.value()));
      } else {
        static_assert(std::predicate<F&, const Key&>,
                      "[ashlar] MemoryTier: give erase_matching a predicate of (key, value) or of (key)");
        return static_cast<bool>(std::invoke(picks, cell.key()));
      }
    });
  }
  /// Removes everything that is there when it begins; what is put meanwhile may stay.
  void clear() {
    this->remove_if(RemovalCause::cleared, [](const Group, unsigned) { return true; });
  }
  /// Drops every entry whose time is over; returns how many. Reads never show these, so this only frees their room.
  std::size_t maintain() { return this->sweep(); }

  /// Calls `f(key, value)` for every entry, in no order, under the lock of a shard. Not from a function that this tier
  /// calls.
  template <class F>
  void for_each(F&& f) const {
    const_cast<MemoryTier*>(this)->Base::for_each([&](const Group group, unsigned lane) {
      const typename Base::Shown shown{this->identity()};
      std::invoke(f, group.cell(lane).key(), group.cell(lane).value());
    });
  }

  /// How many entries there are, expired ones that nobody asked for included.
  std::size_t size() const noexcept { return static_cast<std::size_t>(this->total(&Base::Shard::count)); }
  bool empty() const noexcept { return size() == 0; }
  /// Their weight.
  std::uint64_t weight() const noexcept { return this->total(&Base::Shard::used); }
  /// The most they may weigh.
  std::uint64_t capacity() const noexcept { return this->capacity_.load(); }
  /// Changes the capacity; entries are evicted where it shrinks. Throws `std::bad_alloc`.
  void resize_capacity(capacity_type capacity) { this->resize(capacity.limit); }
  /// Bytes of the table, without what the policy and the entries hold elsewhere.
  std::size_t table_bytes() const noexcept { return this->table().bytes; }

  MemoryStats stats() const noexcept {
    using Counts = typename Base::Shard;
    return {.hits = this->lookups_.hits(),
            .misses = this->lookups_.misses(),
            .inserted = this->total(&Counts::inserted),
            .replaced = this->total(&Counts::replaced),
            .erased = this->total(&Counts::erased),
            .evicted = this->total(&Counts::evicted),
            .expired = this->total(&Counts::expired),
            .refused = this->total(&Counts::refused)};
  }

 private:
  [[gnu::always_inline]] bool counted(bool hit) const noexcept {
    this->lookups_.count(hit);
    return hit;
  }

  auto timed_into(std::optional<Timed<Value>>& found) const {
    return [&found, this](const Value& value, detail::Deadline when) {
      found.emplace(Timed<Value>{value, expires ? detail::left(when, this->now()) : forever});
    };
  }

  /// Calls `f` with what a lookup may use for `key`: itself, or a key made of it.
  template <class Q, class F>
  static auto with_key(const Q& key, F&& f) {
    if constexpr (std::same_as<Q, Key> || is_transparent<Q>) {
      return f(key);
    } else {
      static_assert(std::convertible_to<const Q&, Key>,
                    "[ashlar] MemoryTier: this type is no key; pass a key, or add HashWith a transparent hash");
      const Key made = static_cast<Key>(key);
      return f(made);
    }
  }
  // A hit costs less than a call: the whole way of a lookup is inlined, whatever the compiler's budget says.
  template <Look look_kind, class Q, class F>
  [[gnu::always_inline]] bool look(const Q& key, F&& f) const {
    if constexpr (std::same_as<Q, Key> || is_transparent<Q>) {
      return this->template look_up<look_kind>(this->hash_(key), key, f);
    } else {
      return with_key(key,
                      [&](const Key& made) { return this->template look_up<look_kind>(this->hash_(made), made, f); });
    }
  }
  /// A value that is a plain variable stays in registers, where an optional would go through memory.
  static constexpr bool copies_in_registers = std::is_trivially_copyable_v<Value> && std::is_copy_assignable_v<Value> &&
                                              std::default_initializable<Value> && sizeof(Value) <= 64;
  template <Look look_kind, class Q>
    requires copies_in_registers
  [[gnu::always_inline]] std::optional<Value> get_as(const Q& key) const {
    Value value{};
    const auto keep = [&](const Value& v, detail::Deadline) __attribute__((always_inline)) { value = v; };
    const bool found = counted(look<look_kind>(key, keep));
    return found ? std::optional<Value>{value} : std::nullopt;
  }
  template <Look look_kind, class Q>
    requires(!copies_in_registers)
  [[gnu::always_inline]] std::optional<Value> get_as(const Q& key) const {
    std::optional<Value> found;
    counted(look<look_kind>(key, [&](const Value& value, detail::Deadline) { found.emplace(value); }));
    return found;
  }

  // No part of a lookup beside it: a function of its own, so that the lookup keeps its registers. All of the way of a put is
  // in it, but for what is seldom needed, which says noinline.
  [[gnu::noinline, gnu::flatten]] Put store(Key& key, Value& value, Lifetime life) {
    const std::uint64_t hash = this->hash_(key);
    const Draft wanted = this->prepare(key, value, life);
    return this->change(hash, key, [&](const Cell*, Draft& draft) {
      draft = wanted;
      return Act::store;
    });
  }
  bool insert(Key& key, Value& value, Lifetime life) {
    const std::uint64_t hash = this->hash_(key);
    const Draft wanted = this->prepare(key, value, life);
    return stored(this->change(hash, key, [&](const Cell* cell, Draft& draft) {
      if (cell != nullptr) return Act::keep;
      draft = wanted;
      return Act::store;
    }));
  }
};

}  // namespace ashlar::inline v0
