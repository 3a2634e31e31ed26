// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
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
  using typename Base::Mine;
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
    return read_as_own(answer<LoadedAs<std::optional<V>, V>>(key, none));
  }

  /// The same after a miss above; it waits no longer than the time-outs say.
  std::optional<Timed<V>> from_below(const K& key) {
    if constexpr (!Rules::bounds_waits || null_below) {
      return Base::from_below(key);
    } else {
      constexpr NoLoader none;
      return read_as_own(fetched<LoadedAs<std::optional<V>, V>>(key, none));
    }
  }

  template <class R, class Loader>
  typename LoadedAs<R, V>::type load(const K& key, Loader& loader) {
    return LoadedAs<R, V>::result(answer<LoadedAs<R, V>>(key, loader));
  }

  /// As without rules, and each key by them: what may be given is, what is to be renewed is renewed by one call of the
  /// loader, and what is stale is given where the load fails and there is a stale value for all of it.
  template <class Loader>
  void load_many(std::span<const K> keys, std::span<std::optional<V>> out, Loader& loader) {
    if constexpr (!null_above && Rules::tells_ages) {
      std::vector<K> due;
      for (std::size_t i = 0; i < keys.size(); ++i) {
        Seen seen = seen_above(keys[i], true);
        if (seen.to_renew) due.push_back(keys[i]);
        out[i].reset();
        if (seen.given) out[i].emplace(std::move(seen.given->value));
      }
      if constexpr (Rules::renews) renew_many(std::move(due), loader);
    }
    try {
      if constexpr (Rules::bounds_waits) {
        if (flights_of_this_thread() == 0) return load_many_elsewhere(keys, out, loader, time_source().now());
      }
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

  std::optional<Timed<V>> read_as_own(Outcome brought) {
    if (!brought.found) return std::nullopt;
    brought.found->ttl = std::max(levels_.rules_.left(brought.found->ttl), std::chrono::nanoseconds{1});
    return std::move(brought.found);
  }

  // What there is above that may be given at once, and whether it is to be renewed.
  struct Seen {
    std::optional<Timed<V>> given;
    bool to_renew = false;
  };
  Seen seen_above(const K& key, bool can_renew) {
    auto seen = levels_.read_above(key);
    if (!seen) return {};
    switch (levels_.rules_.age(key, *seen)) {
      case Age::due: return {std::move(seen), can_renew && Rules::refreshes_ahead};
      case Age::fresh: return {std::move(seen), false};
      case Age::stale:
        if (!can_renew || !Rules::renews) return {};
        levels_.stale_.add();
        return {std::move(seen), true};
      case Age::last:
        if (!can_renew || !rests_.knows(key)) return {};
        levels_.stale_.add();
        return {std::move(seen), false};
      case Age::over: break;
    }
    return {};
  }

  template <class As, class Loader>
  Outcome answer(const K& key, Loader& loader) {
    if constexpr (!null_above) {
      constexpr bool can_renew = !only_reads<Loader> || over_source;
      Seen seen = seen_above(key, can_renew);
      if constexpr (can_renew && Rules::renews) {
        if (seen.to_renew) renew<As>(key, loader);
      }
      if (seen.given) return {std::move(seen.given), std::nullopt};
    }
    return fetched<As>(key, loader);
  }
  template <class As, class Loader>
  Outcome fetched(const K& key, Loader& loader) {
    if constexpr (null_below && only_reads<Loader>) {
      levels_.misses_.add();
      return {};
    } else {
      for (;;) {
        if (As::may_find_nothing && levels_.negatives_.knows(key)) {
          levels_.misses_.add();
          return {};
        }
        Outcome brought = fetch_together<As>(key, loader);
        // A caller whose loader always brings a value may have joined one whose loader found nothing.
        if (!As::may_find_nothing && !brought.found && !brought.error) continue;
        return brought;
      }
    }
  }

  template <class As, class Loader>
  Outcome fetch_together(const K& key, Loader& loader) {
    const auto start = time_source().now();
    for (;;) {
      auto entered = levels_.flights_.enter(lane<Loader>, key, [&] { return there_by_now(key); });
      if (entered.there) return *std::move(entered.there);
      if (entered.joined) {
        levels_.joined_.add();
      } else if (!Rules::bounds_waits || flights_of_this_thread() > 0) {
        return fly<As>(key, loader, entered.ticket, false);
      } else {
        hand_over<As>(key, loader, entered.ticket, false);
      }
      try {
        return wait(key, entered.ticket, start);
      } catch (const GivenUp&) {
      } catch (...) {
        // A load of many keys fails for each of them; what is kept of this one is for who waits for it to find.
        if constexpr (Rules::template has<StaleIfError>) {
          if (auto kept = stale_above(key)) return {std::move(kept), std::nullopt};
        }
        throw;
      }
    }
  }
  // As `there_already`, with the time for which the tier keeps it: that is how flights hand values on here.
  std::optional<Outcome> there_by_now(const K& key) {
    auto found = glance_timed(levels_.upper_, key);
    if (!found || !*found || levels_.rules_.left((*found)->ttl) <= std::chrono::nanoseconds::zero()) {
      return std::nullopt;
    }
    return Outcome{*std::move(found), std::nullopt};
  }
  std::optional<Outcome> renewed_by_now(const K& key) {
    auto seen = levels_.read_above(key);
    if (!seen || levels_.rules_.age(key, *seen) != Age::fresh) return std::nullopt;
    return Outcome{std::move(seen), std::nullopt};
  }

  // Begins a load that nobody waits for, unless there is one or the last one failed a moment ago.
  template <class As, class Loader>
  void renew(const K& key, Loader& loader) {
    if (rests_.knows(key)) return;
    auto entered = levels_.flights_.enter(lane<Loader>, key, [&] { return renewed_by_now(key); });
    if (entered.there || entered.joined) return;
    levels_.renewals_.add();
    hand_over<As>(key, loader, entered.ticket, true);
  }

  // Gives the work to the runner. Whatever becomes of it, the flight lands.
  template <class As, class Loader>
  void hand_over(const K& key, const Loader& loader, const Ticket& ticket, bool renewal) {
    std::shared_ptr<Parcel<Ticket>> parcel;
    try {
      parcel = std::make_shared<Parcel<Ticket>>(ticket, gate_);
      ticket->offer([this, key, own = owned_loader(loader), ticket, renewal](bool run) mutable {
        if (!run) return levels_.flights_.crash(lane<Loader>, key, ticket, not_run(renewal));
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
    send(parcel, renewal);
  }
  // Refused: who needs the value loads it here; who has one does not, and who waits for its renewal begins anew.
  template <class Parcel>
  void send(const std::shared_ptr<Parcel>& parcel, bool renewal) {
    bool taken = false;
    try {
      taken = runner_.run([parcel] { parcel->open(true); });
    } catch (...) {  // refused
    }
    if (!taken) parcel->open(!renewal);
  }
  static std::exception_ptr not_run(bool renewal) {
    if (renewal) return std::make_exception_ptr(GivenUp{});
    return std::make_exception_ptr(Error{ErrorCode::busy, "cache: the runner dropped the load"});
  }
  // Work on its way to a thread, `work->take()`; lost on the way, it is given up.
  template <class Work>
  class Parcel {
   public:
    Parcel(Work work, std::shared_ptr<Gate> gate) : work_{std::move(work)}, gate_{std::move(gate)} {}
    Parcel(const Parcel&) = delete;
    Parcel& operator=(const Parcel&) = delete;
    ~Parcel() { open(false); }
    void open(bool run) {
      const bool entered = gate_->enter();
      {
        const auto work = work_->take();
        if (work && entered) work(run);
      }
      if (entered) gate_->leave();
    }

   private:
    Work work_;
    std::shared_ptr<Gate> gate_;
  };

  // Flights that one call of a loader lands. Whoever comes first takes all of it: the runner, or a thread that waits for
  // one of the keys and may work.
  template <class Loader>
  class Batch : public std::enable_shared_from_this<Batch<Loader>> {
   public:
    Batch(RuledReader& reader, std::vector<K> keys, std::vector<Mine> mine, Loader loader, bool renewal)
        : reader_{&reader},
          keys_{std::move(keys)},
          mine_{std::move(mine)},
          loader_(std::move(loader)),
          renewal_{renewal} {}

    void offer() {
      const std::lock_guard whole{mutex_};
      for (const Mine& one : mine_) {
        one.ticket->offer([self = this->shared_from_this()](bool run) {
          if (const auto work = self->take()) work(run);
        });
      }
    }
    struct Taken {
      std::shared_ptr<Batch> batch;
      explicit operator bool() const noexcept { return batch != nullptr; }
      void operator()(bool run) const { batch->begin(run); }
    };
    Taken take() {
      const std::lock_guard whole{mutex_};
      if (std::exchange(taken_, true)) return {};
      for (const Mine& one : mine_) static_cast<void>(one.ticket->take());
      return {this->shared_from_this()};
    }

   private:
    void begin(bool run) {
      for (const Mine& one : mine_) one.ticket->owner.store(this_thread_number(), std::memory_order_relaxed);
      try {
        if (!run) std::rethrow_exception(not_run(renewal_));
        reader_->fly_batch(keys_, mine_, loader_, renewal_);
      } catch (...) {
        reader_->crash_many(keys_, mine_);
      }
    }

    RuledReader* reader_;
    std::vector<K> keys_;
    std::vector<Mine> mine_;
    Loader loader_;
    bool renewal_;
    std::mutex mutex_;  // so that nobody takes what is still being offered
    bool taken_ = false;
  };
  template <class Loader>
  void hand_over_many(std::vector<K> keys, std::vector<Mine> mine, const Loader& loader, bool renewal) {
    using Own = decltype(owned_loader(loader));
    std::shared_ptr<Batch<Own>> batch;
    std::shared_ptr<Parcel<std::shared_ptr<Batch<Own>>>> parcel;
    try {
      // Copied, so that they are still there to be given up where making the batch fails.
      batch = std::make_shared<Batch<Own>>(*this, keys, mine, owned_loader(loader), renewal);
      parcel = std::make_shared<Parcel<std::shared_ptr<Batch<Own>>>>(batch, gate_);
      batch->offer();
    } catch (...) {
      if (!batch || batch->take()) this->crash_many(keys, mine);
      return;  // who waits hears of it
    }
    send(parcel, renewal);
  }
  template <class Loader>
  void fly_batch(std::span<const K> keys, std::vector<Mine>& mine, Loader& loader, bool renewal) {
    const auto below = [&](const K& key, const Ticket& ticket) {
      auto found = fresh_below(key, ticket, !renewal);
      return found ? *std::move(found) : std::nullopt;
    };
    try {
      this->fly_many(keys, mine, loader, below, [](const Mine&, const Outcome&) {});
    } catch (...) {
      for (const Mine& one : mine) {
        if (!one.landed) rest(keys[one.at]);
      }
      throw;
    }
  }

  // Begins one load for all of them that nobody waits for.
  template <class Loader>
  void renew_many(std::vector<K> due, Loader& loader) {
    std::vector<Mine> mine;
    try {
      for (std::size_t i = 0; i < due.size(); ++i) {
        if (rests_.knows(due[i])) continue;
        mine.reserve(mine.size() + (due.size() - i));  // no flight that was entered is lost
        auto entered = levels_.flights_.enter(FlightKind::load, due[i], [&] { return renewed_by_now(due[i]); });
        if (entered.there || entered.joined) continue;
        mine.push_back({i, std::move(entered.ticket)});
        levels_.renewals_.add();
      }
    } catch (...) {
      this->crash_many(due, mine);
      throw;
    }
    if (!mine.empty()) hand_over_many(std::move(due), std::move(mine), loader, true);
  }

  // The load runs on the runner; this thread waits for each key, all in all no longer than the time-outs say.
  template <class Loader>
  void load_many_elsewhere(std::span<const K> keys, std::span<std::optional<V>> out, Loader& loader,
                           typename Rules::clock_type::time_point start) {
    std::vector<Mine> mine;
    std::vector<std::pair<std::size_t, Ticket>> others;
    std::vector<std::pair<std::size_t, Ticket>> own;
    std::vector<K> own_keys;
    try {
      this->enter_many(keys, out, mine, others);
      for (const Mine& one : mine) own.emplace_back(one.at, one.ticket);
      if (!mine.empty()) own_keys.assign(keys.begin(), keys.end());
    } catch (...) {
      this->crash_many(keys, mine);
      throw;
    }
    if (!mine.empty()) hand_over_many(std::move(own_keys), std::move(mine), loader, false);
    this->join_many(
        keys, out, others, [&](const K& key, const Ticket& ticket) { return wait(key, ticket, start); },
        [&](std::span<const K> again, std::span<std::optional<V>> found) {
          load_many_elsewhere(again, found, loader, start);
        });
    for (const auto& [i, ticket] : own) {
      const Outcome brought = wait(keys[i], ticket, start);
      if (brought.error) throw *brought.error;
      if (brought.found) out[i].emplace(brought.found->value);
    }
  }

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
    Result<std::optional<Timed<V>>> found = fresh_below(key, ticket, !renewal || only_reads<Loader>);
    if (found && *found) {
      levels_.hits_below_.add();
      return {*std::move(found), std::nullopt};
    }
    levels_.misses_.add();
    if constexpr (only_reads<Loader>) {
      if (!found) {
        if (auto kept = kept_value(key, over_source, renewal)) return {std::move(kept), std::nullopt};
      } else if (over_source && renewal) {
        this->forget(key, ticket);
      }
      return {std::nullopt, std::nullopt};
    } else {
      return loaded<As>(key, loader, ticket, renewal);
    }
  }

  // What is below goes above, whatever its age; it is given when it is fresh, or `due_too`.
  Result<std::optional<Timed<V>>> fresh_below(const K& key, const Ticket& ticket, bool due_too) {
    if constexpr (null_below) {
      return std::optional<Timed<V>>{};
    } else {
      Result<std::optional<Timed<V>>> found = this->try_look_below(key);
      if (!found || !*found) return found;
      const Timed<V>& seen = **found;
      levels_.fill(key, seen.value, seen.ttl == forever ? Lifetime{} : Lifetime{seen.ttl}, ticket);
      const Age age = levels_.rules_.age(key, seen);
      if (age == Age::fresh || (age == Age::due && due_too)) return found;
      return std::optional<Timed<V>>{};
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

  // After a failure no loader is asked for a while.
  void rest(const K& key) {
    if (levels_.rules_.rest() > std::chrono::nanoseconds::zero()) rests_.add(key, levels_.rules_.rest());
  }
  // After a failure: what there is of `key` that may be given in place of the error. Who began a renewal has it.
  std::optional<Timed<V>> kept_value(const K& key, bool failed, bool renewal) {
    if (failed) rest(key);
    std::optional<Timed<V>> kept;
    if constexpr (Rules::keeps_stale || Rules::refreshes_ahead) {
      kept = this->still_there(key);
      if (kept && !renewal) levels_.stale_.add();
    }
    return kept;
  }
  // Waits from `start` on. A stale value is looked for above only, where the load puts what it finds below: to look
  // below may be what takes so long.
  Outcome wait(const K& key, const Ticket& ticket, [[maybe_unused]] typename Rules::clock_type::time_point start) {
    if constexpr (Rules::template has<SoftTimeout>) {
      if (auto outcome = ticket->wait_until(ticket, time_source(), limit<SoftTimeout>(start))) {
        return *std::move(outcome);
      }
      if (auto kept = stale_above(key)) return {std::move(kept), std::nullopt};
    }
    if constexpr (Rules::template has<HardTimeout>) {
      if (auto outcome = ticket->wait_until(ticket, time_source(), limit<HardTimeout>(start))) {
        return *std::move(outcome);
      }
      levels_.timeouts_.add();
      if constexpr (Rules::template has<StaleIfError>) {
        if (auto kept = stale_above(key)) return {std::move(kept), std::nullopt};
      }
      return {std::nullopt, Error{ErrorCode::timeout, "cache: the load takes longer than HardTimeout"}};
    }
    return ticket->wait(ticket);
  }
  auto time_source() const { return levels_.rules_.time_source(); }
  std::optional<Timed<V>> kept_above(const K& key) {
    auto kept = levels_.read_above(key);
    if (kept && levels_.rules_.age(key, *kept) == Age::over) kept.reset();
    return kept;
  }
  // The same, to be given in place of what did not come.
  std::optional<Timed<V>> stale_above(const K& key) {
    auto kept = kept_above(key);
    if (kept && levels_.rules_.left(kept->ttl) <= std::chrono::nanoseconds::zero()) levels_.stale_.add();
    return kept;
  }
  template <class T>
  auto limit(typename Rules::clock_type::time_point start) const {
    return Rules::after(start, levels_.rules_.template get<T>().after);
  }

  bool fill_with_stale(std::span<const K> keys, std::span<std::optional<V>> out) {
    if constexpr (Rules::template has<StaleIfError>) {
      std::vector<std::optional<Timed<V>>> kept(keys.size());
      for (std::size_t i = 0; i < keys.size(); ++i) {
        if (out[i]) continue;
        kept[i] = Rules::bounds_waits ? kept_above(keys[i]) : this->still_there(keys[i]);
        if (!kept[i]) return false;
      }
      for (std::size_t i = 0; i < keys.size(); ++i) {
        if (!kept[i]) continue;
        rest(keys[i]);
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
