// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <concepts>
#include <functional>

#include <ashlar/cache/lifetime.hpp>

namespace ashlar::inline v0 {

// The options of `Loading`. All of them are about values that are loaded; none costs anything where it is not asked for.

/// A value lives for `ttl` where neither `put` nor its loader says how long.
struct FreshFor {
  std::chrono::nanoseconds ttl = std::chrono::minutes{5};
};

/// For `window` after its life a value is still given to who loads the key, at once, while one load renews it on the
/// cache's runner. After a renewal that failed the next one waits for `rest`.
struct StaleWhileRevalidate {
  std::chrono::nanoseconds window = std::chrono::seconds{30};
  std::chrono::nanoseconds rest = std::chrono::seconds{1};
};

/// For `window` after its life a value is given instead of the error of a loader (or of a source below), and during
/// the `rest` after that error without asking the loader again.
struct StaleIfError {
  std::chrono::nanoseconds window = std::chrono::hours{1};
  std::chrono::nanoseconds rest = std::chrono::seconds{5};
};

/// Who loads a key whose value has `lead` or less left to live gets it, and begins its renewal on the cache's runner.
/// After a renewal that failed the next one waits for `rest`. Where `lead` is no shorter than `FreshFor`, half of
/// `FreshFor` is taken; a value given a life no longer than `lead` is renewed at every load.
struct RefreshAhead {
  std::chrono::nanoseconds lead = std::chrono::seconds{10};
  std::chrono::nanoseconds rest = std::chrono::seconds{1};
};

/// As `RefreshAhead`, with a point for each entry: renewed when `f(key, value)`, a duration, or less is left.
template <class F>
struct RefreshAheadBy {
  [[no_unique_address]] F f{};
  std::chrono::nanoseconds rest = std::chrono::seconds{1};
};
template <class F>
RefreshAheadBy(F) -> RefreshAheadBy<F>;

/// Who waits for a load, or for the lower tier, longer than `after` and could have a stale value of the upper tier gets
/// that; the load goes on and is stored.
struct SoftTimeout {
  std::chrono::nanoseconds after = std::chrono::milliseconds{100};
};

/// Who waits for a load, or for the lower tier, longer than `after` gets the error `timeout`, or a miss where it only
/// reads; the load goes on and is stored. `forever` waits for as long as it takes. Neither time-out bounds what a cache
/// loads within the load of another one, as its lower tier or called by its loader: that runs on the thread that asks.
struct HardTimeout {
  std::chrono::nanoseconds after = std::chrono::seconds{2};
};

}  // namespace ashlar::inline v0
