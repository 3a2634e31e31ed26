// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>

#include <ashlar/cache/lifetime.hpp>
#include <ashlar/core/clock.hpp>

namespace ashlar::inline v0 {

/// How long entries live.
///
/// | expression               | result                     | throws | called when, and what it must do                     |
/// |--------------------------|----------------------------|--------|------------------------------------------------------|
/// | `e.now()`                | `std::chrono::nanoseconds` | never  | with every operation: time since any fixed point     |
/// | `e.on_write(key, value)` | `std::chrono::nanoseconds` | may    | before an entry is stored; `forever` never expires   |
///
/// Optional: `e.on_read() noexcept`, the time an entry lives after a hit, which then counts from the last use.
/// A time given with `put` is used where it is shorter. Expiry is exact on read to a millisecond, never late; lives
/// longer than 24 days are cut to that. Threads: called concurrently.
/// Models: `ExpirePerEntry`, `ExpireAfterWrite`, `ExpireAfterAccess`, `ExpireByValue`.
template <class E, class Key, class Value>
concept expiry = requires(const E& e, const Key& key, const Value& value) {
  { e.now() } noexcept -> std::same_as<std::chrono::nanoseconds>;
  { e.on_write(key, value) } -> std::convertible_to<std::chrono::nanoseconds>;
};

namespace detail {

/// The clock that the models of `expiry` share.
template <clock Clock>
struct ExpiryClock {
  [[no_unique_address]] Clock source{};

  std::chrono::nanoseconds now() const noexcept {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(source.now().time_since_epoch());
  }
};

}  // namespace detail

/// Entries live as long as `put(key, value, ttl)` says; without a time, for ever.
template <clock Clock = std::chrono::steady_clock>
struct ExpirePerEntry : detail::ExpiryClock<Clock> {
  constexpr explicit ExpirePerEntry(Clock time = Clock{}) : detail::ExpiryClock<Clock>{time} {}

  template <class Key, class Value>
  constexpr std::chrono::nanoseconds on_write(const Key&, const Value&) const noexcept {
    return forever;
  }
};

/// Entries live for `ttl` after they were written, or less where `put` says so.
template <clock Clock = std::chrono::steady_clock>
struct ExpireAfterWrite : detail::ExpiryClock<Clock> {
  std::chrono::nanoseconds ttl;

  constexpr explicit ExpireAfterWrite(std::chrono::nanoseconds life = forever, Clock time = Clock{})
      : detail::ExpiryClock<Clock>{time}, ttl{life} {}

  template <class Key, class Value>
  constexpr std::chrono::nanoseconds on_write(const Key&, const Value&) const noexcept {
    return ttl;
  }
};

/// Entries live for `idle` after they were last read or written. A time given with `put` holds until the first hit.
template <clock Clock = std::chrono::steady_clock>
struct ExpireAfterAccess : detail::ExpiryClock<Clock> {
  std::chrono::nanoseconds idle;

  constexpr explicit ExpireAfterAccess(std::chrono::nanoseconds life = forever, Clock time = Clock{})
      : detail::ExpiryClock<Clock>{time}, idle{life} {}

  template <class Key, class Value>
  constexpr std::chrono::nanoseconds on_write(const Key&, const Value&) const noexcept {
    return idle;
  }
  constexpr std::chrono::nanoseconds on_read() const noexcept { return idle; }
};

/// Entries live for as long as `f(key, value)` says.
template <class F, clock Clock = std::chrono::steady_clock>
struct ExpireByValue : detail::ExpiryClock<Clock> {
  [[no_unique_address]] F f;

  constexpr explicit ExpireByValue(F lives = F{}, Clock time = Clock{}) : detail::ExpiryClock<Clock>{time}, f{lives} {}

  template <class Key, class Value>
    requires std::invocable<const F&, const Key&, const Value&>
  constexpr std::chrono::nanoseconds on_write(const Key& key, const Value& value) const {
    return std::invoke(f, key, value);
  }
};

namespace detail {

/// A moment in milliseconds, modulo 2^32: compared on a circle, so that a process may run for ever.
/// 0 is no moment at all: an entry with it never expires.
using Deadline = std::uint32_t;
inline constexpr std::chrono::milliseconds longest_life{0x7fff'0000};

inline Deadline tick(std::chrono::nanoseconds time) noexcept {
  return static_cast<Deadline>(std::chrono::floor<std::chrono::milliseconds>(time).count());
}
/// The deadline of an entry written at `now` to live for `ttl`: never late, at most a millisecond early.
inline Deadline deadline(std::chrono::nanoseconds now, std::chrono::nanoseconds ttl) noexcept {
  if (ttl == forever) return 0;
  const auto life = std::clamp<std::chrono::nanoseconds>(ttl, std::chrono::nanoseconds::zero(), longest_life);
  const Deadline when = tick(now + life);
  return when == 0 ? static_cast<Deadline>(-1) : when;
}
inline bool is_over(Deadline when, Deadline now) noexcept {
  return when != 0 && static_cast<std::int32_t>(now - when) >= 0;
}
inline std::chrono::nanoseconds left(Deadline when, std::chrono::nanoseconds now) noexcept {
  if (when == 0) return forever;
  const auto whole = std::chrono::milliseconds{static_cast<std::int32_t>(when - tick(now))};
  const auto part = now - std::chrono::floor<std::chrono::milliseconds>(now);
  return std::max<std::chrono::nanoseconds>(whole - part, std::chrono::nanoseconds::zero());
}

}  // namespace detail

}  // namespace ashlar::inline v0
