// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>

#include <ashlar/cache/cache_stats.hpp>
#include <ashlar/cache/concepts.hpp>
#include <ashlar/cache/detail/cache_checks.hpp>
#include <ashlar/cache/detail/levels.hpp>
#include <ashlar/cache/detail/owned_loader.hpp>
#include <ashlar/cache/detail/reader.hpp>
#include <ashlar/cache/detail/ruled_reader.hpp>
#include <ashlar/cache/flush_report.hpp>
#include <ashlar/cache/fwd.hpp>
#include <ashlar/cache/maintenance.hpp>
#include <ashlar/cache/monitor/durations.hpp>
#include <ashlar/core/assert.hpp>

namespace ashlar::inline v0 {

/// One or two tiers behind one face, and itself a tier, so that three levels are two caches.
///
/// - `L1`, the upper tier, is asked first; `L2`, the lower one, when that misses, and a hit there fills `L1` with the
///   time left. `NullTier` stands for "none" on either side.
/// - `Strategy` orders writes: `WriteThrough`, `CacheAside`, `WriteBack`, or your own; `Loading` around one of them adds
///   rules for loads: stale values, refreshing ahead, time-outs.
/// - `Compression` packs values on the way to a lower tier that keeps bytes.
///
/// A lower tier that fails on a read is not an outage: the failure is counted (`stats()`) and the read is a miss.
/// Writes report it: where a tier can fail, `put` returns `Result<void>` and `erase` `Result<bool>`, else `void` and `bool`.
/// A read, or a load, that a write, removal or invalidation of its key overtakes still gives its caller what it found,
/// but stores nothing; who comes after the write sees the write.
/// Threads: every member may be called concurrently, except the destructor. Functions that a tier calls back (removal
/// listeners, `SourceTier`'s functions) must not call the same cache. Cost of a hit above: that of `L1`.
template <tier L1, tier L2, strategy Strategy, compression Compression>
class Cache {
  static_assert(detail::check_combination<L1, L2, Strategy>());

 public:
  using key_type = typename L1::key_type;
  using mapped_type = typename L1::mapped_type;
  using upper_type = L1;
  using lower_type = detail::PackedTier<L2, Compression>;
  using strategy_type = Strategy;
  using compression_type = Compression;
  /// This cache with the values of both tiers packed; there is one when both tiers keep bytes.
  template <compression C>
    requires packing_tier<L1, C> && packing_tier<L2, C>
  using compressed_with = Cache<detail::With<C, L1>, detail::With<C, L2>, Strategy>;

  /// True when a write can fail, because a tier or the strategy can.
  static constexpr bool can_fail = detail::can_fail<L1> || detail::can_fail<L2> || detail::fails_by_itself<Strategy>;
  /// True when entries can have a time to live on every level.
  static constexpr bool can_expire =
      detail::lets_expire<L1> && (detail::lets_expire<L2> || (source_tier<L2> && !detail::holds_nothing<L1>));
  /// True when the life of an entry begins anew with every use, on the lowest level that keeps entries.
  static constexpr bool expires_when_idle =
      detail::expires_by_use<std::conditional_t<detail::holds_nothing<L2> || source_tier<L2>, L1, L2>>;
  /// True when the lowest level may drop an entry to make room, so that a write is no record.
  static constexpr bool evicts = detail::drops_entries<std::conditional_t<detail::holds_nothing<L2>, L1, L2>>;
  /// `T`, or `Result<T>` where a tier can fail.
  template <class T>
  using outcome = std::conditional_t<can_fail, Result<T>, T>;

  /// A cache of one level. `upper` is anything that `L1` is constructible from, or a function that returns an `L1`.
  template <class A>
    requires(!std::same_as<std::remove_cvref_t<A>, Cache> && detail::holds_nothing<L2> && detail::can_build<L1, A>())
  explicit Cache(A&& upper, Strategy strategy = {})
      : levels_{std::forward<A>(upper), lower_type{}, RulesOf::of(strategy)}, writer_{strategy, levels_} {}
  /// A cache of two levels; each argument as above.
  template <class A, class B>
    requires(detail::can_build<L1, A>() && detail::can_build<lower_type, B>())
  Cache(A&& upper, B&& lower, Strategy strategy = {})
      : levels_{std::forward<A>(upper), std::forward<B>(lower), RulesOf::of(strategy)}, writer_{strategy, levels_} {}

  /// The value of `key`, or nothing. `key` may be anything `key_type` is looked up by (`std::string_view` for a string).
  template <class Q = key_type>
  [[gnu::always_inline]] std::optional<mapped_type> get(const Q& key) {
    if constexpr (null_above || reads_by_rules) {
      return missed(key);
    } else {
      std::optional<mapped_type> hit = above(key);
      if (hit) [[likely]]
        return hit;
      return missed(key);
    }
  }

  /// The value with the time it has left.
  std::optional<Timed<mapped_type>> get_timed(const key_type& key)
    requires can_expire
  {
    if constexpr (reads_by_rules) {
      return reader_.get(key);
    } else {
      if constexpr (!null_above) {
        auto hit = levels_.noted(Result<std::optional<Timed<mapped_type>>>{levels_.upper_.get_timed(key)},
                                 levels_.errors_above_);
        if (hit && *hit) return *std::move(hit);
      }
      return reader_.from_below(key);
    }
  }

  /// Puts the value of `keys[i]`, or nothing, into `out[i]`, and returns how many were found. The upper tier is asked
  /// for all at once where it can. Requires `out` to be as long as `keys`.
  std::size_t get_many(std::span<const key_type> keys, std::span<std::optional<mapped_type>> out) {
    ASHLAR_ASSERT(keys.size() == out.size(), "Cache::get_many: out must be as long as keys");
    std::size_t hits = 0;
    if constexpr (batch_tier<L1> && !null_above && !reads_by_rules) {
      hits = levels_.upper_.get_many(keys, out);
      for (std::size_t i = 0; i < keys.size() && hits < keys.size(); ++i) {
        if (!out[i]) hits += set(out[i], strip(reader_.from_below(keys[i])));
      }
    } else {
      for (std::size_t i = 0; i < keys.size(); ++i) hits += set(out[i], get(keys[i]));
    }
    return hits;
  }

  /// The value of `key`; where there is none, what `loader` returns, which is then stored on both levels.
  /// However many callers miss at once, one of them loads and the others wait for it.
  ///
  /// `loader` is called as `loader(key)` or `loader()` and returns
  /// - a `mapped_type`, or a `std::optional` of it: nothing is not stored;
  /// - a `Result<mapped_type>`: an error reaches every waiter and is not stored;
  /// - a `Loaded<mapped_type>`: with its own time to live, not to be stored, or nothing that is remembered for a while.
  /// That type is returned here, for `Loaded` a `std::optional`.
  /// What it throws reaches every waiter, and nothing is stored. It may ask the cache for other keys; asking for its
  /// own, directly or in a ring with other loaders, throws `Error` (`invalid_argument`) instead of waiting for ever.
  template <class Q = key_type, class Loader>
  auto get_or_load(const Q& key, Loader&& loader) {
    if constexpr (std::invocable<Loader&, const key_type&>) {
      return load_as<std::invoke_result_t<Loader&, const key_type&>>(key, loader);
    } else {
      detail::KeylessLoader<std::remove_reference_t<Loader>> ignores_key{std::addressof(loader)};
      return load_as<std::invoke_result_t<Loader&>>(key, ignores_key);
    }
  }

  /// The values of `keys` into `out`, in order; all that are on neither level are loaded by one call of `loader`, which
  /// takes a `std::span<const key_type>` of distinct keys and returns a `std::vector` of `mapped_type`,
  /// `std::optional<mapped_type>` or `Loaded<mapped_type>`, one for each. Keys that others load already are waited for.
  /// With `Loading` the rules hold for each key; one more call each loads what is to be renewed, and what the renewal
  /// of another caller was to bring that gave up. What a call of the loader throws is passed on, and nothing of that
  /// call is stored; `invalid_argument` when it returns fewer answers or more. Requires `out` to be as long as `keys`.
  template <class Loader>
  void get_or_load_many(std::span<const key_type> keys, std::span<std::optional<mapped_type>> out, Loader&& loader) {
    ASHLAR_ASSERT(keys.size() == out.size(), "Cache::get_or_load_many: out must be as long as keys");
    if constexpr (null_above || Rules::tells_ages) {
      for (auto& one : out) one.reset();
    } else if constexpr (batch_tier<L1>) {
      static_cast<void>(levels_.upper_.get_many(keys, out));
    } else {
      for (std::size_t i = 0; i < keys.size(); ++i) set(out[i], above(keys[i]));
    }
    reader_.load_many(keys, out, loader);
  }

  /// True when `key` is on a level. Records no use where the tiers can tell without.
  bool contains(const key_type& key) {
    if constexpr (Rules::keeps_stale) {
      return peek(key).has_value();
    } else {
      if constexpr (!null_above) {
        const auto there = levels_.noted(detail::has(levels_.upper_, key), levels_.errors_above_);
        if (there && *there) return true;
      }
      if constexpr (deferring_strategy<Strategy>) {
        if (const auto pending = writer_.pending(key)) return pending->has_value();
      }
      const auto below = levels_.noted(detail::has(levels_.lower_, key), levels_.errors_below_);
      return below && *below;
    }
  }

  /// The value of `key` without recording a use, and without filling the upper tier. Waits for a tier that is slow,
  /// whatever the time-outs of `Loading` say.
  std::optional<mapped_type> peek(const key_type& key) { return strip(glanced(key)); }
  /// The same with the time that the value has left.
  std::optional<Timed<mapped_type>> peek_timed(const key_type& key)
    requires can_expire
  {
    return glanced(key);
  }

  /// Runs `f(value)`, in place where `L1` can; false when there is none. `f` must not call this cache, reads included.
  template <class Q = key_type, class F>
  bool visit(const Q& key, F&& f) {
    if constexpr (!reads_by_rules && requires {
                    { levels_.upper_.visit(detail::lookup_key<key_type>(key), f) } -> std::convertible_to<bool>;
                  }) {
      if (levels_.upper_.visit(detail::lookup_key<key_type>(key), f)) return true;
      const auto below = reader_.from_below(owned(key));
      if (below) std::invoke(std::forward<F>(f), std::as_const(below->value));
      return below.has_value();
    } else {
      const auto value = get(key);
      if (value) std::invoke(std::forward<F>(f), std::as_const(*value));
      return value.has_value();
    }
  }

  /// Stores a value as the strategy says; the tiers' own expiry policies hold.
  outcome<void> put(const key_type& key, const mapped_type& value) { return settle(write(key, value, Lifetime{})); }
  /// Stores a value that lives for `life` at most, on every level.
  outcome<void> put(const key_type& key, const mapped_type& value, Lifetime life)
    requires can_expire
  {
    return settle(write(key, value, life));
  }
  /// Tags for entries that keep none: does not compile.
  template <class T>
    requires std::same_as<T, Tags>
  outcome<void> put(const key_type&, const mapped_type&, const T&) {
    static_assert(!std::same_as<T, Tags>,
                  "[ashlar] Cache: the entries of these tiers keep no tags; store Tagged<V> in the tiers and write "
                  "Invalidating<Cache<…>>");
  }
  /// Stores every pair; the first failure is returned, after all have been tried.
  outcome<void> put_many(std::span<const std::pair<key_type, mapped_type>> entries) {
    Result<void> all;
    for (const auto& [key, value] : entries) {
      Result<void> one = write(key, value, Lifetime{});
      if (!one && all) all = one;
    }
    return settle(std::move(all));
  }

  /// Removes a key from both levels, as the strategy says; true when it was there.
  outcome<bool> erase(const key_type& key) { return settle(remove(key)); }
  /// Removes every key and returns how many were there; the first failure is returned, after all have been tried.
  outcome<std::size_t> erase_many(std::span<const key_type> keys) {
    Result<std::size_t> all{std::size_t{0}};
    for (const key_type& key : keys) {
      const Result<bool> one = remove(key);
      if (!one && all) all = one.error();
      if (one && *one && all) ++*all;
    }
    return settle(std::move(all));
  }

  /// Removes the copies of a key, so that the next read goes to the source: as `erase`, but a lower tier that is the
  /// source (`SourceTier`) keeps its value.
  outcome<bool> invalidate(const key_type& key) {
    if constexpr (requires { levels_.lower_.invalidate(key); }) {
      const Writing writing{levels_.flights_, key};
      const Result<bool> below = levels_.lower_.invalidate(key);
      const Result<bool> above = levels_.drop_above(key);
      if (!below || !above) return settle(Result<bool>{below ? above.error() : below.error()});
      return settle(Result<bool>{*below || *above});
    } else if constexpr (source_tier<lower_type>) {
      return settle(levels_.drop_above(key));
    } else {
      return erase(key);
    }
  }

  /// Stores a value where none is; true when it did. One atomic step among the users of this cache, and among all
  /// users of the lower tier when that is an `atomic_tier`.
  outcome<bool> insert_if_absent(const key_type& key, const mapped_type& value) {
    if constexpr (null_below && atomic_tier<L1> && !Rules::plans) {
      return settle(levels_.noted(
          levels_.beat(key, [&]() -> Result<bool> { return levels_.upper_.insert_if_absent(key, value); }),
          levels_.errors_above_));
    } else if constexpr (atomic_tier<lower_type> && !deferring_strategy<Strategy> && !Rules::plans) {
      const Writing writing{levels_.flights_, key};
      const Result<bool> inserted =
          levels_.noted(Result<bool>{levels_.lower_.insert_if_absent(key, value)}, levels_.errors_below_);
      // Drops what was above in either case: a copy may be older than the value that the lower tier has.
      const Result<bool> dropped = levels_.drop_above(key);
      if (inserted && !dropped) return settle(Result<bool>{dropped.error()});
      if (inserted && *inserted) static_cast<void>(levels_.put_above(key, value, Lifetime{}));
      return settle(inserted);
    } else {
      return insert(key, value, Lifetime{});
    }
  }
  /// As `insert_if_absent(key, value)`; what is inserted lives for `fresh`. Where that says for how long, one atomic step
  /// among the users of this cache, not towards other users of the lower tier.
  outcome<bool> insert_if_absent(const key_type& key, const mapped_type& value, Lifetime fresh)
    requires can_expire
  {
    return fresh.given() ? insert(key, value, fresh) : insert_if_absent(key, value);
  }

  /// Replaces the value of `key` by `f(current)`, a `std::optional<mapped_type>`: nothing removes the key. `current` is
  /// a `const mapped_type*`, null when the key is not there. One atomic step among the users of this cache. `f` must not
  /// call the cache; what it throws is passed on and changes nothing.
  /// The new value keeps the time that the former has left on the lowest level that can tell, so that what is changed
  /// again and again still expires; where entries live from use to use, and where there was no value, its life begins
  /// as with `put`: for `fresh`, or as the tiers' policies say.
  template <class F>
    requires std::convertible_to<std::invoke_result_t<F&, const mapped_type*>, std::optional<mapped_type>>
  outcome<void> compute(const key_type& key, F&& f) {
    return settle(transact(key, [&](const mapped_type* current) { return Change{std::invoke(f, current), true}; }));
  }
  template <class F>
    requires(can_expire &&
             std::convertible_to<std::invoke_result_t<F&, const mapped_type*>, std::optional<mapped_type>>)
  outcome<void> compute(const key_type& key, F&& f, Lifetime fresh) {
    return settle(
        transact(key, [&](const mapped_type* current) { return Change{std::invoke(f, current), true}; }, fresh));
  }

  /// Replaces the value of `key` by `desired` when it equals `expected`; true when it did. Atomic as `compute`, and the
  /// time left is kept as there.
  outcome<bool> compare_and_swap(const key_type& key, const mapped_type& expected, const mapped_type& desired)
    requires std::equality_comparable<mapped_type>
  {
    bool swapped = false;
    const Result<void> done = transact(key, [&](const mapped_type* current) {
      swapped = current != nullptr && *current == expected;
      return swapped ? Change{desired, true} : Change{};
    });
    return settle(done ? Result<bool>{swapped} : Result<bool>{done.error()});
  }

  /// Empties both levels, but for a lower tier that is the source, and beats every read and load in flight.
  outcome<void> clear()
    requires(clearable_tier<L1> && (clearable_tier<L2> || source_tier<L2>))
  {
    const auto all = [](const key_type&) { return true; };
    const typename Table::WritingAll writing{levels_.flights_};
    Result<void> below;
    if constexpr (deferring_strategy<Strategy> && !source_tier<lower_type>) writer_.discard_if(all);
    if constexpr (!source_tier<lower_type>) {
      below = levels_.noted(detail::succeeds([&] { return levels_.lower_.clear(); }), levels_.errors_below_);
    }
    levels_.beat_if(all);
    const Result<void> above =
        levels_.noted(detail::succeeds([&] { return levels_.upper_.clear(); }), levels_.errors_above_);
    return settle(below ? above : below);
  }

  /// Removes the copies of every key for which `covers(key)` holds from both levels, but for a lower tier that is the
  /// source, and beats every read and load of such a key in flight. Returns how many copies there were, on both levels
  /// together. A write that runs at the same time counts as after it. Cost: looks at every key.
  /// Where `covers(key, value)` can be asked as well, it decides about entries, and `covers(key)` about work in flight.
  template <class Covers>
    requires matching_tier<L1> && (matching_tier<L2> || source_tier<L2>)
  outcome<std::size_t> erase_matching(Covers&& covers) {
    const auto matches = [&](const key_type& key, const auto&... value) -> bool {
      if constexpr (sizeof...(value) > 0 && std::predicate<Covers&, const key_type&, decltype(value)...>) {
        return std::invoke(covers, key, value...);
      } else {
        return std::invoke(covers, key);
      }
    };
    Result<std::size_t> below{std::size_t{0}};
    if constexpr (!source_tier<lower_type> && !null_below) {
      overtake_and_wait(matches);
      below = levels_.noted(Result<std::size_t>{levels_.lower_.erase_matching(matches)}, levels_.errors_below_);
    }
    overtake(matches);
    Result<std::size_t> above =
        levels_.noted(Result<std::size_t>{levels_.upper_.erase_matching(matches)}, levels_.errors_above_);
    if (!below) return settle(std::move(below));
    if (above) *above += *below;
    return settle(std::move(above));
  }

  /// Removes `key` from each level whose value for it satisfies `doomed(value)`, one atomic step on each; true when one
  /// did. Reads and loads in flight go on. A lower tier that is the source keeps its value.
  template <class Doomed>
    requires std::predicate<Doomed&, const mapped_type&>
  outcome<bool> erase_if(const key_type& key, Doomed&& doomed) {
    const auto erased_from = [&](auto& level) -> Result<bool> {
      if constexpr (requires { level.erase_if(key, doomed); }) {
        return level.erase_if(key, doomed);
      } else {
        const Result<std::optional<mapped_type>> found = detail::glance(level, key);
        if (!found) return found.error();
        if (!*found || !std::invoke(doomed, std::as_const(**found))) return false;
        return detail::remove(level, key);
      }
    };
    Result<bool> below{false};
    Result<bool> above{false};
    const auto from_above = [&] {
      above = levels_.noted(levels_.flights_.in_turn(key, [&] { return erased_from(levels_.upper_); }),
                            levels_.errors_above_);
    };
    if constexpr (null_below || source_tier<lower_type>) {
      from_above();
    } else {
      const Writing writing{levels_.flights_, key};
      if constexpr (deferring_strategy<Strategy>) {
        writer_.discard_if([&](const key_type& other, const std::optional<mapped_type>& value) {
          return value && other == key && std::invoke(doomed, *value);
        });
      }
      below = levels_.noted(erased_from(levels_.lower_), levels_.errors_below_);
      from_above();
    }
    if (!below) return settle(std::move(below));
    if (above) *above = *above || *below;
    return settle(std::move(above));
  }

  /// As `overtake`, and forgets the deferred writes that are covered; when it returns, what was loaded before is stored,
  /// or never will be. The first step of removing entries from tiers that several caches share.
  template <class Covers>
  void overtake_and_wait(Covers&& covers) {
    overtake([&](const key_type& key) -> bool { return std::invoke(covers, key); });
    levels_.flights_.await_writers();
    if constexpr (deferring_strategy<Strategy> && !source_tier<lower_type>) writer_.discard_if(covers);
  }

  /// Empties every level but the lowest, which others may share, and beats every read and load in flight. What a strategy
  /// has deferred stays.
  outcome<void> clear_copies()
    requires clearable_tier<L1>
  {
    const auto all = [](const key_type&) { return true; };
    Result<void> below;
    levels_.beat_if(all);
    levels_.flights_.await_writers();
    if constexpr (requires { levels_.lower_.clear_copies(); }) {
      below = levels_.noted(detail::succeeds([&] { return levels_.lower_.clear_copies(); }), levels_.errors_below_);
    }
    levels_.beat_if(all);
    const Result<void> above =
        levels_.noted(detail::succeeds([&] { return levels_.upper_.clear(); }), levels_.errors_above_);
    return settle(below ? above : below);
  }

  /// Makes every read and load in flight of the keys that `covers(key)` names give its value to its callers only, and
  /// forgets that there was none of them. For tiers that several caches share, after their entries were removed by
  /// other means.
  template <class Covers>
  void overtake(Covers&& covers) {
    if constexpr (requires { levels_.lower_.overtake(covers); }) levels_.lower_.overtake(covers);
    levels_.beat_if([&](const key_type& key) -> bool { return std::invoke(covers, key); });
  }

  /// Calls `f(key, value)` for every entry of either level, once each; the upper value where both have the key. What a
  /// strategy has deferred is flushed first. Not a snapshot: entries that are written meanwhile may be seen or not, and
  /// so may those that reads or evictions move between the levels, or twice. `f` must not call the cache.
  template <class F>
    requires scannable_tier<L1> && scannable_tier<L2>
  outcome<void> for_each(F&& f) {
    if constexpr (deferring_strategy<Strategy>) static_cast<void>(writer_.flush());
    const auto show = [&](const key_type& key, const mapped_type& value) { std::invoke(f, key, value); };
    const Result<void> above = levels_.noted(detail::scan(levels_.upper_, show), levels_.errors_above_);
    const auto show_new = [&](const key_type& key, const mapped_type& value) {
      const auto there = detail::has(levels_.upper_, key);
      if (!there || !*there) std::invoke(f, key, value);
    };
    const Result<void> below = levels_.noted(detail::scan(levels_.lower_, show_new), levels_.errors_below_);
    return settle(above ? below : above);
  }

  /// Drops what has expired on the levels that can, so that it frees their room; returns how many entries. Reads never
  /// show these. `MaintenanceThread` does it at intervals.
  std::size_t maintain()
    requires maintainable<L1> || maintainable<lower_type>
  {
    std::size_t dropped = 0;
    const auto on = [&](auto& level, auto& errors) {
      if constexpr (maintainable<std::remove_reference_t<decltype(level)>>) {
        const auto done = levels_.noted(Result<std::size_t>{level.maintain()}, errors);
        if (done) dropped += *done;
      }
    };
    on(levels_.upper_, levels_.errors_above_);
    on(levels_.lower_, levels_.errors_below_);
    return dropped;
  }

  /// Writes what this cache's strategy, and that of a cache below it, has deferred, and reports it.
  FlushReport flush()
    requires deferring_strategy<Strategy> || requires(lower_type& lower) { lower.flush(); }
  {
    FlushReport report;
    if constexpr (deferring_strategy<Strategy>) report = writer_.flush();
    if constexpr (requires { levels_.lower_.flush(); }) {
      FlushReport below = levels_.lower_.flush();
      report.written += below.written;
      report.waiting += below.waiting;
      if (below.error) report.error = std::move(below.error);
    }
    return report;
  }

  CacheStats stats() const noexcept { return levels_.stats(); }
  /// How long loader calls took, those that failed included.
  DurationCounts load_times() const noexcept { return levels_.load_times_.counts(); }
  /// The tiers and the strategy's writer themselves: for their statistics and settings, not for writes.
  L1& upper() noexcept { return levels_.upper_; }
  lower_type& lower() noexcept { return levels_.lower_; }
  auto& writer() noexcept { return writer_; }

 private:
  using RulesOf = detail::RulesOf<Strategy>;
  using Rules = typename RulesOf::type;
  using Reader = std::conditional_t<Rules::any, detail::RuledReader<L1, lower_type, Strategy>,
                                    detail::Reader<L1, lower_type, Strategy>>;
  using Table = typename Reader::Table;
  using Writing = typename Table::Writing;
  static constexpr bool null_above = detail::holds_nothing<L1>;
  static constexpr bool null_below = detail::holds_nothing<L2>;
  // True where a plain read may find stale values, or bring new ones from a source. A read with a time-out follows the
  // rules after a miss only.
  static constexpr bool reads_by_rules = Rules::keeps_stale || (Rules::any && source_tier<lower_type>);

  template <class T>
  static outcome<T> settle(Result<T> result) {
    if constexpr (can_fail) {
      return result;
    } else if constexpr (!std::is_void_v<T>) {
      return *std::move(result);
    }
  }
  static std::optional<mapped_type> strip(std::optional<Timed<mapped_type>> found) {
    if (!found) return std::nullopt;
    return std::move(found->value);
  }
  static bool set(std::optional<mapped_type>& out, std::optional<mapped_type>&& found) {
    out.reset();
    if (found) out.emplace(*std::move(found));
    return out.has_value();
  }
  template <class Q>
  static decltype(auto) owned(const Q& key) {
    if constexpr (std::same_as<Q, key_type>) {
      return (key);
    } else {
      return key_type(key);
    }
  }

  // In line with its callers: an optional that is returned goes through memory.
  template <class Q>
  [[gnu::always_inline]] std::optional<mapped_type> above(const Q& key) {
    const auto ask = [&](const auto& wanted) __attribute__((always_inline)) -> std::optional<mapped_type> {
      if constexpr (detail::gives_a_result<decltype(levels_.upper_.get(wanted))>) {
        auto found = levels_.noted(levels_.upper_.get(wanted), levels_.errors_above_);
        return found ? *std::move(found) : std::nullopt;
      } else {
        return levels_.upper_.get(wanted);
      }
    };
    if constexpr (requires { levels_.upper_.get(detail::lookup_key<key_type>(key)); }) {
      return ask(detail::lookup_key<key_type>(key));
    } else {
      return ask(owned(key));
    }
  }

  // What a read does that finds nothing above. Out of line, so that a hit above costs what it costs there.
  template <class Q>
  [[gnu::noinline]] std::optional<mapped_type> missed(const Q& key) {
    if constexpr (reads_by_rules) {
      return strip(reader_.get(owned(key)));
    } else if constexpr (null_below) {
      levels_.misses_.add();
      return std::nullopt;
    } else {
      return strip(reader_.from_below(owned(key)));
    }
  }

  // Reads that record no use, and show nothing stale.
  std::optional<Timed<mapped_type>> glanced(const key_type& key) {
    if constexpr (!null_above) {
      auto hit = glance_above(key);
      if (hit && *hit) return *std::move(hit);
    }
    auto below = glance_below(key);
    return below ? *std::move(below) : std::nullopt;
  }
  Result<std::optional<Timed<mapped_type>>> glance_above(const key_type& key) {
    auto found = levels_.noted(detail::glance_timed(levels_.upper_, key), levels_.errors_above_);
    if (!found) return found;
    return levels_.shown(*std::move(found));
  }
  Result<std::optional<Timed<mapped_type>>> glance_below(const key_type& key) {
    if constexpr (deferring_strategy<Strategy>) {
      if (auto pending = writer_.pending(key)) return levels_.shown(*std::move(pending));
    }
    auto found = levels_.glance_below(key);
    if (!found) return found;
    return levels_.shown(*std::move(found));
  }

  template <class R, class Q, class Loader>
  auto load_as(const Q& key, Loader& loader) -> typename detail::LoadedAs<R, mapped_type>::type {
    if constexpr (!null_above && !Rules::any) {
      if (auto hit = above(key)) return *std::move(hit);
    }
    return reader_.template load<R>(owned(key), loader);
  }

  Result<void> write(const key_type& key, const mapped_type& value, Lifetime life) {
    static_assert(
        !detail::refuses_writes<L2>,
        "[ashlar] Cache: put to a source that is read only; write SourceTier<K, V, ReadWrite>, or do not put");
    life = levels_.plan(key, life);
    if constexpr (null_below) {
      return levels_.put_above(key, value, life);
    } else {
      const Writing writing{levels_.flights_, key};
      return writer_.put(key, value, life);
    }
  }
  Result<bool> remove(const key_type& key) {
    if constexpr (null_below) {
      return levels_.drop_above(key);
    } else {
      const Writing writing{levels_.flights_, key};
      return writer_.erase(key);
    }
  }
  // What a decision makes of an entry: leaves it alone, or gives it a value, or (no value) removes it.
  struct Change {
    std::optional<mapped_type> value;
    bool wanted = false;
  };
  // Reads, decides and writes in one step among the users of this cache.
  template <class Decide>
  Result<void> transact(const key_type& key, Decide decide, Lifetime fresh = {}) {
    if constexpr (null_below) {
      const auto step = [&] {
        const auto before = glance_above(key);
        return apply(
            before, decide,
            [&](const mapped_type& value) {
              return detail::write(levels_.upper_, key, value, life_after(key, *before, fresh));
            },
            [&] { return detail::remove(levels_.upper_, key); });
      };
      return levels_.noted(levels_.beat(key, step), levels_.errors_above_);
    } else {
      const Writing writing{levels_.flights_, key};
      const auto before = current(key);
      return apply(
          before, decide,
          [&](const mapped_type& value) { return writer_.put(key, value, life_after(key, *before, fresh)); },
          [&] { return writer_.erase(key); });
    }
  }
  outcome<bool> insert(const key_type& key, const mapped_type& value, Lifetime fresh) {
    bool inserted = false;
    const auto unless_there = [&](const mapped_type* current) {
      inserted = current == nullptr;
      return inserted ? Change{value, true} : Change{};
    };
    const Result<void> done = transact(key, unless_there, fresh);
    return settle(done ? Result<bool>{inserted} : Result<bool>{done.error()});
  }
  // `before` must be what is there: unlike a reader, a writer must not take a failed read for a miss.
  template <class Decide, class Put, class Erase>
  static Result<void> apply(const Result<std::optional<Timed<mapped_type>>>& before, Decide& decide, Put put,
                            Erase erase) {
    if (!before) return before.error();
    const mapped_type* const there = before->has_value() ? &(**before).value : nullptr;
    const Change change = decide(there);
    if (!change.wanted || (!change.value && there == nullptr)) return {};
    if (change.value) return put(*change.value);
    const Result<bool> erased = erase();
    return erased ? Result<void>{} : Result<void>{erased.error()};
  }
  Result<std::optional<Timed<mapped_type>>> current(const key_type& key) {
    if constexpr (!null_above) {
      auto hit = glance_above(key);
      if (!hit || *hit) return hit;
    }
    return glance_below(key);
  }
  // How long a value lives that takes the place of `former`. The lowest level that can tell says how long; those above
  // may keep their copies for less.
  Lifetime life_after(const key_type& key, const std::optional<Timed<mapped_type>>& former, Lifetime fresh) {
    if (!former) return levels_.plan(key, fresh);
    if constexpr (!can_expire || expires_when_idle) {
      return levels_.plan(key, fresh);
    } else {
      std::chrono::nanoseconds left = former->ttl;
      if constexpr (!null_above && !null_below && !source_tier<lower_type> && !detail::expires_by_use<lower_type>) {
        const auto below = glance_below(key);
        if (below && *below) left = (**below).ttl;
      }
      return left == forever ? Lifetime{} : levels_.held_for(left);
    }
  }

  typename Reader::Levels levels_;
  typename Reader::Writer writer_;
  Reader reader_{levels_, writer_};
};

}  // namespace ashlar::inline v0
