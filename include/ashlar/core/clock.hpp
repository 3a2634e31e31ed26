// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <chrono>
#include <concepts>
#include <memory>

namespace ashlar::inline v0 {

namespace detail {

template <class C>
concept names_its_time_point = requires { typename C::time_point; };
template <class C>
concept names_its_duration = requires { typename C::duration; };
template <class C>
concept tells_the_time = requires(const C& clock) {
  { clock.now() } noexcept -> std::same_as<typename C::time_point>;
};

}  // namespace detail

/// A clock that a part can be given: every standard clock, and `ManualClock` in tests.
///
/// | expression      | result          | throws | called when, and what it must do |
/// |-----------------|-----------------|--------|----------------------------------|
/// | `C::time_point` | a time point    | -      |                                  |
/// | `C::duration`   | its duration    | -      |                                  |
/// | `c.now()`       | `C::time_point` | never  | whenever the time is needed      |
///
/// Threads: `now()` is called concurrently. Cost: on hot paths, so cheap.
/// Models: `std::chrono::steady_clock`, `std::chrono::system_clock`, `ManualClock`.
template <class C>
concept clock = detail::names_its_time_point<C> && detail::names_its_duration<C> && detail::tells_the_time<C>;

/// True when `C` models `clock`; otherwise each missing part is reported with what to write.
template <class C>
consteval bool explain_clock() {
  static_assert(detail::names_its_time_point<C>, "[ashlar] clock: add `using time_point = std::chrono::time_point<…>`");
  static_assert(detail::names_its_duration<C>, "[ashlar] clock: add `using duration = std::chrono::nanoseconds`");
  static_assert(detail::tells_the_time<C>, "[ashlar] clock: add `time_point now() const noexcept`");
  return clock<C>;
}

/// A clock that stands still until it is told to move: for deterministic tests and simulations.
/// Copies share the same hands, so that a test keeps one and gives the other away.
/// Threads: all members may be called concurrently.
class ManualClock {
 public:
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<ManualClock, duration>;
  static constexpr bool is_steady = false;

  /// Starts at `start` after the epoch.
  explicit ManualClock(duration start = duration::zero()) : hands_{std::make_shared<std::atomic<rep>>(start.count())} {}

  time_point now() const noexcept { return time_point{duration{hands_->load(std::memory_order_acquire)}}; }
  /// Moves the hands by `step`, which may be negative.
  void advance(duration step) noexcept { hands_->fetch_add(step.count(), std::memory_order_acq_rel); }
  /// Puts the hands to `time`.
  void set(time_point time) noexcept { hands_->store(time.time_since_epoch().count(), std::memory_order_release); }

 private:
  std::shared_ptr<std::atomic<rep>> hands_;
};

static_assert(clock<ManualClock> && clock<std::chrono::steady_clock> && clock<std::chrono::system_clock>);

}  // namespace ashlar::inline v0
