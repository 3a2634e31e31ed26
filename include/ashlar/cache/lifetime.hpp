// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <utility>

#include <ashlar/core/assert.hpp>

namespace ashlar::inline v0 {

/// A time to live that never ends.
inline constexpr std::chrono::nanoseconds forever = std::chrono::nanoseconds::max();

/// How long an entry may live from now on: a given time, or what the tier's own expiry policy says.
/// Converts from every duration; what does not fit in nanoseconds (292 years) means `forever`.
class Lifetime {
 public:
  /// As the tier's own policy says.
  constexpr Lifetime() noexcept = default;
  /// `ttl` from now on; zero or less is expired at once.
  template <class Rep, class Period>
  constexpr Lifetime(std::chrono::duration<Rep, Period> ttl) noexcept : ttl_{clamp(ttl)}, given_{true} {}

  /// True when a time was given, `forever` included.
  constexpr bool given() const noexcept { return given_; }
  /// The time given. Requires `given()`.
  constexpr std::chrono::nanoseconds ttl() const noexcept {
    ASHLAR_ASSERT(given_, "Lifetime::ttl() without a time; ask given() first");
    return ttl_;
  }
  /// True for a time that has passed already.
  constexpr bool over() const noexcept { return given_ && ttl_ <= std::chrono::nanoseconds::zero(); }

  friend constexpr bool operator==(const Lifetime&, const Lifetime&) noexcept = default;

 private:
  template <class Rep, class Period>
  static constexpr std::chrono::nanoseconds clamp(std::chrono::duration<Rep, Period> ttl) noexcept {
    using Seconds = std::chrono::duration<double>;
    const double seconds = std::chrono::duration_cast<Seconds>(ttl).count();
    if (seconds >= std::chrono::duration_cast<Seconds>(forever).count()) return forever;
    if (seconds <= std::chrono::duration_cast<Seconds>(std::chrono::nanoseconds::min()).count()) {
      return std::chrono::nanoseconds::min();
    }
    return std::chrono::duration_cast<std::chrono::nanoseconds>(ttl);
  }

  std::chrono::nanoseconds ttl_ = forever;
  bool given_ = false;
};

/// A value with the time it still has to live, read together so that neither is older than the other.
template <class V>
struct Timed {
  V value;
  std::chrono::nanoseconds ttl = forever;  ///< from the moment of the read; `forever` when it does not expire

  friend bool operator==(const Timed&, const Timed&) = default;
};

template <class V>
Timed(V, std::chrono::nanoseconds) -> Timed<V>;

}  // namespace ashlar::inline v0
