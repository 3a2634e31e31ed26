// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <chrono>
#include <concepts>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include <ashlar/cache/detail/gate.hpp>
#include <ashlar/cache/detail/owned_loader.hpp>
#include <ashlar/cache/detail/reader.hpp>

namespace ashlar::inline v0::detail {

/// The loader of a plain read: brings what lies below and no more.
struct NoLoader {};

/// A reader that follows the rules of `Loading`: gives values by age, renews them, bounds the waiting.
template <class Upper, class Lower, class Strategy>
class RuledReader : public Reader<Upper, Lower, Strategy> {
  using Base = Reader<Upper, Lower, Strategy>;
  using Base::levels_;
  using Base::null_above;
  using Base::null_below;
  using typename Base::Outcome;
  using typename Base::Rules;
  using typename Base::Ticket;
  static constexpr bool over_source = source_tier<Lower>;

 public:
  using typename Base::K;
  using typename Base::Levels;
  using typename Base::V;
  using typename Base::Writer;

  RuledReader(Levels& levels, Writer& writer)
      : Base{levels, writer}, runner_{levels.rules_.runner()}, rests_{levels.rules_.time_source()} {}
  RuledReader(const RuledReader&) = delete;
  RuledReader& operator=(const RuledReader&) = delete;
  ~RuledReader() { gate_->close(); }

  /// A read without a loader, with the time that the value has left; the least there is where it is stale.
  std::optional<Timed<V>> get(const K& key) {
    constexpr NoLoader none;
    Outcome brought = answer<LoadedAs<std::optional<V>, V>>(key, none);
    if (!brought.found) return std::nullopt;
    brought.found->ttl = std::max(levels_.rules_.left(brought.found->ttl), std::chrono::nanoseconds{1});
    return std::move(brought.found);
  }

  template <class R, class Loader>
  typename LoadedAs<R, V>::type load(const K& key, Loader& loader) {
    return LoadedAs<R, V>::result(answer<LoadedAs<R, V>>(key, loader));
  }

  /// As without rules; what is stale is loaded again, and given where that fails for all of it.
  template <class Loader>
  void load_many(std::span<const K> keys, std::span<std::optional<V>> out, Loader& loader) {
    try {
      Base::load_many(keys, out, loader);
    } catch (...) {
      if (!fill_with_stale(keys, out)) throw;
    }
  }

 private:
  template <class Loader>
  static constexpr bool only_reads = std::same_as<std::remove_cv_t<Loader>, NoLoader>;
  template <class Loader>
  static constexpr FlightKind lane = only_reads<Loader> ? FlightKind::fill : FlightKind::load;

  template <class As, class Loader>
  Outcome answer(const K& key, Loader& loader) {
    constexpr bool can_renew = !only_reads<Loader> || over_source;
    if constexpr (!null_above) {
      if (auto seen = levels_.read_above(key)) {
        switch (levels_.rules_.age(key, *seen)) {
          case Age::due:
            if constexpr (can_renew && Rules::refreshes_ahead) renew<As>(key, loader);
            [[fallthrough]];
          case Age::fresh: return {std::move(seen), std::nullopt};
          case Age::stale:
            if constexpr (can_renew && Rules::renews) {
              renew<As>(key, loader);
              levels_.stale_.add();
              return {std::move(seen), std::nullopt};
            }
            break;
          case Age::last:
            if (can_renew && rests_.knows(key)) {
              levels_.stale_.add();
              return {std::move(seen), std::nullopt};
            }
            break;
          case Age::over: break;
        }
      }
    }
    for (;;) {
      if (As::may_find_nothing && levels_.negatives_.knows(key)) {
        levels_.misses_.add();
        return Outcome{};
      }
      Outcome brought = fetch_together<As>(key, loader);
      // A caller whose loader always brings a value may have joined one whose loader found nothing.
      if (!As::may_find_nothing && !brought.found && !brought.error) continue;
      return brought;
    }
  }

  template <class As, class Loader>
  Outcome fetch_together(const K& key, Loader& loader) {
    auto entered = levels_.flights_.enter(lane<Loader>, key, [&] { return this->there_already(key); });
    if (entered.there) return *std::move(entered.there);
    if (entered.joined) {
      levels_.joined_.add();
    } else if (!Rules::bounds_waits || flights_of_this_thread() > 0) {
      return fly<As>(key, loader, entered.ticket, false);
    } else {
      hand_over<As>(key, loader, entered.ticket, false);
    }
    return wait(key, entered.ticket);
  }

  // Begins a load that nobody waits for, unless there is one or the last one failed a moment ago.
  template <class As, class Loader>
  void renew(const K& key, Loader& loader) {
    if (rests_.knows(key)) return;
    const auto new_already = [&]() -> std::optional<Outcome> {
      auto seen = levels_.read_above(key);
      if (!seen || levels_.rules_.age(key, *seen) != Age::fresh) return std::nullopt;
      return Outcome{std::move(seen), std::nullopt};
    };
    auto entered = levels_.flights_.enter(lane<Loader>, key, new_already);
    if (entered.there || entered.joined) return;
    levels_.renewals_.add();
    hand_over<As>(key, loader, entered.ticket, true);
  }

  // Gives the work to the runner. Whatever becomes of it, the flight lands.
  template <class As, class Loader>
  void hand_over(const K& key, const Loader& loader, const Ticket& ticket, bool renewal) {
    try {
      ticket->offer([this, key, own = owned_loader(loader), ticket, renewal](bool run) mutable {
        if (!run) {
          levels_.flights_.crash(lane<Loader>, key, ticket,
                                 std::make_exception_ptr(Error{ErrorCode::busy, "cache: the runner dropped the load"}));
          return;
        }
        ticket->owner.store(this_thread_number(), std::memory_order_relaxed);
        try {
          static_cast<void>(fly<As>(key, own, ticket, renewal));
        } catch (...) {  // the flight has it
        }
      });
    } catch (...) {
      levels_.flights_.crash(lane<Loader>, key, ticket, std::current_exception());
      return;
    }
    const auto parcel = std::make_shared<Parcel>(ticket, gate_);
    try {
      // Refused: nobody waits for a renewal, and who needs the value loads it here.
      if (!runner_.run([parcel] { parcel->open(true); }) && !renewal) parcel->open(true);
    } catch (...) {
      parcel->open(!renewal);
    }
  }
  // The work of a flight on its way to a thread; lost on the way, it is given up.
  class Parcel {
   public:
    Parcel(Ticket ticket, std::shared_ptr<Gate> gate) : ticket_{std::move(ticket)}, gate_{std::move(gate)} {}
    Parcel(const Parcel&) = delete;
    Parcel& operator=(const Parcel&) = delete;
    ~Parcel() { open(false); }
    void open(bool run) {
      const bool entered = gate_->enter();
      {
        const auto work = ticket_->take();
        if (work && entered) work(run);
      }
      if (entered) gate_->leave();
    }

   private:
    Ticket ticket_;
    std::shared_ptr<Gate> gate_;
  };

  // Does the work of a flight on this thread and lands it.
  template <class As, class Loader>
  Outcome fly(const K& key, Loader& loader, const Ticket& ticket, bool renewal) {
    try {
      Outcome outcome = [&] {
        const Flying flying;
        return bring<As>(key, loader, ticket, renewal);
      }();
      levels_.flights_.land(lane<Loader>, key, ticket, outcome);
      return outcome;
    } catch (...) {
      levels_.flights_.crash(lane<Loader>, key, ticket, std::current_exception());
      throw;
    }
  }

  template <class As, class Loader>
  Outcome bring(const K& key, Loader& loader, const Ticket& ticket, bool renewal) {
    std::optional<Error> failed_below;
    if constexpr (!null_below) {
      Result<std::optional<Timed<V>>> found = this->try_look_below(key);
      if (!found) {
        failed_below = found.error();
      } else if (*found) {
        const Age age = levels_.rules_.age(key, **found);
        const Timed<V>& seen = **found;
        levels_.fill(key, seen.value, seen.ttl == forever ? Lifetime{} : Lifetime{seen.ttl}, ticket);
        if (age == Age::fresh || (age == Age::due && (!renewal || only_reads<Loader>))) {
          levels_.hits_below_.add();
          return {*std::move(found), std::nullopt};
        }
      }
    }
    levels_.misses_.add();
    if constexpr (only_reads<Loader>) {
      if (failed_below) {
        if (auto kept = kept_value(key, over_source, renewal)) return {std::move(kept), std::nullopt};
      } else if (over_source && renewal) {
        this->forget(key, ticket);
      }
      return {std::nullopt, std::nullopt};
    } else {
      return loaded<As>(key, loader, ticket, renewal);
    }
  }

  template <class As, class Loader>
  Outcome loaded(const K& key, Loader& loader, const Ticket& ticket, bool renewal) {
    Lifetime life;
    bool store = true;
    Outcome brought;
    try {
      brought = this->counted([&] { return As::outcome(std::invoke(loader, key), life, store); });
    } catch (...) {
      if (auto kept = kept_value(key, true, renewal)) return {std::move(kept), std::nullopt};
      throw;
    }
    (brought.error ? levels_.failed_loads_ : levels_.loads_).add();
    if (brought.error) {
      if (auto kept = kept_value(key, true, renewal)) return {std::move(kept), std::nullopt};
    } else if (store) {
      this->keep(key, brought, life, ticket);
    }
    return brought;
  }

  // After a failure: what there is of `key` that may be given in place of the error. Who began a renewal has it.
  std::optional<Timed<V>> kept_value(const K& key, bool rest, bool renewal) {
    if (rest && levels_.rules_.rest() > std::chrono::nanoseconds::zero()) rests_.add(key, levels_.rules_.rest());
    std::optional<Timed<V>> kept;
    if constexpr (Rules::keeps_stale || Rules::refreshes_ahead) {
      kept = this->still_there(key);
      if (kept && !renewal) levels_.stale_.add();
    }
    return kept;
  }
  Outcome wait(const K& key, const Ticket& ticket) {
    if constexpr (Rules::bounds_waits) {
      const auto start = time_source().now();
      if constexpr (Rules::template has<SoftTimeout>) {
        if (this->still_there(key)) {
          const auto until = start + limit<SoftTimeout>();
          if (auto outcome = ticket->wait_until(ticket, time_source(), until)) return *std::move(outcome);
          if (auto kept = this->still_there(key)) {
            levels_.stale_.add();
            return {std::move(kept), std::nullopt};
          }
        }
      }
      if constexpr (Rules::template has<HardTimeout>) {
        if (auto outcome = ticket->wait_until(ticket, time_source(), start + limit<HardTimeout>())) {
          return *std::move(outcome);
        }
        levels_.timeouts_.add();
        if constexpr (Rules::template has<StaleIfError>) {
          if (auto kept = this->still_there(key)) {
            levels_.stale_.add();
            return {std::move(kept), std::nullopt};
          }
        }
        return {std::nullopt, Error{ErrorCode::timeout, "cache: the load takes longer than HardTimeout"}};
      }
    }
    return ticket->wait(ticket);
  }
  auto time_source() const { return levels_.rules_.time_source(); }
  template <class T>
  auto limit() const {
    return std::chrono::duration_cast<typename Rules::clock_type::duration>(levels_.rules_.template get<T>().after);
  }

  bool fill_with_stale(std::span<const K> keys, std::span<std::optional<V>> out) {
    if constexpr (Rules::template has<StaleIfError>) {
      std::vector<std::optional<Timed<V>>> kept(keys.size());
      for (std::size_t i = 0; i < keys.size(); ++i) {
        if (out[i]) continue;
        kept[i] = this->still_there(keys[i]);
        if (!kept[i]) return false;
      }
      for (std::size_t i = 0; i < keys.size(); ++i) {
        if (!kept[i]) continue;
        levels_.stale_.add();
        out[i].emplace(std::move(kept[i]->value));
      }
      return true;
    }
    return false;
  }

  typename Rules::runner_type runner_;
  Negatives<K, typename Levels::hasher, typename Rules::clock_type> rests_;
  std::shared_ptr<Gate> gate_ = std::make_shared<Gate>();
};

}  // namespace ashlar::inline v0::detail
