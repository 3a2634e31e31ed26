// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <concepts>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

#include <ashlar/cache/detail/wait_graph.hpp>
#include <ashlar/core/error.hpp>

namespace ashlar::inline v0::detail {

/// What a flight is for; a read of the lower level must not wait for a loader.
enum class FlightKind : std::uint8_t { fill, load };

/// Thrown to who waits for a flight that was given up before it began, since nobody needed it then: begin one's own.
struct GivenUp {};

/// Stands for a flight that this thread works on, while it may call the user's functions.
class Flying {
 public:
  Flying() noexcept { ++flights_of_this_thread(); }
  ~Flying() { --flights_of_this_thread(); }
  Flying(const Flying&) = delete;
  Flying& operator=(const Flying&) = delete;
};

/// Work on one key that several callers wait for; its outcome is an `R`.
template <class R>
class Flight : public FlightBase {
 public:
  /// Waits for the outcome, or does the work where nobody has begun it; throws what the work threw.
  R wait(const std::shared_ptr<FlightBase>& self) {
    return *wait_for_it(self, true, [this](std::unique_lock<std::mutex>& lock, auto there) {
      landed_.wait(lock, there);
      return true;
    });
  }
  /// As `wait`, until `clock` says `time` at the latest; then nothing. A clock that is not steady is asked every
  /// millisecond.
  template <class Clock>
  std::optional<R> wait_until(const std::shared_ptr<FlightBase>& self, const Clock& clock,
                              typename Clock::time_point time) {
    return wait_for_it(self, false, [&](std::unique_lock<std::mutex>& lock, auto there) {
      if constexpr (std::same_as<Clock, std::chrono::steady_clock>) {
        return landed_.wait_until(lock, time, there);
      } else {
        while (!there()) {
          if (clock.now() >= time) return false;
          landed_.wait_for(lock, std::chrono::milliseconds{1});
        }
        return true;
      }
    });
  }

  /// Gives the work away: who takes it first calls it, with false to give it up. It lands this flight, unless it finds
  /// that another thread is about to.
  using Work = std::function<void(bool)>;
  void offer(Work work) {
    {
      const std::lock_guard lock{mutex_};
      owner.store(0, std::memory_order_relaxed);
      work_ = std::move(work);
    }
    landed_.notify_all();
  }
  Work take() {
    const std::lock_guard lock{mutex_};
    return std::exchange(work_, nullptr);
  }

  void land(std::shared_ptr<const R> outcome, std::exception_ptr failure) {
    {
      const std::lock_guard lock{mutex_};
      outcome_ = std::move(outcome);
      failure_ = std::move(failure);
      done.store(true, std::memory_order_release);
    }
    landed_.notify_all();
  }

  /// Set when a write or an invalidation overtook the work: the outcome must not be stored. Guarded by the stripe.
  bool beaten = false;

 private:
  template <class Until>
  std::optional<R> wait_for_it(const std::shared_ptr<FlightBase>& self, bool may_work, Until until) {
    const bool in_graph = flights_of_this_thread() > 0;
    // A thread that works for a flight itself must not wait for work that waits for a thread.
    may_work = may_work || in_graph;
    const auto landed = [this] { return done.load(std::memory_order_relaxed); };
    for (;;) {
      if (in_graph && !WaitGraph::instance().enter(self)) {
        throw Error{ErrorCode::invalid_argument,
                    "cache: a loader asked, directly or through other loaders, for the key that it is loading; "
                    "load that key without the cache, or return the value from the outer loader"};
      }
      std::unique_lock lock{mutex_};
      const bool there = until(lock, [&] { return landed() || (may_work && work_); });
      Work work = there && !landed() ? std::exchange(work_, nullptr) : nullptr;
      if (in_graph || work) {
        lock.unlock();
        if (in_graph) WaitGraph::instance().leave();
        if (work) work(true);
        lock.lock();
      }
      if (!there) return std::nullopt;
      if (!landed()) continue;  // the work was that of a batch which another thread has begun
      if (failure_) std::rethrow_exception(failure_);
      return *outcome_;
    }
  }

  std::mutex mutex_;
  std::condition_variable landed_;
  Work work_;
  std::shared_ptr<const R> outcome_;
  std::exception_ptr failure_;
};

/// All work in flight of one cache, by key: joins callers who want the same, and lets writes beat what is in flight.
///
/// Invariants, all under the mutex of the key's stripe:
/// - a flight is in the table from before its work begins until after its outcome is stored, unless beaten;
/// - a beaten flight is out of the table, so that who comes after the write does not see what was read before it;
/// - an outcome is stored, and a write becomes visible above, only under the mutex; so one of them is first, and
///   when it is the write, the outcome is not stored;
/// - at most one writer for each key, none while the table is closed.
template <class K, class R, class Hash>
class Flights {
  struct Slot {
    std::array<std::shared_ptr<Flight<R>>, 2> flights;
    bool writing = false;
    bool idle() const noexcept { return !writing && !flights[0] && !flights[1]; }
  };
  struct alignas(64) Stripe {
    std::mutex mutex;
    std::condition_variable freed;
    std::unordered_map<K, Slot, Hash> slots;
    std::size_t writers = 0;
    bool closed = false;
  };

 public:
  using Ticket = std::shared_ptr<Flight<R>>;

  /// What a caller finds who wants `key`: an outcome that is there already, a flight to wait for, or one to fly.
  struct Entered {
    Ticket ticket;
    bool joined = false;
    std::optional<R> there;
  };
  /// `recheck()` gives an outcome that is there already; it runs under the stripe's mutex. Unless joined or there, the
  /// caller owns the flight and must `land` it.
  template <class Recheck>
  Entered enter(FlightKind lane, const K& key, Recheck&& recheck) {
    Stripe& stripe = stripe_of(key);
    const std::lock_guard lock{stripe.mutex};
    if (const auto found = stripe.slots.find(key); found != stripe.slots.end()) {
      if (const Ticket& ticket = found->second.flights[index(lane)]) return {ticket, true, std::nullopt};
    }
    if (std::optional<R> there = recheck()) return {nullptr, false, std::move(there)};
    Ticket ticket = std::make_shared<Flight<R>>();
    stripe.slots[key].flights[index(lane)] = ticket;
    return {std::move(ticket), false, std::nullopt};
  }

  /// Ends a flight of this thread: takes it out of the table and hands its outcome, or what was thrown, to who waits.
  void land(FlightKind lane, const K& key, const Ticket& ticket, const R& outcome) {
    take_out(lane, key, ticket);
    // Copied only where somebody waits: nobody joins a flight that is out of the table.
    ticket->land(ticket.use_count() > 1 ? std::make_shared<const R>(outcome) : nullptr, nullptr);
  }
  void crash(FlightKind lane, const K& key, const Ticket& ticket, std::exception_ptr failure) {
    take_out(lane, key, ticket);
    ticket->land(nullptr, std::move(failure));
  }

  /// The outcome of `work(ticket)`, done here or, then `joined` is set, by who began it before.
  template <class Recheck, class Work>
  R run(FlightKind lane, const K& key, Recheck&& recheck, Work&& work, bool& joined) {
    for (;;) {
      Entered entered = enter(lane, key, recheck);
      joined = entered.joined;
      if (entered.there) return *std::move(entered.there);
      if (!joined) return fly(lane, key, entered.ticket, work);
      try {
        return entered.ticket->wait(entered.ticket);
      } catch (const GivenUp&) {
      }
    }
  }

  /// The outcome of `work(ticket)` for the flight that this thread owns.
  template <class Work>
  R fly(FlightKind lane, const K& key, const Ticket& ticket, Work& work) {
    try {
      R outcome = [&] {
        const Flying flying;
        return work(ticket);
      }();
      land(lane, key, ticket, outcome);
      return outcome;
    } catch (...) {
      crash(lane, key, ticket, std::current_exception());
      throw;
    }
  }

  /// Runs `store()` in one step with the check that nothing beat the flight; false when something did.
  template <class Store>
  bool store_unless_beaten(const K& key, const Ticket& ticket, Store&& store) {
    const std::lock_guard lock{stripe_of(key).mutex};
    if (ticket->beaten) return false;
    store();
    return true;
  }

  bool beaten(const K& key, const Ticket& ticket) {
    const std::lock_guard lock{stripe_of(key).mutex};
    return ticket->beaten;
  }

  /// Runs `change()` and beats every flight of `key`, in one step.
  template <class Change>
  auto beat(const K& key, Change&& change) {
    Stripe& stripe = stripe_of(key);
    const std::lock_guard lock{stripe.mutex};
    if (const auto found = stripe.slots.find(key); found != stripe.slots.end()) {
      beat_slot(found->second);
      if (found->second.idle()) stripe.slots.erase(found);
    }
    return change();
  }

  /// Runs `step()` where no outcome of `key` is stored and no write of it becomes visible above; beats nothing.
  template <class Step>
  auto in_turn(const K& key, Step&& step) {
    const std::lock_guard lock{stripe_of(key).mutex};
    return step();
  }

  /// Beats every flight of the keys for which `covers(key)` holds.
  template <class Covers>
  void beat_if(Covers&& covers) {
    for (Stripe& stripe : stripes_) {
      const std::lock_guard lock{stripe.mutex};
      if (stripe.slots.empty()) continue;
      for (auto at = stripe.slots.begin(); at != stripe.slots.end();) {
        if (covers(at->first)) beat_slot(at->second);
        at = at->second.idle() ? stripe.slots.erase(at) : std::next(at);
      }
    }
  }

  /// The right to write one key through both levels; others wait. Not re-entrant.
  class [[nodiscard]] Writing {
   public:
    Writing(Flights& flights, const K& key) : stripe_{flights.stripe_of(key)}, key_{key} {
      std::unique_lock lock{stripe_.mutex};
      stripe_.freed.wait(lock, [&] { return !stripe_.closed && !stripe_.slots[key_].writing; });
      stripe_.slots[key_].writing = true;
      ++stripe_.writers;
    }
    ~Writing() {
      {
        const std::lock_guard lock{stripe_.mutex};
        const auto found = stripe_.slots.find(key_);
        found->second.writing = false;
        if (found->second.idle()) stripe_.slots.erase(found);
        --stripe_.writers;
      }
      stripe_.freed.notify_all();
    }
    Writing(const Writing&) = delete;
    Writing& operator=(const Writing&) = delete;

   private:
    Stripe& stripe_;
    const K& key_;
  };

  /// Returns when every write that was under way has ended.
  void await_writers() { const WritingAll all{*this}; }

  /// The right to write all keys: waits for the writers, holds off new ones. Readers and loaders go on.
  class [[nodiscard]] WritingAll {
   public:
    explicit WritingAll(Flights& flights) : flights_{flights}, turn_{flights.closing_} {
      for (Stripe& stripe : flights_.stripes_) {
        std::unique_lock lock{stripe.mutex};
        stripe.closed = true;
        stripe.freed.wait(lock, [&] { return stripe.writers == 0; });
      }
    }
    ~WritingAll() {
      for (Stripe& stripe : flights_.stripes_) {
        {
          const std::lock_guard lock{stripe.mutex};
          stripe.closed = false;
        }
        stripe.freed.notify_all();
      }
    }
    WritingAll(const WritingAll&) = delete;
    WritingAll& operator=(const WritingAll&) = delete;

   private:
    Flights& flights_;
    std::lock_guard<std::mutex> turn_;
  };

 private:
  static constexpr std::size_t stripe_count = 64;

  static std::size_t index(FlightKind lane) noexcept { return static_cast<std::size_t>(lane); }
  Stripe& stripe_of(const K& key) noexcept(noexcept(Hash{}(key))) {
    const std::uint64_t mixed = static_cast<std::uint64_t>(Hash{}(key)) * 0x9E3779B97F4A7C15u;
    return stripes_[mixed >> 58];
  }
  static void beat_slot(Slot& slot) {
    for (Ticket& flight : slot.flights) {
      if (flight) flight->beaten = true;
      flight.reset();
    }
  }

  void take_out(FlightKind lane, const K& key, const Ticket& ticket) {
    Stripe& stripe = stripe_of(key);
    const std::lock_guard lock{stripe.mutex};
    const auto found = stripe.slots.find(key);
    if (found == stripe.slots.end() || found->second.flights[index(lane)] != ticket) return;
    found->second.flights[index(lane)].reset();
    if (found->second.idle()) stripe.slots.erase(found);
  }

  std::array<Stripe, stripe_count> stripes_;
  std::mutex closing_;
};

}  // namespace ashlar::inline v0::detail
