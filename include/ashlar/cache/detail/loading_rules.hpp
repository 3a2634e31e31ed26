// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <tuple>
#include <type_traits>

#include <ashlar/cache/jitter.hpp>
#include <ashlar/cache/lifetime.hpp>
#include <ashlar/cache/loading/options.hpp>
#include <ashlar/cache/loading/runner.hpp>
#include <ashlar/core/clock.hpp>

namespace ashlar::inline v0::detail {

/// What may be done with a value that a tier still has.
enum class Age : std::uint8_t {
  fresh,  // given
  due,    // given, and to be renewed
  stale,  // given to who loads, and to be renewed
  last,   // given instead of an error
  over,   // given to nobody
};

template <class O>
inline constexpr bool refreshes_by_entry = false;
template <class F>
inline constexpr bool refreshes_by_entry<RefreshAheadBy<F>> = true;

template <class O>
inline constexpr bool is_loading_option =
    std::same_as<O, FreshFor> || std::same_as<O, StaleWhileRevalidate> || std::same_as<O, StaleIfError> ||
    std::same_as<O, RefreshAhead> || refreshes_by_entry<O> || std::same_as<O, SoftTimeout> ||
    std::same_as<O, HardTimeout> || std::same_as<O, Jitter> || load_runner<O> || clock<O>;

/// The options of `Loading`, whatever their order. Inside of a cache with rules every life is the physical one: that
/// of the value and, after it, the time for which the value is kept as a stale one. `plan` makes it where a value
/// enters, `left` takes it apart where one leaves.
template <class... O>
class LoadingRules {
  static_assert((is_loading_option<O> && ...),
                "[ashlar] Loading: an option is none that it knows; give FreshFor, StaleWhileRevalidate, StaleIfError, "
                "RefreshAhead, RefreshAheadBy, SoftTimeout, HardTimeout, Jitter, a runner (RunInline, RunWhenTold, "
                "RunOnThreads) or a clock");
  template <class T>
  static constexpr int count = (0 + ... + std::same_as<O, T>);
  static_assert(((count<O> == 1) && ...) && (0 + ... + load_runner<O>) < 2 && (0 + ... + clock<O>) < 2 &&
                    (0 + ... + (std::same_as<O, RefreshAhead> || refreshes_by_entry<O>)) < 2,
                "[ashlar] Loading: two options of one kind; keep one");

  template <class Default, template <class> class Is, class... T>
  struct Pick {
    using type = Default;
  };
  template <class Default, template <class> class Is, class First, class... Rest>
  struct Pick<Default, Is, First, Rest...> {
    using type =
        typename std::conditional_t<Is<First>::value, std::type_identity<First>, Pick<Default, Is, Rest...>>::type;
  };
  template <class T>
  using IsRunner = std::bool_constant<load_runner<T>>;
  template <class T>
  using IsClock = std::bool_constant<clock<T>>;
  template <class T>
  using IsByEntry = std::bool_constant<refreshes_by_entry<T>>;
  struct None {};
  using ByEntry = typename Pick<None, IsByEntry, O...>::type;

 public:
  using runner_type = typename Pick<RunInline, IsRunner, O...>::type;
  using clock_type = typename Pick<std::chrono::steady_clock, IsClock, O...>::type;
  template <class T>
  static constexpr bool has = count<T> == 1;
  static constexpr bool any = sizeof...(O) > 0;
  static constexpr bool keeps_stale = has<StaleWhileRevalidate> || has<StaleIfError>;
  static constexpr bool refreshes_ahead = has<RefreshAhead> || !std::same_as<ByEntry, None>;
  static constexpr bool renews = has<StaleWhileRevalidate> || refreshes_ahead;
  static constexpr bool bounds_waits = has<SoftTimeout> || has<HardTimeout>;
  static constexpr bool plans = keeps_stale || has<FreshFor> || has<Jitter>;
  static constexpr bool needs_time = plans || refreshes_ahead;
  static constexpr bool tells_ages = keeps_stale || refreshes_ahead;
  static_assert(!has<SoftTimeout> || keeps_stale,
                "[ashlar] Loading: SoftTimeout answers with a stale value; add StaleIfError or StaleWhileRevalidate");
  static_assert(!bounds_waits || !runner_type::runs_inline,
                "[ashlar] Loading: a load that runs inline cannot time out; add a runner, such as RunOnThreads");

  LoadingRules() = default;
  explicit LoadingRules(const std::tuple<O...>& options) : options_{options} {}

  clock_type time_source() const {
    if constexpr ((clock<O> || ...)) {
      return std::get<clock_type>(options_);
    } else {
      return {};
    }
  }
  runner_type runner() const {
    if constexpr ((load_runner<O> || ...)) {
      return std::get<runner_type>(options_);
    } else {
      return {};
    }
  }
  template <class T>
  const T& get() const noexcept {
    return std::get<T>(options_);
  }

  /// How long tiers keep a value after its life; a window without end is cut, or no value would ever grow stale.
  std::chrono::nanoseconds kept() const noexcept {
    std::chrono::nanoseconds most{0};
    if constexpr (has<StaleWhileRevalidate>) most = std::max(most, get<StaleWhileRevalidate>().window);
    if constexpr (has<StaleIfError>) most = std::max(most, get<StaleIfError>().window);
    return std::min(most, forever / 4);
  }
  /// The moment `wait` after `start`; the last there is where it lies beyond.
  static typename clock_type::time_point after(typename clock_type::time_point start, std::chrono::nanoseconds wait) {
    using Duration = typename clock_type::duration;
    constexpr auto last = clock_type::time_point::max();
    const bool counts_up = start.time_since_epoch() > Duration::zero();
    const auto ticks = std::chrono::ceil<Duration>(wait);
    return counts_up && ticks > last - start ? last : start + ticks;
  }
  /// How long after a failure no renewal begins.
  std::chrono::nanoseconds rest() const noexcept {
    std::chrono::nanoseconds longest{0};
    if constexpr (has<StaleWhileRevalidate>) longest = std::max(longest, get<StaleWhileRevalidate>().rest);
    if constexpr (has<StaleIfError>) longest = std::max(longest, get<StaleIfError>().rest);
    if constexpr (has<RefreshAhead>) longest = std::max(longest, get<RefreshAhead>().rest);
    if constexpr (!std::same_as<ByEntry, None>) longest = std::max(longest, get<ByEntry>().rest);
    return longest;
  }

  /// When before its end a value is due: short of the life that values have by default, or each read would renew them.
  std::chrono::nanoseconds lead() const noexcept
    requires has<RefreshAhead>
  {
    const std::chrono::nanoseconds given = get<RefreshAhead>().lead;
    if constexpr (has<FreshFor>) {
      if (given >= get<FreshFor>().ttl) return get<FreshFor>().ttl / 2;
    }
    return given;
  }

  /// For how long the tiers are to keep a value that is to live for `life`. Lives of one key that begin at different
  /// times are spread differently.
  Lifetime plan(Lifetime life, std::uint64_t key_hash) const {
    if constexpr (has<FreshFor>) {
      if (!life.given()) life = get<FreshFor>().ttl;
    }
    if (!life.given() || life.over() || life.ttl() == forever) return life;
    std::chrono::nanoseconds ttl = life.ttl();
    if constexpr (has<Jitter>) {
      const auto now = static_cast<std::uint64_t>(time_source().now().time_since_epoch().count());
      ttl = get<Jitter>()(ttl, hash_mix(key_hash) ^ now);
    }
    return Lifetime{kept() >= forever - ttl ? forever : ttl + kept()};
  }
  /// What is left of a value's own life, of which a tier says that it is kept for `physical`; negative when stale.
  std::chrono::nanoseconds left(std::chrono::nanoseconds physical) const noexcept {
    return physical == forever ? forever : physical - kept();
  }
  template <class K, class V>
  Age age(const K& key, const Timed<V>& seen) const {
    const std::chrono::nanoseconds own = left(seen.ttl);
    if (own == forever) return Age::fresh;
    if (own > own.zero()) {
      if constexpr (has<RefreshAhead>) {
        if (own <= lead()) return Age::due;
      } else if constexpr (refreshes_ahead) {
        if (own <= std::invoke(get<ByEntry>().f, key, seen.value)) return Age::due;
      }
      return Age::fresh;
    }
    if constexpr (has<StaleWhileRevalidate>) {
      if (-own < get<StaleWhileRevalidate>().window) return Age::stale;
    }
    if constexpr (has<StaleIfError>) {
      if (-own < get<StaleIfError>().window) return Age::last;
    }
    return Age::over;
  }

 private:
  [[no_unique_address]] std::tuple<O...> options_;
};

template <class S>
struct RulesOf {
  using type = LoadingRules<>;
  static type of(const S&) { return {}; }
};
template <class S>
  requires requires { typename S::loading_rules; }
struct RulesOf<S> {
  using type = typename S::loading_rules;
  static type of(const S& strategy) { return strategy.rules(); }
};

}  // namespace ashlar::inline v0::detail
