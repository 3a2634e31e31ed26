// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>

#include <ashlar/cache/cache_stats.hpp>
#include <ashlar/cache/concepts.hpp>
#include <ashlar/cache/detail/flights.hpp>
#include <ashlar/cache/detail/loading_rules.hpp>
#include <ashlar/cache/detail/negatives.hpp>
#include <ashlar/cache/detail/tier_access.hpp>
#include <ashlar/cache/monitor/durations.hpp>

namespace ashlar::inline v0::detail {

/// What a flight brings: a value, nothing, or the error that a loader returned.
template <class V>
struct Brought {
  std::optional<Timed<V>> found;
  std::optional<Error> error;
};

class Counter {
 public:
  void add() noexcept { count_.fetch_add(1, std::memory_order_relaxed); }
  std::uint64_t get() const noexcept { return count_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> count_{0};
};

/// The two tiers of a cache with the work in flight between them. What a strategy's writer is given:
/// `put_above` and `drop_above` make a write visible and beat every read and load of the key that is under way.
template <class Upper, class Lower, class Rules = LoadingRules<>>
class Levels {
 public:
  using rules_type = Rules;
  using key_type = typename Upper::key_type;
  using mapped_type = typename Upper::mapped_type;
  using hasher = typename HashOf<Upper>::type;
  using FlightTable = Flights<key_type, Brought<mapped_type>, hasher>;
  using Ticket = typename FlightTable::Ticket;

  template <class A, class B>
  Levels(A&& upper, B&& lower, Rules rules = {})
      : rules_{std::move(rules)},
        upper_(build<Upper>(std::forward<A>(upper))),
        lower_(build<Lower>(std::forward<B>(lower))),
        negatives_{rules_.time_source()} {}
  Levels(const Levels&) = delete;
  Levels& operator=(const Levels&) = delete;

  /// Writes above and beats what is in flight. Errors: the upper tier's; it may then hold the old value still.
  Result<void> put_above(const key_type& key, const mapped_type& value, Lifetime life) {
    return noted(beat(key, [&] { return write(upper_, key, value, life); }), errors_above_);
  }
  /// Removes above and beats what is in flight; true when something was there.
  Result<bool> drop_above(const key_type& key) {
    return noted(beat(key, [&] { return remove(upper_, key); }), errors_above_);
  }
  /// Writes below, nothing else.
  Result<void> put_below(const key_type& key, const mapped_type& value, Lifetime life) {
    return noted(write(lower_, key, value, life), errors_below_);
  }
  /// Removes below, nothing else; true when something was there.
  Result<bool> erase_below(const key_type& key) { return noted(remove(lower_, key), errors_below_); }

  /// Runs `change()`, which makes a write visible, and beats what is in flight, in one step.
  template <class Change>
  auto beat(const key_type& key, Change change) {
    return flights_.beat(key, [&] {
      negatives_.remove(key);
      return change();
    });
  }
  /// Beats what is in flight for the keys that `covers` names.
  template <class Covers>
  void beat_if(Covers covers) {
    flights_.beat_if(covers);
    negatives_.remove_if(covers);
  }
  /// Remembers for a while that there is no value, unless the flight was beaten.
  void remember_nothing(const key_type& key, Lifetime life, const Ticket& ticket) {
    if (!life.given() || life.over()) return;
    if (!flights_.store_unless_beaten(key, ticket, [&] { negatives_.add(key, life.ttl()); })) beaten_.add();
  }

  /// Fills the upper tier with what was read or loaded, unless the flight was beaten. A value that expires is not
  /// put where it would not. Either way there is one, which ends a remembered "nothing".
  void fill(const key_type& key, const mapped_type& value, Lifetime life, const Ticket& ticket) {
    negatives_.remove(key);
    if (life.over()) return;
    if (!takes_a_lifetime<Upper> && life.given() && life.ttl() != forever) return;
    const bool stored = flights_.store_unless_beaten(
        key, ticket, [&] { static_cast<void>(noted(write(upper_, key, value, life), errors_above_)); });
    if (!stored) beaten_.add();
  }

  /// What the upper tier has, though it may be stale; a failure counts and is a miss.
  std::optional<Timed<mapped_type>> read_above(const key_type& key) {
    auto found = noted(read(upper_, key), errors_above_);
    return found ? *std::move(found) : std::nullopt;
  }
  /// What the lower tier has; a failure counts and is a miss.
  std::optional<Timed<mapped_type>> read_below(const key_type& key) {
    auto found = try_below(key);
    return found ? *std::move(found) : std::nullopt;
  }
  Result<std::optional<Timed<mapped_type>>> try_below(const key_type& key) {
    return alive(key, noted(read(lower_, key), errors_below_));
  }
  /// The same, recording no use where the tier can do so.
  Result<std::optional<Timed<mapped_type>>> glance_below(const key_type& key) {
    return alive(key, noted(glance_timed(lower_, key), errors_below_));
  }
  /// The clock that the cache goes by.
  auto time_source() const { return rules_.time_source(); }
  /// The life, on the tiers, of a value that enters the cache with `life`.
  Lifetime plan(const key_type& key, Lifetime life) const {
    if constexpr (Rules::plans) {
      return rules_.plan(life, static_cast<std::uint64_t>(hasher{}(key)));
    } else {
      return life;
    }
  }
  /// The life, on the tiers, of a value that is to live for `own` more.
  Lifetime held_for(std::chrono::nanoseconds own) const {
    const std::chrono::nanoseconds kept = rules_.kept();
    return own >= forever - kept ? forever : own + kept;
  }
  /// What a reader may see of what a tier has: nothing that is stale, and the value's own time.
  std::optional<Timed<mapped_type>> shown(std::optional<Timed<mapped_type>> found) const {
    if constexpr (Rules::keeps_stale) {
      if (found) {
        found->ttl = rules_.left(found->ttl);
        if (found->ttl <= std::chrono::nanoseconds::zero()) found.reset();
      }
    }
    return found;
  }

  template <class R>
  R noted(R result, Counter& errors) {
    if (!result) errors.add();
    return result;
  }

  CacheStats stats() const noexcept {
    return {hits_below_.get(),   misses_.get(),       loads_.get(), failed_loads_.get(), joined_.get(),  beaten_.get(),
            errors_above_.get(), errors_below_.get(), stale_.get(), renewals_.get(),     timeouts_.get()};
  }

  // What the lower tier has, unless its time is over.
  Result<std::optional<Timed<mapped_type>>> alive([[maybe_unused]] const key_type& key,
                                                  Result<std::optional<Timed<mapped_type>>> found) const {
    if (!found || !*found) return found;
    if ((*found)->ttl <= std::chrono::nanoseconds::zero()) return std::optional<Timed<mapped_type>>{};
    // What a source has begins its life when it is read.
    if constexpr (Rules::plans && source_tier<Lower>) {
      const Lifetime life = plan(key, (*found)->ttl == forever ? Lifetime{} : Lifetime{(*found)->ttl});
      if (life.given()) (*found)->ttl = life.ttl();
    }
    return found;
  }

  [[no_unique_address]] Rules rules_;
  Upper upper_;
  Lower lower_;
  FlightTable flights_;
  Negatives<key_type, hasher, typename Rules::clock_type> negatives_;
  DurationHistogram load_times_;
  Counter hits_below_, misses_, loads_, failed_loads_, joined_, beaten_, errors_above_, errors_below_;
  Counter stale_, renewals_, timeouts_;
};

}  // namespace ashlar::inline v0::detail
