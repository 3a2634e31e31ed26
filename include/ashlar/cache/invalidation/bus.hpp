// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <string>
#include <type_traits>

#include <ashlar/cache/invalidation/log.hpp>
#include <ashlar/core/result.hpp>

namespace ashlar::inline v0 {

/// What a message of an invalidation bus is about.
enum class BusSubject : std::uint8_t {
  heartbeat,  ///< nothing; shows how far the sender's numbers have come
  key,        ///< the key `text` was written or removed
  pattern,    ///< what fits the pattern `text` is stale
  tag,        ///< what has the tag `text` is stale
  all,        ///< everything is stale
};

/// What one cache tells the others. A plain struct, so that `Binary` serialises it.
struct BusMessage {
  std::uint64_t sender = 0;    ///< drawn anew by every `Coherent`
  std::uint64_t sequence = 0;  ///< 1, 2, 3, … of this sender; a heartbeat repeats the last number
  std::uint64_t process = 0;   ///< drawn anew by every process: whose moments these are
  InvalidationStamp when = 0;  ///< older copies are stale
  BusSubject subject = BusSubject::heartbeat;
  std::string text = {};

  friend bool operator==(const BusMessage&, const BusMessage&) = default;
};

/// What a bus calls: `on_message` for each message, also those of the subscriber itself, one at a time; `on_reconnect`
/// after a time in which messages may have been lost.
struct BusListener {
  std::function<void(const BusMessage&)> on_message;
  std::function<void()> on_reconnect;
};

namespace detail {

template <class B>
concept publishes_messages = requires(B& bus, const BusMessage& message) {
  { bus.publish(message) } -> std::same_as<Result<void>>;
};
template <class B>
concept takes_listeners = requires(B& bus, BusListener listener) { bus.subscribe(std::move(listener)); };
template <class B>
concept gives_a_subscription = takes_listeners<B> && requires(B& bus, BusListener listener) {
  requires std::move_constructible<decltype(bus.subscribe(std::move(listener)))>;
  requires !std::is_void_v<decltype(bus.subscribe(std::move(listener)))>;
};

}  // namespace detail

/// A bus carries messages from each of several caches to all of them, most of the time: it may lose, repeat, delay and
/// reorder them, and lose its connection. `Coherent` finds out by the numbers that messages carry.
///
/// | expression                | result         | throws | called when, and what it must do                                |
/// |---------------------------|----------------|--------|-----------------------------------------------------------------|
/// | `bus.publish(message)`    | `Result<void>` | may    | a cache changed something; an error means: perhaps not sent     |
/// | `bus.subscribe(listener)` | an object      | may    | once by each cache; calls the `BusListener` until the object    |
/// |                           |                |        | is destroyed, which waits for a call under way                  |
///
/// Threads: `publish` is called concurrently; the bus must not hold a lock in `publish` that it holds while it calls a
/// listener. Cost: part of every write of a `Coherent` cache.
/// Models: `InProcessBus`; smallest: the archetype in tests/ashlar/cache/invalidation/bus.test.cpp.
/// Check yours: `static_assert(ashlar::explain_invalidation_bus<Mine>());`
template <class B>
concept invalidation_bus =
    detail::publishes_messages<B> && detail::takes_listeners<B> && detail::gives_a_subscription<B>;

/// True when `B` models `invalidation_bus`; otherwise each missing part is reported with what to write.
template <class B>
consteval bool explain_invalidation_bus() {
  static_assert(detail::publishes_messages<B>,
                "[ashlar] invalidation_bus: add `Result<void> publish(const BusMessage&)`");
  static_assert(detail::takes_listeners<B>, "[ashlar] invalidation_bus: add `subscribe(BusListener)`");
  if constexpr (detail::takes_listeners<B>) {
    static_assert(detail::gives_a_subscription<B>,
                  "[ashlar] invalidation_bus: subscribe must return an object that can be moved and whose destructor "
                  "ends the subscription");
  }
  return invalidation_bus<B>;
}

/// A bus that can repeat what it has carried: `bus.replay(sender, first, last, f)` calls `f(message)` for the messages
/// of `sender` with the numbers `first` to `last`, in order, and returns false when it does not have them all any more.
template <class B>
concept replaying_bus =
    invalidation_bus<B> && requires(B& bus, std::uint64_t number, const std::function<void(const BusMessage&)>& f) {
      { bus.replay(number, number, number, f) } -> std::same_as<bool>;
    };

}  // namespace ashlar::inline v0
