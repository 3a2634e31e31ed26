// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <ashlar/cache/concepts.hpp>
#include <ashlar/cache/detail/levels.hpp>
#include <ashlar/cache/detail/loaded_as.hpp>
#include <ashlar/cache/monitor/durations.hpp>
#include <ashlar/core/error.hpp>

namespace ashlar::inline v0::detail {

/// What a cache does after a miss above: reads below, fills, loads, stores what was loaded.
template <class Upper, class Lower, class Strategy>
class Reader {
 public:
  using Rules = typename RulesOf<Strategy>::type;
  using Levels = detail::Levels<Upper, Lower, Rules>;
  using Writer = typename Strategy::template Writer<Levels>;
  using Table = typename Levels::FlightTable;
  using Ticket = typename Levels::Ticket;
  using K = typename Levels::key_type;
  using V = typename Levels::mapped_type;
  using Outcome = detail::Brought<V>;
  static constexpr bool null_above = holds_nothing<Upper>;
  static constexpr bool null_below = holds_nothing<Lower>;

  Reader(Levels& levels, Writer& writer) noexcept : levels_{levels}, writer_{writer} {}

  /// Reads what lies below a miss above, together with whoever else wants it.
  std::optional<Timed<V>> from_below(const K& key) {
    std::optional<Timed<V>> found = [&]() -> std::optional<Timed<V>> {
      if constexpr (null_below) {
        return std::nullopt;
      } else if constexpr (null_above) {
        return levels_.shown(look_below(key));
      } else {
        if (levels_.negatives_.knows(key)) return std::nullopt;
        bool joined = false;
        Outcome brought = levels_.flights_.run(
            FlightKind::fill, key, [&] { return there_already(key); },
            [&](const Ticket& ticket) { return Outcome{fetch(key, ticket), std::nullopt}; }, joined);
        if (joined) levels_.joined_.add();
        return std::move(brought.found);
      }
    }();
    (found ? levels_.hits_below_ : levels_.misses_).add();
    return found;
  }

  /// The value of `key`, which is not above, from below or from the loader, which returns an `R`.
  template <class R, class Loader>
  typename LoadedAs<R, V>::type load(const K& key, Loader& loader) {
    using As = LoadedAs<R, V>;
    for (;;) {
      if (As::may_find_nothing && levels_.negatives_.knows(key)) {
        levels_.misses_.add();
        return As::result(Outcome{});
      }
      bool joined = false;
      Outcome brought = levels_.flights_.run(
          FlightKind::load, key, [&] { return there_already(key); },
          [&](const Ticket& ticket) { return below_or_loaded<As>(key, loader, ticket); }, joined);
      if (joined) levels_.joined_.add();
      // A caller whose loader always brings a value may have joined one whose loader found nothing.
      if (!As::may_find_nothing && !brought.found && !brought.error) continue;
      return As::result(std::move(brought));
    }
  }

  /// Fills the gaps of `out`: from below, from loads under way, and the rest by one call `loader(missing)`.
  template <class Loader>
  void load_many(std::span<const K> keys, std::span<std::optional<V>> out, Loader& loader) {
    std::vector<Mine> mine;
    std::vector<std::pair<std::size_t, Ticket>> others;
    try {
      enter_many(keys, out, mine, others);
      fly_many(
          keys, mine, loader, [&](const K& key, const Ticket& ticket) { return fetch(key, ticket); },
          [&](const Mine& one, const Outcome& brought) {
            if (brought.found) out[one.at].emplace(brought.found->value);
          });
    } catch (...) {
      crash_many(keys, mine);
      throw;
    }
    join_many(
        keys, out, others, [](const K&, const Ticket& ticket) { return ticket->wait(ticket); },
        [&](std::span<const K> again, std::span<std::optional<V>> found) { load_many(again, found, loader); });
  }

 protected:
  struct Mine {
    std::size_t at;
    Ticket ticket;
    bool landed = false;
  };

  // What fills the gaps of `out`: values that are there by now, flights of others, and new ones of this call.
  void enter_many(std::span<const K> keys, std::span<std::optional<V>> out, std::vector<Mine>& mine,
                  std::vector<std::pair<std::size_t, Ticket>>& others) {
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (out[i] || levels_.negatives_.knows(keys[i])) continue;
      mine.reserve(mine.size() + (keys.size() - i));  // no flight that was entered is lost
      auto entered = levels_.flights_.enter(FlightKind::load, keys[i], [&] { return there_already(keys[i]); });
      if (entered.there) {
        out[i].emplace(std::move(entered.there->found->value));
      } else if (entered.joined) {
        others.emplace_back(i, std::move(entered.ticket));
      } else {
        mine.push_back({i, std::move(entered.ticket)});
      }
    }
  }
  // Waits for flights of others by `wait(key, ticket)`; `load(keys, out)` brings what they gave up before it began.
  template <class Wait, class Load>
  void join_many(std::span<const K> keys, std::span<std::optional<V>> out,
                 const std::vector<std::pair<std::size_t, Ticket>>& others, Wait wait, Load load) {
    std::vector<std::size_t> left;
    std::vector<K> left_keys;
    for (const auto& [i, ticket] : others) {
      levels_.joined_.add();
      try {
        const Outcome brought = wait(keys[i], ticket);
        if (brought.error) throw *brought.error;
        if (brought.found) out[i].emplace(brought.found->value);
      } catch (const GivenUp&) {
        left.push_back(i);
        left_keys.push_back(keys[i]);
      }
    }
    if (left.empty()) return;
    std::vector<std::optional<V>> found(left.size());
    load(std::span<const K>{left_keys}, std::span{found});
    for (std::size_t n = 0; n < left.size(); ++n) out[left[n]] = std::move(found[n]);
  }
  // Gives up what has not landed, for the exception that is being handled.
  void crash_many(std::span<const K> keys, const std::vector<Mine>& mine) {
    for (const Mine& one : mine) {
      if (!one.landed) levels_.flights_.crash(FlightKind::load, keys[one.at], one.ticket, std::current_exception());
    }
  }

  // What is to be written hides what the lower tier has.
  Result<std::optional<Timed<V>>> try_look_below(const K& key) {
    if constexpr (deferring_strategy<Strategy>) {
      if (auto pending = writer_.pending(key)) return *std::move(pending);
    }
    return levels_.try_below(key);
  }
  std::optional<Timed<V>> look_below(const K& key) {
    auto found = try_look_below(key);
    return found ? *std::move(found) : std::nullopt;
  }
  std::optional<Timed<V>> fetch(const K& key, const Ticket& ticket) {
    auto found = look_below(key);
    if (found) {
      levels_.fill(key, found->value, found->ttl == forever ? Lifetime{} : Lifetime{found->ttl}, ticket);
    }
    return levels_.shown(std::move(found));
  }
  // Another flight may have landed between the miss above, which is counted, and the look into the table.
  std::optional<Outcome> there_already(const K& key) {
    auto found = glance_timed(levels_.upper_, key);
    if (!found) return std::nullopt;
    auto seen = levels_.shown(*std::move(found));
    if (!seen) return std::nullopt;
    return Outcome{std::move(seen), std::nullopt};
  }

  template <class As, class Loader>
  Outcome below_or_loaded(const K& key, Loader& loader, const Ticket& ticket) {
    if constexpr (!null_below) {
      if (auto found = fetch(key, ticket)) {
        levels_.hits_below_.add();
        return {std::move(found), std::nullopt};
      }
    }
    levels_.misses_.add();
    Lifetime life;
    bool store = true;
    Outcome brought = counted([&] { return As::outcome(std::invoke(loader, key), life, store); });
    (brought.error ? levels_.failed_loads_ : levels_.loads_).add();
    if (store) keep(key, brought, life, ticket);
    return brought;
  }
  struct Stopwatch {
    DurationHistogram& times;
    std::chrono::steady_clock::time_point begun = std::chrono::steady_clock::now();
    ~Stopwatch() { times.record(std::chrono::steady_clock::now() - begun); }
  };
  template <class F>
  auto counted(F load) {
    const Stopwatch stopwatch{levels_.load_times_};
    try {
      return load();
    } catch (...) {
      levels_.failed_loads_.add();
      throw;
    }
  }

  // Stores what was loaded on both levels, unless a write was faster; remembers that nothing was.
  void keep(const K& key, const Outcome& brought, Lifetime life, const Ticket& ticket) {
    if (brought.error) return;
    if (!brought.found) {
      if constexpr (Rules::any) forget(key, ticket);
      return levels_.remember_nothing(key, life, ticket);
    }
    levels_.negatives_.remove(key);
    const V& value = brought.found->value;
    constexpr bool can_expire = (holds_nothing<Upper> || expiring_tier<Upper>) &&
                                (holds_nothing<Lower> || source_tier<Lower> || expiring_tier<Lower>);
    life = levels_.plan(key, life);
    if (life.over() || (!can_expire && life.given() && life.ttl() != forever)) return;
    if constexpr (null_below || source_tier<Lower>) {
      levels_.fill(key, value, life, ticket);
    } else {
      const typename Table::Writing writing{levels_.flights_, key};
      if (levels_.flights_.beaten(key, ticket)) {
        levels_.beaten_.add();
      } else if constexpr (deferring_strategy<Strategy>) {
        static_cast<void>(writer_.put(key, value, life));
      } else {
        static_cast<void>(levels_.put_below(key, value, life));
        levels_.fill(key, value, life, ticket);
      }
    }
  }

  // What there is of `key`, stale or not, that is not over.
  std::optional<Timed<V>> still_there(const K& key) {
    std::optional<Timed<V>> seen;
    if constexpr (!null_above) seen = levels_.read_above(key);
    if constexpr (!null_below && !source_tier<Lower>) {
      if (!seen) seen = look_below(key);
    }
    if (seen && levels_.rules_.age(key, *seen) == Age::over) seen.reset();
    return seen;
  }
  // There is no value any more: an old one that rules kept may not stay.
  void forget(const K& key, const Ticket& ticket) {
    const auto drop_above = [&] {
      static_cast<void>(
          levels_.flights_.store_unless_beaten(key, ticket, [&] { static_cast<void>(remove(levels_.upper_, key)); }));
    };
    if constexpr (null_below || source_tier<Lower>) {
      drop_above();
    } else {
      const typename Table::Writing writing{levels_.flights_, key};
      if (levels_.flights_.beaten(key, ticket) || !still_there(key)) return;
      if constexpr (deferring_strategy<Strategy>) {
        if (writer_.pending(key)) return;
      }
      static_cast<void>(levels_.erase_below(key));
      drop_above();
    }
  }

  // Lands every flight of `mine`: by what `below(key, ticket)` finds, the rest by one call of the loader.
  // `landed(one, outcome)` is told of each.
  template <class Loader, class Below, class Landed>
  void fly_many(std::span<const K> keys, std::vector<Mine>& mine, Loader& loader, Below below, Landed landed) {
    const auto land = [&](Mine& one, const Outcome& brought) {
      landed(std::as_const(one), brought);
      levels_.flights_.land(FlightKind::load, keys[one.at], one.ticket, brought);
      one.landed = true;
    };
    const Flying flying;
    std::vector<K> missing;
    std::vector<Mine*> missing_mine;
    for (Mine& one : mine) {
      if constexpr (!null_below) {
        if (auto found = below(keys[one.at], one.ticket)) {
          levels_.hits_below_.add();
          land(one, Outcome{std::move(found), std::nullopt});
          continue;
        }
      }
      levels_.misses_.add();
      missing.push_back(keys[one.at]);
      missing_mine.push_back(&one);
    }
    if (missing.empty()) return;
    auto loaded = counted([&] {
      auto answers = std::invoke(loader, std::span<const K>{missing});
      if (answers.size() == missing.size()) return answers;
      throw Error{ErrorCode::invalid_argument, "get_or_load_many: the loader returned " +
                                                   std::to_string(answers.size()) + " answers for " +
                                                   std::to_string(missing.size()) + " keys; return one for each"};
    });
    levels_.loads_.add();
    using R = std::remove_cvref_t<decltype(loaded[0])>;
    for (std::size_t i = 0; i < missing.size(); ++i) {
      Lifetime life;
      bool store = true;
      const Outcome brought = LoadedAs<R, V>::outcome(R{std::move(loaded[i])}, life, store);
      if (store) keep(missing[i], brought, life, missing_mine[i]->ticket);
      land(*missing_mine[i], brought);
    }
  }

  Levels& levels_;
  Writer& writer_;
};

}  // namespace ashlar::inline v0::detail
