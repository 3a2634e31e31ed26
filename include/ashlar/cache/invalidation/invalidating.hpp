// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <ashlar/cache/cache.hpp>
#include <ashlar/cache/detail/owned_loader.hpp>
#include <ashlar/cache/detail/stamped_loader.hpp>
#include <ashlar/cache/fwd.hpp>
#include <ashlar/cache/invalidation/log.hpp>
#include <ashlar/cache/invalidation/tagged.hpp>

namespace ashlar::inline v0 {

/// How many invalidations an `Invalidating` cache lets wait before it sweeps.
struct InvalidationOptions {
  /// Patterns. Each read of an older entry matches those that are pending; 0 carries every invalidation out at once.
  std::size_t max_patterns = 32;
  /// Tags and single keys. They cost a read a look-up for each tag of the entry.
  std::size_t max_names = 65'536;
  /// How long a sweep keeps an invalidation pending at least: where others load into a lower tier that is shared,
  /// longer than their loads take, so that what they store late is stale too. What exceeds the bounds meanwhile makes
  /// every older entry stale.
  std::chrono::nanoseconds keep = std::chrono::nanoseconds::zero();
};

namespace detail {

template <class C>
concept can_be_swept = requires(C& cache, const typename C::key_type& key) {
  cache.erase_if(key, [](const typename C::mapped_type&) { return true; });
  cache.overtake([](const typename C::key_type&) { return true; });
};

}  // namespace detail

/// A cache whose entries can be invalidated by pattern, by tag or all together, at a cost that does not depend on how
/// many there are. `C` is a `Cache` whose tiers keep `Stamped<V>`, or `Tagged<V>` for tags; this one keeps `V`, and is
/// a tier.
///
///     using Orders = Invalidating<Cache<MemoryTier<std::string, Tagged<Order>>, StoreTier<std::string, Tagged<Order>>>>;
///     orders.put("order:7:42:lines", order, Tags{"customer:3"});
///     orders.invalidate_tag("customer:3");
///     orders.invalidate_matching("order:*:42:*");
///
/// An invalidation is a note (`InvalidationLog`) that every later read obeys, whichever tier the entry comes from; a
/// load that began before gives its value to its callers only. Stale entries leave the tiers when they are asked for,
/// and all of them at a sweep: `maintain()`, or the invalidation that finds `InvalidationOptions` exceeded. A lower tier
/// that outlives the process must be swept before the process ends (the destructor does), since the notes are lost
/// with it; what crashes before comes back as it is in that tier. With `max_patterns = 0` every invalidation is swept
/// at once; none stays pending unless the sweep fails or `keep` asks for it.
/// A value read from a `SourceTier` by `get` is as old as the entry that the source returns says (`born`): 0 is older
/// than everything, so what may be invalidated is best loaded by `get_or_load`, or returned with the
/// `InvalidationLog::now()` of before the read.
/// Threads: every member may be called concurrently, except the destructor.
/// Cost: a read compares two words more while nothing is pending; see `InvalidationLog`.
template <class C>
class Invalidating {
  using Entry = typename C::mapped_type;
  static_assert(detail::keeps_a_stamp<Entry>,
                "[ashlar] Invalidating: entries must know when they were made; write Stamped<V> for the value of the "
                "tiers, or Tagged<V> where they are to have tags");
  static_assert(detail::can_be_swept<C>, "[ashlar] Invalidating: wraps a Cache; write Invalidating<Cache<…>>");
  using Own = detail::StampedLoader<Entry>;

 public:
  using key_type = typename C::key_type;
  using mapped_type = decltype(Entry::value);
  using cache_type = C;
  static constexpr bool evicts = detail::drops_entries<C>;
  static constexpr bool expires_when_idle = detail::expires_by_use<C>;
  template <class T>
  using outcome = typename C::template outcome<T>;

  /// Whether entries have tags.
  static constexpr bool has_tags = detail::keeps_tags<Entry>;
  /// Whether keys are text, so that patterns fit them.
  static constexpr bool has_text_keys = std::convertible_to<const key_type&, std::string_view>;
  static constexpr bool can_fail = C::can_fail;
  static constexpr bool can_expire = C::can_expire;
  /// Whether stale entries can be searched for. Where they cannot, or a tier fails, a bound that is exceeded makes every
  /// older entry stale.
  static constexpr bool can_sweep = requires(C& cache) { cache.erase_matching([](const auto&...) { return true; }); };

  /// `arguments` are those of `C`.
  template <class... A>
    requires std::constructible_from<C, A...>
  explicit Invalidating(A&&... arguments) : Invalidating(InvalidationOptions{}, std::forward<A>(arguments)...) {}
  template <class... A>
    requires std::constructible_from<C, A...>
  explicit Invalidating(InvalidationOptions options, A&&... arguments)
      : options_{options},
        own_{std::make_unique<InvalidationLog>()},
        log_{own_.get()},
        cache_(std::forward<A>(arguments)...) {}
  /// Obeys the notes of `log`, which outlives this and is swept by its owner.
  template <class... A>
    requires std::constructible_from<C, A...>
  explicit Invalidating(InvalidationLog& log, A&&... arguments) : log_{&log}, cache_(std::forward<A>(arguments)...) {}
  ~Invalidating() {
    if constexpr (can_sweep) {
      if (own_) static_cast<void>(sweep({}));
    }
  }
  Invalidating(const Invalidating&) = delete;
  Invalidating& operator=(const Invalidating&) = delete;

  /// As in `Cache`.
  template <class Q = key_type>
  std::optional<mapped_type> get(const Q& key) {
    std::optional<mapped_type> value;
    visit(key, [&](const mapped_type& found) { value.emplace(found); });
    return value;
  }
  std::optional<Timed<mapped_type>> get_timed(const key_type& key)
    requires can_expire
  {
    auto found = fresh(key, [&] { return cache_.get_timed(key); });
    if (!found) return std::nullopt;
    return Timed<mapped_type>{std::move(found->value.value), found->ttl};
  }
  std::optional<mapped_type> peek(const key_type& key) {
    return value_of(fresh(key, [&] { return cache_.peek(key); }));
  }
  std::optional<Timed<mapped_type>> peek_timed(const key_type& key)
    requires can_expire
  {
    auto found = fresh(key, [&] { return cache_.peek_timed(key); });
    if (!found) return std::nullopt;
    return Timed<mapped_type>{std::move(found->value.value), found->ttl};
  }
  bool contains(const key_type& key) { return peek(key).has_value(); }
  /// As in `Cache`. `f` must not call this cache: a read may fill or erase in `L1`, which waits for `f`; `peek` and
  /// `contains` erase what they find stale, too.
  template <class Q = key_type, class F>
  bool visit(const Q& key, F&& f) {
    for (int attempt = 0; attempt < most_attempts;) {
      const auto since = log_->reading();
      bool right = false;
      const bool found = cache_.visit(key, [&](const Entry& entry) {
        right = !stale(key, entry, since);
        if (right) std::invoke(f, entry.value);
      });
      if (right || !found) return right;
      attempt += log_->reading() == since;  // else a sweep came between
      bury(key);
    }
    return false;
  }
  std::size_t get_many(std::span<const key_type> keys, std::span<std::optional<mapped_type>> out) {
    const auto since = log_->reading();
    std::vector<std::optional<Entry>> found(keys.size());
    cache_.get_many(keys, found);
    std::size_t hits = 0;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (found[i] && stale(keys[i], *found[i], since)) {
        out[i] = get(keys[i]);
      } else {
        out[i] = value_of(std::move(found[i]));
      }
      hits += out[i].has_value();
    }
    return hits;
  }

  /// As `Cache::get_or_load`; where entries have tags, the loader may return a `Tagged<V>` (see `tagged`), or an
  /// optional, a `Result` or a `Loaded` of one.
  template <class Q = key_type, class Loader>
  auto get_or_load(const Q& key, Loader&& loader) {
    const auto call = [&]() -> decltype(auto) {
      if constexpr (std::invocable<Loader&, const key_type&>) {
        return std::invoke(loader, detail::as_key<key_type>(key));
      } else {
        return std::invoke(loader);
      }
    };
    const InvalidationStamp asked = InvalidationLog::now();
    for (int attempt = 0;; ++attempt) {
      const auto since = log_->reading();
      const auto load = [&] { return Own::load(call); };
      const auto later = [&](auto) {
        return [own = detail::owned_loader(loader), key = key_type(key)]() mutable {
          static_cast<void>(key);  // not every loader wants it
          const auto again = [&]() -> decltype(auto) {
            if constexpr (std::invocable<Loader&, const key_type&>) {
              return std::invoke(own, key);
            } else {
              return std::invoke(own);
            }
          };
          return Own::load(again);
        };
      };
      auto found = cache_.get_or_load(key, detail::LentLoader{load, later});
      // A value from before the call that is stale now may have been stale then.
      const Entry* const entry = Own::entry_of(found);
      if (entry == nullptr || entry->born >= asked || !stale(key, *entry, since)) {
        return Own::strip(std::move(found));
      }
      if (attempt + 1 >= most_attempts)
        return Own::strip(Own::unwrapped(Own::load(call)));  // a tier that does not let go of it
      bury(key);
    }
  }

  /// As `Cache::get_or_load_many`.
  template <class Loader>
  void get_or_load_many(std::span<const key_type> keys, std::span<std::optional<mapped_type>> out, Loader&& loader) {
    const InvalidationStamp asked = InvalidationLog::now();
    const auto load = [&](std::span<const key_type> missing) { return Own::load_many(loader, missing); };
    const auto later = [&](auto) {
      return [own = detail::owned_loader(loader)](std::span<const key_type> missing) mutable {
        return Own::load_many(own, missing);
      };
    };
    detail::LentLoader lent{load, later};
    std::vector<std::size_t> places(keys.size());
    for (std::size_t i = 0; i < keys.size(); ++i) places[i] = i;
    std::vector<key_type> wanted(keys.begin(), keys.end());
    for (int attempt = 0; !places.empty(); ++attempt) {
      const auto since = log_->reading();
      std::vector<std::optional<Entry>> found(wanted.size());
      cache_.get_or_load_many(wanted, found, lent);
      std::vector<std::size_t> again;
      std::vector<key_type> stale_keys;
      for (std::size_t i = 0; i < places.size(); ++i) {
        if (attempt + 1 < most_attempts && found[i] && found[i]->born < asked && stale(wanted[i], *found[i], since)) {
          bury(wanted[i]);
          again.push_back(places[i]);
          stale_keys.push_back(wanted[i]);
        } else {
          out[places[i]] = value_of(std::move(found[i]));
        }
      }
      places = std::move(again);
      wanted = std::move(stale_keys);
    }
  }

  /// Stores a value, which lives for `life` at most, and with these tags.
  outcome<void> put(const key_type& key, const mapped_type& value) { return cache_.put(key, made(value)); }
  outcome<void> put(const key_type& key, const mapped_type& value, Lifetime life)
    requires can_expire
  {
    return cache_.put(key, made(value), life);
  }
  outcome<void> put(const key_type& key, const mapped_type& value, Tags tags) {
    check_tags();
    return cache_.put(key, made(value, std::move(tags)));
  }
  outcome<void> put(const key_type& key, const mapped_type& value, Tags tags, Lifetime life)
    requires can_expire
  {
    check_tags();
    return cache_.put(key, made(value, std::move(tags)), life);
  }
  /// Stores a value that was right at `when`, a moment of `InvalidationLog::now()` or `next()`; what was invalidated
  /// later makes it stale.
  outcome<void> put_as_of(InvalidationStamp when, const key_type& key, const mapped_type& value) {
    return cache_.put(key, made_at(when, value));
  }
  outcome<void> put_as_of(InvalidationStamp when, const key_type& key, const mapped_type& value, Lifetime life)
    requires can_expire
  {
    return cache_.put(key, made_at(when, value), life);
  }
  outcome<void> put_as_of(InvalidationStamp when, const key_type& key, const mapped_type& value, Tags tags) {
    check_tags();
    return cache_.put(key, made_at(when, value, std::move(tags)));
  }
  outcome<void> put_as_of(InvalidationStamp when, const key_type& key, const mapped_type& value, Tags tags,
                          Lifetime life)
    requires can_expire
  {
    check_tags();
    return cache_.put(key, made_at(when, value, std::move(tags)), life);
  }
  outcome<void> put_many(std::span<const std::pair<key_type, mapped_type>> pairs) {
    std::vector<std::pair<key_type, Entry>> entries;
    entries.reserve(pairs.size());
    for (const auto& [key, value] : pairs) entries.emplace_back(key, made(value));
    return cache_.put_many(entries);
  }
  /// As in `Cache`; what is stale does not count as there. Where a tier does not let go of it, the new value takes its
  /// place as `compute` does, and with it the time that it has left.
  outcome<bool> insert_if_absent(const key_type& key, const mapped_type& value) { return inserted(key, value); }
  outcome<bool> insert_if_absent(const key_type& key, const mapped_type& value, Lifetime fresh)
    requires can_expire
  {
    return inserted(key, value, fresh);
  }
  /// As in `Cache`; the new value keeps the tags of the one that it follows, unless that is stale. It is right as of the
  /// moment before `f` is called: an invalidation that comes while `f` runs covers it. `f` is called again where a sweep
  /// came between.
  template <class F>
    requires std::convertible_to<std::invoke_result_t<F&, const mapped_type*>, std::optional<mapped_type>>
  outcome<void> compute(const key_type& key, F&& f) {
    return computed(key, f);
  }
  template <class F>
    requires(can_expire &&
             std::convertible_to<std::invoke_result_t<F&, const mapped_type*>, std::optional<mapped_type>>)
  outcome<void> compute(const key_type& key, F&& f, Lifetime fresh) {
    return computed(key, f, fresh);
  }
  /// As in `Cache`; the new value keeps the tags.
  outcome<bool> compare_and_swap(const key_type& key, const mapped_type& expected, const mapped_type& desired)
    requires std::equality_comparable<mapped_type>
  {
    const InvalidationStamp born = InvalidationLog::now();
    const std::optional<Entry> current = fresh(key, [&] { return cache_.peek(key); });
    if (!current || !(current->value == expected)) {
      if constexpr (can_fail)
        return Result<bool>{false};
      else
        return false;
    }
    return cache_.compare_and_swap(key, *current, made_after(*current, born, desired));
  }
  outcome<bool> erase(const key_type& key) { return cache_.erase(key); }
  outcome<std::size_t> erase_many(std::span<const key_type> keys) { return cache_.erase_many(keys); }
  outcome<bool> invalidate(const key_type& key) { return cache_.invalidate(key); }
  outcome<void> clear()
    requires requires(C& cache) { cache.clear(); }
  {
    return cache_.clear();
  }
  /// Calls `f(key, value)` for every entry that is not stale.
  template <class F>
    requires requires(C& cache) { cache.for_each([](const key_type&, const Entry&) {}); }
  outcome<void> for_each(F&& f) {
    return cache_.for_each([&](const key_type& key, const Entry& entry) {
      if (!stale(key, entry, log_->reading())) std::invoke(f, key, entry.value);
    });
  }
  /// As in `Cache`: looks at every entry, and removes at once.
  template <class Covers>
  auto erase_matching(Covers&& covers) {
    return cache_.erase_matching([&](const key_type& key) -> bool { return std::invoke(covers, key); });
  }
  template <class Covers>
  void overtake(Covers&& covers) {
    cache_.overtake(std::forward<Covers>(covers));
  }
  auto flush()
    requires requires(C& cache) { cache.flush(); }
  {
    return cache_.flush();
  }

  /// Makes stale every entry whose key fits the pattern (see `Glob`: that of Redis), on every level, with the loads of
  /// such keys in flight and what is remembered of such keys that have no value. `when` is for messages of other
  /// caches: entries from that moment on are not meant.
  void invalidate_matching(std::string_view pattern, InvalidationStamp when = InvalidationLog::next()) {
    check_text();
    Glob glob{pattern};
    const auto fits = [glob](const key_type& key) { return glob.matches(key); };
    log_->add_pattern(std::move(glob), when);
    cache_.overtake(fits);
    keep_bounded();
  }
  /// Makes stale every entry that has the tag, on every level and in flight.
  void invalidate_tag(std::string_view tag, InvalidationStamp when = InvalidationLog::next()) {
    check_tags();
    log_->add_tag(Tags::id(tag), when);
    keep_bounded();
  }
  /// Makes stale every entry of a key that is older than `when`, on every level and in flight; others stay.
  void invalidate_before(const key_type& key, InvalidationStamp when) {
    check_text();
    log_->add_key(key, when);
    cache_.overtake([&](const key_type& other) { return other == key; });
    keep_bounded();
  }
  /// Removes the copies of a key that are older than `when` from every level, and beats its loads in flight; where a
  /// tier fails, this is left to later reads, as with `invalidate_before`.
  void erase_before(const key_type& key, InvalidationStamp when) {
    cache_.overtake([&](const key_type& other) { return other == key; });
    const Result<bool> erased = cache_.erase_if(key, [&](const Entry& entry) { return entry.born < when; });
    if (!erased) invalidate_before(key, when);
  }
  /// Empties every level but the lowest, and beats the loads in flight.
  outcome<void> clear_copies() { return cache_.clear_copies(); }
  /// Makes every entry stale, on every level and in flight.
  void invalidate_all(InvalidationStamp when = InvalidationLog::next()) {
    log_->add_all(when);
    cache_.overtake([](const key_type&) { return true; });
    keep_bounded();
  }

  /// Removes the stale entries of every level, and what has expired where the upper tier can tell. Returns how many
  /// copies there were; when a tier fails, the invalidations stay pending. Loads in flight of keys that may be stale are
  /// not stored. Cost: looks at every key, once for all that is pending.
  outcome<std::size_t> maintain()
    requires(can_sweep)
  {
    Result<std::size_t> removed = sweep(options_.keep);
    if constexpr (requires { cache_.upper().maintain(); }) {
      if (removed) *removed += cache_.upper().maintain();
    }
    if constexpr (can_fail) {
      return removed;
    } else {
      return *removed;
    }
  }
  /// The invalidations that are pending.
  const InvalidationLog& log() const noexcept { return *log_; }

  auto stats() const noexcept { return cache_.stats(); }
  decltype(auto) load_times() const { return cache_.load_times(); }
  /// The cache itself, whose entries are stamped: for statistics and settings.
  C& cache() noexcept { return cache_; }
  decltype(auto) upper() noexcept { return cache_.upper(); }
  decltype(auto) lower() noexcept { return cache_.lower(); }
  auto& writer() noexcept { return cache_.writer(); }

 private:
  // How often a read asks again when it finds stale entries: each time finds those of a lower level, or of a tier that
  // cannot remove them.
  static constexpr int most_attempts = 4;

  // Leaves `compute` unchanged, to be begun again without what is stale: the new value must not follow it, and so take
  // the time that it has left.
  struct BeginAgain {};
  template <class F, class... Fresh>
  outcome<void> computed(const key_type& key, F& f, Fresh... fresh) {
    for (int attempt = 0;;) {
      const auto since = log_->reading();
      const InvalidationStamp born = InvalidationLog::now();
      try {
        const auto change = [&](const Entry* entry) -> std::optional<Entry> {
          const bool there = entry != nullptr && !stale(key, *entry, since);
          if (entry != nullptr && log_->reading() != since) throw BeginAgain{};
          if (entry != nullptr && !there && ++attempt < most_attempts) throw BeginAgain{};
          std::optional<mapped_type> value = std::invoke(f, there ? &entry->value : nullptr);
          if (!value) return std::nullopt;
          return there ? made_after(*entry, born, *std::move(value)) : made_at(born, *std::move(value));
        };
        return cache_.compute(key, change, fresh...);
      } catch (const BeginAgain&) {
        bury(key);
      }
    }
  }

  // Leaves `compute` unchanged, where nothing would remove what another caller has put meanwhile.
  struct AlreadyThere {};
  template <class... Fresh>
  outcome<bool> inserted(const key_type& key, const mapped_type& value, Fresh... life) {
    if (log_->empty()) return cache_.insert_if_absent(key, made(value), life...);
    bury(key);
    outcome<bool> first = cache_.insert_if_absent(key, made(value), life...);
    if constexpr (can_fail) {
      if (!first) return first;
    }
    const bool done = [&] {
      if constexpr (can_fail) {
        return *first;
      } else {
        return first;
      }
    }();
    if (done || fresh(key, [&] { return cache_.peek(key); })) return first;
    // What was found is stale: a read in flight has put it back, or a tier does not let go of it.
    const auto unless_there = [&](const mapped_type* current) -> std::optional<mapped_type> {
      if (current != nullptr) throw AlreadyThere{};
      return value;
    };
    try {
      if constexpr (can_fail) {
        const Result<void> second = computed(key, unless_there, life...);
        if (!second) return second.error();
      } else {
        computed(key, unless_there, life...);
      }
      return true;
    } catch (const AlreadyThere&) {
      return false;
    }
  }

  static consteval void check_tags() {
    static_assert(has_tags,
                  "[ashlar] Invalidating: these entries have no tags; write Tagged<V> for the value of the tiers "
                  "instead of Stamped<V>");
  }
  static consteval void check_text() {
    static_assert(has_text_keys,
                  "[ashlar] Invalidating: a pattern needs keys that are text; use std::string for key_type, or "
                  "invalidate by tag");
  }
  template <class Q>
  static std::string_view text_of(const Q& key) noexcept {
    if constexpr (std::convertible_to<const Q&, std::string_view>) {
      return key;
    } else {
      return {};
    }
  }
  static std::span<const std::uint64_t> tags_of([[maybe_unused]] const Entry& entry) noexcept {
    if constexpr (has_tags) {
      return entry.tags;
    } else {
      return {};
    }
  }
  template <class Q>
  bool stale(const Q& key, const Entry& entry, std::uint64_t since) const {
    return log_->stale(text_of(key), entry.born, tags_of(entry), since);
  }
  template <class T>
  static const Entry& entry_in(const T& found) noexcept {
    if constexpr (std::same_as<T, Entry>) {
      return found;
    } else {
      return found.value;
    }
  }
  // A stale entry above may hide a fresh one below.
  template <class Q, class Read>
  auto fresh(const Q& key, Read read) -> decltype(read()) {
    for (int attempt = 0; attempt < most_attempts;) {
      const auto since = log_->reading();
      auto found = read();
      if (!found || !stale(key, entry_in(*found), since)) return found;
      attempt += log_->reading() == since;  // else a sweep came between
      bury(key);
    }
    return std::nullopt;
  }
  template <class Q>
  void bury(const Q& key) {
    static_cast<void>(cache_.erase_if(detail::as_key<key_type>(key), [&](const Entry& entry) {
      return log_->covers(text_of(key), entry.born, tags_of(entry));
    }));
  }
  static std::optional<mapped_type> value_of(std::optional<Entry>&& found) {
    if (!found) return std::nullopt;
    return std::move(found->value);
  }
  template <class V>
  static Entry made(V&& value, Tags tags = {}) {
    return made_at(InvalidationLog::now(), std::forward<V>(value), std::move(tags));
  }
  template <class V>
  static Entry made_at(InvalidationStamp when, V&& value, [[maybe_unused]] Tags tags = {}) {
    if constexpr (has_tags) {
      return Entry{std::forward<V>(value), when, std::move(tags).ids()};
    } else {
      return Entry{std::forward<V>(value), when};
    }
  }
  template <class V>
  static Entry made_after(const Entry& former, InvalidationStamp when, V&& value) {
    Entry entry = made_at(std::max(former.born, when), std::forward<V>(value));
    if constexpr (has_tags) entry.tags = former.tags;
    return entry;
  }
  Result<std::size_t> sweep(std::chrono::nanoseconds keep) {
    const std::lock_guard one_at_a_time{sweeping_};
    return detail::sweep(*log_, keep, [&](const auto& doomed) { return cache_.erase_matching(doomed); });
  }
  void keep_bounded() {
    if (!own_) return;
    const auto exceeded = [&] {
      return log_->patterns() > options_.max_patterns || log_->names() > options_.max_names;
    };
    if constexpr (can_sweep) {
      if (options_.max_patterns == 0 || exceeded()) static_cast<void>(sweep(options_.keep));
    }
    if (exceeded()) log_->collapse(InvalidationLog::next());
  }

  InvalidationOptions options_;
  std::unique_ptr<InvalidationLog> own_;
  InvalidationLog* log_;
  std::mutex sweeping_;
  C cache_;
};

}  // namespace ashlar::inline v0
