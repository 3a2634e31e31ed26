// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include <ashlar/cache/cache.hpp>
#include <ashlar/cache/detail/owned_loader.hpp>
#include <ashlar/cache/detail/region_parts.hpp>
#include <ashlar/cache/detail/region_tiers.hpp>
#include <ashlar/cache/invalidation/invalidating.hpp>
#include <ashlar/cache/jitter.hpp>
#include <ashlar/cache/loading/loaded.hpp>
#include <ashlar/cache/regions/region.hpp>
#include <ashlar/cache/regions/region_tier.hpp>
#include <ashlar/cache/store_tier.hpp>
#include <ashlar/core/hash.hpp>
#include <ashlar/simd/glob.hpp>
#include <ashlar/store/in_memory.hpp>

namespace ashlar::inline v0 {

/// What a region has counted, for reports.
struct RegionStats {
  std::string_view name;
  std::uint64_t hits_above = 0;    ///< reads served from this process's memory
  std::uint64_t misses_above = 0;  ///< reads that memory could not serve
  CacheStats cache;

  /// Reads served by any tier, by all reads; 0 before the first.
  double hit_ratio() const noexcept {
    const auto hits = static_cast<double>(hits_above + cache.hits_below);
    const auto reads = hits + static_cast<double>(cache.misses);
    return reads > 0 ? hits / reads : 0;
  }
};

/// A table of caches by kind of data: one strategy, time to live and place for each, all in one memory budget, all over
/// one shared lower tier, where keys are `name:key`.
///
///     using Caches = Regions<Region<"product_info", Product, WriteThrough, ttl(5min)>,
///                            Region<"inventory", Stock, CacheAside, ttl(1min), no_local>>;
///     Caches caches{bytes(64 << 20)};
///     caches.get<"product_info">("42");
///
/// `Parts…`, in any order: the regions; `Over<T>`, a lower tier of `std::string` to bytes that takes a time to live, by
/// default a store in memory; `PackWith<C>`, the compression of what goes there. A name that no region has does not
/// compile, and the message lists the regions.
/// Values must be serializable by `Binary`. Threads: every member may be called concurrently, except the destructor.
template <class... Parts>
class Regions {
  using Chosen = detail::RegionParts<Parts...>;
  using List = typename Chosen::regions;
  static_assert(detail::distinct_names<List>(), "[ashlar] Regions: two regions have the same name; rename one");

 public:
  using lower_type = typename Chosen::lower_type;
  static_assert(matching_tier<lower_type>,
                "[ashlar] Regions: the lower tier must remove entries by a predicate; add erase_matching(predicate)");
  static_assert(expiring_tier<lower_type>,
                "[ashlar] Regions: the lower tier must take a time to live and tell what is left of it; write "
                "Over<StoreTier<std::string, std::vector<std::byte>>>, or add put(key, value, ttl) and get_timed(key)");
  template <FixedString Name>
  using region_type = typename decltype(detail::find_region<Name, List>())::type;
  template <FixedString Name>
  using value_type = typename region_type<Name>::value_type;

  /// `budget`: the bytes that local copies of all regions take together. `lower`: what the lower tier is constructible
  /// from, or a function that returns it. `jitter`: how far times to live spread.
  template <class A>
    requires(detail::can_build<lower_type, A>())
  Regions(Bytes budget, A&& lower, Jitter jitter = {}, InvalidationOptions options = {})
      : memory_{budget}, lower_{detail::build<lower_type>(std::forward<A>(lower))}, jitter_{jitter}, options_{options} {
    make_caches(List{});
  }
  explicit Regions(Bytes budget, Jitter jitter = {}, InvalidationOptions options = {})
    requires std::default_initializable<lower_type>
      : memory_{budget}, jitter_{jitter}, options_{options} {
    make_caches(List{});
  }
  /// Sweeps, since the lower tier may outlive this.
  ~Regions() { static_cast<void>(sweep()); }
  Regions(const Regions&) = delete;
  Regions& operator=(const Regions&) = delete;

  /// The value, or nothing.
  template <FixedString Name>
  std::optional<value_type<Name>> get(std::string_view key) {
    return region<Name>().get(full<Name>(key));
  }
  template <FixedString Name>
  bool contains(std::string_view key) {
    return region<Name>().contains(full<Name>(key));
  }
  /// Stores a value for the region's time to live, or for `life`; both are spread by the jitter.
  template <FixedString Name>
  Result<void> put(std::string_view key, const value_type<Name>& value, Lifetime life = {}) {
    return region<Name>().put(full<Name>(key), value, spread<Name>(key, life));
  }
  /// The same with tags, for `invalidate_tag`.
  template <FixedString Name>
  Result<void> put(std::string_view key, const value_type<Name>& value, Tags tags, Lifetime life = {}) {
    return region<Name>().put(full<Name>(key), value, std::move(tags), spread<Name>(key, life));
  }
  /// As `Cache::get_or_load`; the loader gets the key without the region's name and returns the value or a `Tagged` of
  /// it, or a `std::optional` or a `Loaded` of either. What names no time to live gets the region's.
  template <FixedString Name, class Loader>
  auto get_or_load(std::string_view key, Loader&& loader) {
    using V = value_type<Name>;
    const auto call = [&] {
      if constexpr (std::invocable<Loader&, std::string_view>) {
        return std::invoke(loader, key);
      } else {
        return std::invoke(loader);
      }
    };
    const auto load = [&]() -> Loaded<Tagged<V>> {
      Loaded<Tagged<V>> loaded = as_loaded<V>(call());
      if (loaded.value) loaded.life = spread<Name>(key, loaded.life);
      return loaded;
    };
    const auto later = [&](auto) {
      return [this, own = detail::owned_loader(loader), name = std::string{key}]() mutable -> Loaded<Tagged<V>> {
        Loaded<Tagged<V>> loaded = [&] {
          if constexpr (std::invocable<Loader&, std::string_view>) {
            return as_loaded<V>(std::invoke(own, std::string_view{name}));
          } else {
            return as_loaded<V>(std::invoke(own));
          }
        }();
        if (loaded.value) loaded.life = spread<Name>(name, loaded.life);
        return loaded;
      };
    };
    std::optional<V> value = region<Name>().get_or_load(full<Name>(key), detail::LentLoader{load, later});
    if constexpr (std::same_as<decltype(call()), V>) {
      // The only loads of other callers that bring nothing are those of other loaders.
      return value ? *std::move(value) : call();
    } else if constexpr (std::same_as<decltype(call()), Tagged<V>>) {
      return value ? *std::move(value) : call().value;
    } else {
      return value;
    }
  }
  /// As `Cache::compute`; a value that follows none lives for the region's time, or for `life`.
  template <FixedString Name, class F>
  Result<void> compute(std::string_view key, F&& f, Lifetime life = {}) {
    return region<Name>().compute(full<Name>(key), std::forward<F>(f), spread<Name>(key, life));
  }
  /// Stores a value where none is, in one step among the users of this table; true when it did.
  template <FixedString Name>
  Result<bool> insert_if_absent(std::string_view key, const value_type<Name>& value, Lifetime life = {}) {
    return region<Name>().insert_if_absent(full<Name>(key), value, spread<Name>(key, life));
  }
  /// Removes a key as the region's strategy says; true when it was there.
  template <FixedString Name>
  Result<bool> erase(std::string_view key) {
    return region<Name>().erase(full<Name>(key));
  }

  /// The cache of a region, an `Invalidating` one. Its keys carry the region's name: `name:key`. What is put there without
  /// a time lives for ever: it does not know the region's.
  template <FixedString Name>
  auto& region() noexcept {
    return *std::get<detail::index_of<region_type<Name>, List>()>(caches_);
  }
  /// The region as a tier, for what wants one: `warm_smart(caches.as_tier<"product">(), …)`.
  template <FixedString Name>
  RegionTier<Regions, Name> as_tier() noexcept {
    return RegionTier<Regions, Name>{*this};
  }
  /// Calls `f(name, cache)` for every region, in the order of the table.
  template <class F>
  void for_each_region(F&& f) {
    each([&]<class R>(R, auto& cache) { std::invoke(f, R::name.view(), cache); });
  }

  /// Makes stale every entry whose key fits `pattern` (see `Glob`; it matches `name:key` as a whole), in every region and
  /// tier, and beats the loads in flight; what was made since `when` stays. Cost: does not depend on how many entries
  /// there are; see `Invalidating`.
  void invalidate(std::string_view pattern, InvalidationStamp when = InvalidationLog::next()) {
    Glob glob{pattern};
    const auto fits = [glob](const std::string& key) { return glob.matches(key); };
    log_.add_pattern(std::move(glob), when);
    each([&]<class R>(R, auto& cache) { cache.overtake(fits); });
    keep_bounded();
  }
  /// Makes stale every entry that has the tag, in every region and tier and in flight.
  void invalidate_tag(std::string_view tag, InvalidationStamp when = InvalidationLog::next()) {
    log_.add_tag(Tags::id(tag), when);
    keep_bounded();
  }
  /// Removes what is stale from every tier and returns how many copies there were; when the lower tier fails, the
  /// invalidations stay pending. Cost: looks at every entry, once for all that is pending.
  Result<std::size_t> sweep() {
    const std::lock_guard one_at_a_time{sweeping_};
    return detail::sweep(log_, options_.keep, [&](const detail::Doomed& doomed) -> Result<std::size_t> {
      each([&]<class R>(R, auto& cache) { cache.cache().overtake_and_wait(doomed); });
      Result<std::size_t> below = lower_.erase_matching([&](const std::string& key, const detail::EncodedValue& bytes) {
        ByteReader reader{bytes};
        detail::EntryAge age;
        return detail::read_age(reader, age) && doomed(key, age);
      });
      each([&]<class R>(R, auto& cache) { cache.overtake(doomed); });
      const std::size_t above = memory_.erase_matching(
          [&](const std::string& key, const detail::HeldValue& held) { return doomed(key, *held.value); });
      if (!below) return below.error().within("the lower tier could not forget what is stale");
      return *below + above;
    });
  }
  /// The invalidations that are pending.
  const InvalidationLog& log() const noexcept { return log_; }

  /// Writes what write-back regions have deferred.
  FlushReport flush() {
    FlushReport report;
    each([&]<class R>(R, auto& cache) {
      if constexpr (requires { cache.flush(); }) {
        FlushReport one = cache.flush();
        report.written += one.written;
        report.waiting += one.waiting;
        if (one.error) report.error = std::move(one.error);
      }
    });
    return report;
  }
  /// Drops expired local copies now, without waiting for reads, and sweeps; returns how many copies that were.
  Result<std::size_t> maintain() {
    Result<std::size_t> swept = sweep();
    const std::size_t expired = memory_.maintain();
    if (swept) *swept += expired;
    return swept;
  }

  template <FixedString Name>
  RegionStats stats() {
    return stats_of<region_type<Name>>();
  }
  /// One line for each region, in the order of the table.
  std::array<RegionStats, detail::size_of<List>> stats() { return all_stats(List{}); }
  /// Bytes of local copies, of all regions together, and the budget.
  std::uint64_t bytes_in_use() const noexcept { return memory_.weight(); }
  std::uint64_t bytes_allowed() const noexcept { return memory_.capacity(); }
  lower_type& lower() noexcept { return lower_; }

 private:
  template <class R>
  using UpperOf = std::conditional_t<R::keeps_local_copies, detail::LocalView<Tagged<typename R::value_type>>,
                                     NullTier<std::string, Tagged<typename R::value_type>>>;
  template <class R>
  using LowerOf = detail::SharedView<typename R::value_type, lower_type, typename Chosen::compression_type>;
  template <class R>
  using CacheOf = Invalidating<Cache<UpperOf<R>, LowerOf<R>, typename R::strategy_type>>;
  template <class... R>
  static std::tuple<std::unique_ptr<CacheOf<R>>...> caches_of(detail::TypeList<R...>);

  template <class... R>
  void make_caches(detail::TypeList<R...>) {
    (make_cache<R>(), ...);
  }
  template <class R>
  void make_cache() {
    constexpr std::size_t at = detail::index_of<R, List>();
    LowerOf<R> below{lower_, typename Chosen::compression_type{}};
    if constexpr (R::keeps_local_copies) {
      std::get<at>(caches_) = std::make_unique<CacheOf<R>>(log_, UpperOf<R>{memory_, counters_[at]}, std::move(below));
    } else {
      std::get<at>(caches_) = std::make_unique<CacheOf<R>>(log_, UpperOf<R>{}, std::move(below));
    }
  }
  template <class F>
  void each(F f) {
    [&]<class... R>(detail::TypeList<R...>) { (f(R{}, *std::get<detail::index_of<R, List>()>(caches_)), ...); }(List{});
  }
  template <class... R>
  std::array<RegionStats, sizeof...(R)> all_stats(detail::TypeList<R...>) {
    return {stats_of<R>()...};
  }
  template <class R>
  RegionStats stats_of() {
    constexpr std::size_t at = detail::index_of<R, List>();
    return {R::name.view(), counters_[at].hits.load(std::memory_order_relaxed),
            counters_[at].misses.load(std::memory_order_relaxed), std::get<at>(caches_)->stats()};
  }

  template <FixedString Name>
  static std::string full(std::string_view key) {
    std::string text;
    text.reserve(Name.size() + 1 + key.size());
    text.append(Name.view()).append(1, ':').append(key);
    return text;
  }
  template <FixedString Name>
  Lifetime spread(std::string_view key, Lifetime life) {
    const auto given = life.given() ? life.ttl() : region_type<Name>::time_to_live;
    const std::uint64_t nth = insertions_.fetch_add(1, std::memory_order_relaxed);
    return jitter_(given, hash_bytes(key) + nth * 0x9E37'79B9'7F4A'7C15u);
  }
  template <class V, class L>
  static Loaded<Tagged<V>> as_loaded(L&& loaded) {
    using Entry = Tagged<V>;
    if constexpr (std::same_as<L, Loaded<Entry>>) {
      return std::move(loaded);
    } else if constexpr (std::same_as<L, Loaded<V>>) {
      return {as_entry(std::move(loaded.value)), loaded.life, loaded.store};
    } else if constexpr (std::same_as<L, std::optional<Entry>>) {
      return {std::move(loaded), {}, true};
    } else if constexpr (std::same_as<L, std::optional<V>>) {
      return {as_entry(std::move(loaded)), {}, true};
    } else if constexpr (std::same_as<L, Entry>) {
      return Loaded<Entry>::found(std::move(loaded));
    } else {
      static_assert(std::same_as<L, V>,
                    "[ashlar] Regions: the loader must return the region's value, std::optional or Loaded of it");
      return Loaded<Entry>::found(Entry{std::move(loaded), 0, {}});
    }
  }
  template <class V>
  static std::optional<Tagged<V>> as_entry(std::optional<V>&& value) {
    if (!value) return std::nullopt;
    return Tagged<V>{*std::move(value), 0, {}};
  }
  void keep_bounded() {
    const auto exceeded = [&] { return log_.patterns() > options_.max_patterns || log_.names() > options_.max_names; };
    if (exceeded()) static_cast<void>(sweep());
    if (exceeded()) log_.collapse(InvalidationLog::next());
  }

  // The caches go first when the table is destroyed: a write-back region still writes to the lower tier then.
  detail::RegionMemory memory_;
  lower_type lower_;
  Jitter jitter_;
  InvalidationOptions options_;
  InvalidationLog log_;
  std::mutex sweeping_;
  std::atomic<std::uint64_t> insertions_{0};
  std::array<detail::RegionCounters, detail::size_of<List>> counters_;
  decltype(caches_of(List{})) caches_;
};

}  // namespace ashlar::inline v0
