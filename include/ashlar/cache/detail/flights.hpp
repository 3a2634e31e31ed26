// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

#include <ashlar/cache/detail/wait_graph.hpp>
#include <ashlar/core/error.hpp>

namespace ashlar::inline v0::detail {

/// What a flight is for; a read of the lower level must not wait for a loader.
enum class Lane : std::uint8_t { fill, load };

/// Work on one key that several callers wait for; its outcome is an `R`.
template <class R>
class Flight : public FlightBase {
 public:
  /// Waits for the outcome; throws what the work threw.
  R wait(const std::shared_ptr<FlightBase>& self) {
    const bool in_graph = flights_of_this_thread() > 0;
    if (in_graph && !WaitGraph::instance().enter(self)) {
      throw Error{ErrorCode::invalid_argument,
                  "cache: a loader asked, directly or through other loaders, for the key that it is loading; "
                  "load that key without the cache, or return the value from the outer loader"};
    }
    std::unique_lock lock{mutex_};
    landed_.wait(lock, [&] { return done.load(std::memory_order_relaxed); });
    lock.unlock();
    if (in_graph) WaitGraph::instance().leave();
    if (failure_) std::rethrow_exception(failure_);
    return *outcome_;
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
  std::mutex mutex_;
  std::condition_variable landed_;
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

  /// The outcome of `work(ticket)`, done here or by who began it before. `recheck()` gives an outcome that is there
  /// already; it runs under the stripe's mutex. `joined` is set when another thread does the work.
  template <class Recheck, class Work>
  R run(Lane lane, const K& key, Recheck&& recheck, Work&& work, bool& joined) {
    Stripe& stripe = stripe_of(key);
    Ticket ticket;
    {
      std::unique_lock lock{stripe.mutex};
      if (const auto found = stripe.slots.find(key); found != stripe.slots.end()) {
        ticket = found->second.flights[index(lane)];
      }
      if (ticket) {
        lock.unlock();
        joined = true;
        return ticket->wait(ticket);
      }
      if (std::optional<R> there = recheck()) return *std::move(there);
      ticket = std::make_shared<Flight<R>>();
      stripe.slots[key].flights[index(lane)] = ticket;
    }
    return fly(lane, key, stripe, ticket, work);
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

  /// Beats every flight of the keys for which `covers(key)` holds.
  template <class Covers>
  void beat_if(Covers&& covers) {
    for (Stripe& stripe : stripes_) {
      const std::lock_guard lock{stripe.mutex};
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

  static std::size_t index(Lane lane) noexcept { return static_cast<std::size_t>(lane); }
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

  template <class Work>
  R fly(Lane lane, const K& key, Stripe& stripe, const Ticket& ticket, Work& work) {
    struct Count {
      Count() { ++flights_of_this_thread(); }
      ~Count() { --flights_of_this_thread(); }
    };
    const auto take_out = [&] {
      const std::lock_guard lock{stripe.mutex};
      const auto found = stripe.slots.find(key);
      if (found == stripe.slots.end() || found->second.flights[index(lane)] != ticket) return;
      found->second.flights[index(lane)].reset();
      if (found->second.idle()) stripe.slots.erase(found);
    };
    try {
      R outcome = [&] {
        const Count count;
        return work(ticket);
      }();
      // Copied for the waiters only where there are any: nobody joins a flight that is out of the table.
      take_out();
      auto shared = ticket.use_count() > 1 ? std::make_shared<const R>(outcome) : nullptr;
      ticket->land(std::move(shared), nullptr);
      return outcome;
    } catch (...) {
      take_out();
      ticket->land(nullptr, std::current_exception());
      throw;
    }
  }

  std::array<Stripe, stripe_count> stripes_;
  std::mutex closing_;
};

}  // namespace ashlar::inline v0::detail
