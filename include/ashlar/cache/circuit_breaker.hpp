// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include <ashlar/cache/concepts.hpp>
#include <ashlar/cache/detail/tier_access.hpp>
#include <ashlar/core/clock.hpp>

namespace ashlar::inline v0 {

/// When a `CircuitBreaker` opens and for how long.
struct BreakerOptions {
  std::uint32_t failures = 5;                                   ///< in a row, before the tier is passed by
  std::chrono::nanoseconds open_for = std::chrono::seconds{5};  ///< before one call is let through as a trial
  std::chrono::nanoseconds slow_after = forever;                ///< a call that takes longer counts as a failure
};

/// What a `CircuitBreaker` does with calls right now.
enum class BreakerState : std::uint8_t { closed, open, half_open };

/// A tier that stops asking a tier that is down: after `failures` failed calls in a row it answers at once with the
/// error `busy`, lets one call through after `open_for`, and closes again when that one works.
/// `Cache<MemoryTier<K, V>, CircuitBreaker<StoreTier<K, V>>>`: reads are misses meanwhile, writes follow the strategy.
/// Exceptions of the tier count as failures and are passed on. Threads: every member may be called concurrently.
/// Cost: one load, and while the tier works one load more.
template <tier Tier, clock Clock = std::chrono::steady_clock>
class CircuitBreaker {
 public:
  using key_type = typename Tier::key_type;
  using mapped_type = typename Tier::mapped_type;
  static constexpr bool evicts = detail::drops_entries<Tier>;
  static constexpr bool expires_when_idle = detail::expires_by_use<Tier>;
  static constexpr bool is_source = source_tier<Tier>;
  static constexpr bool read_only = detail::refuses_writes<Tier>;
  template <class C>
    requires packing_tier<Tier, C>
  using compressed_with = CircuitBreaker<detail::With<C, Tier>, Clock>;

  /// `tier`: what `Tier` is constructible from, or a function that returns one.
  template <class A>
    requires(detail::can_build<Tier, A>() && !std::same_as<std::remove_cvref_t<A>, CircuitBreaker>)
  explicit CircuitBreaker(A&& tier, BreakerOptions options = {}, Clock clock = {})
      : tier_(detail::build<Tier>(std::forward<A>(tier))), options_{options}, clock_{std::move(clock)} {}

  Result<std::optional<mapped_type>> get(const key_type& key) {
    return guarded<std::optional<mapped_type>>([&] { return tier_.get(key); });
  }
  Result<std::optional<Timed<mapped_type>>> get_timed(const key_type& key)
    requires expiring_tier<Tier>
  {
    return guarded<std::optional<Timed<mapped_type>>>([&] { return tier_.get_timed(key); });
  }
  Result<void> put(const key_type& key, const mapped_type& value) {
    return guarded<void>([&] { return detail::succeeds([&] { return tier_.put(key, value); }); });
  }
  Result<void> put(const key_type& key, const mapped_type& value, std::chrono::nanoseconds ttl)
    requires expiring_tier<Tier>
  {
    return guarded<void>([&] { return detail::succeeds([&] { return tier_.put(key, value, ttl); }); });
  }
  Result<bool> insert_if_absent(const key_type& key, const mapped_type& value)
    requires atomic_tier<Tier>
  {
    return guarded<bool>([&] { return tier_.insert_if_absent(key, value); });
  }
  Result<bool> erase(const key_type& key) {
    return guarded<bool>([&] { return tier_.erase(key); });
  }
  Result<void> clear()
    requires clearable_tier<Tier>
  {
    return guarded<void>([&] { return detail::succeeds([&] { return tier_.clear(); }); });
  }
  /// Where the tier has one of its own.
  template <class P>
    requires matching_tier<Tier>
  Result<std::size_t> erase_matching(P&& matches) {
    return guarded<std::size_t>([&]() -> Result<std::size_t> { return tier_.erase_matching(matches); });
  }
  Result<bool> contains(const key_type& key) {
    return guarded<bool>([&] { return detail::has(tier_, key); });
  }
  Result<std::optional<mapped_type>> peek(const key_type& key) {
    return guarded<std::optional<mapped_type>>([&] { return detail::glance(tier_, key); });
  }
  Result<std::optional<Timed<mapped_type>>> peek_timed(const key_type& key)
    requires expiring_tier<Tier>
  {
    return guarded<std::optional<Timed<mapped_type>>>([&] { return detail::glance_timed(tier_, key); });
  }
  /// As the tier's own, whatever the state.
  std::size_t maintain()
    requires requires(Tier& tier) { tier.maintain(); }
  {
    return tier_.maintain();
  }
  template <class F>
    requires scannable_tier<Tier>
  void for_each(F&& f) {
    static_cast<void>(tier_.for_each(std::forward<F>(f)));
  }

  BreakerState state() const noexcept {
    if (failures_.load(std::memory_order_relaxed) < options_.failures) return BreakerState::closed;
    return now() < retry_at_.load(std::memory_order_relaxed) ? BreakerState::open : BreakerState::half_open;
  }
  /// How many calls were answered without asking the tier.
  std::uint64_t refused() const noexcept { return refused_.load(std::memory_order_relaxed); }
  /// How often it opened.
  std::uint64_t opened() const noexcept { return opened_.load(std::memory_order_relaxed); }
  Tier& inner() noexcept { return tier_; }

 private:
  std::int64_t now() const noexcept {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(clock_.now().time_since_epoch()).count();
  }
  // `open_for` from `time` on; the end of time where it lies beyond.
  std::int64_t reopens(std::int64_t time) const noexcept {
    const std::int64_t wait = options_.open_for.count();
    return time > 0 && wait > std::numeric_limits<std::int64_t>::max() - time ? std::numeric_limits<std::int64_t>::max()
                                                                              : time + wait;
  }
  // The one trial of a half-open breaker is who moves `retry_at_` on; everybody else is refused until then.
  bool may_pass() noexcept {
    if (failures_.load(std::memory_order_relaxed) < options_.failures) return true;
    std::int64_t retry_at = retry_at_.load(std::memory_order_relaxed);
    const std::int64_t time = now();
    if (time >= retry_at && retry_at_.compare_exchange_strong(retry_at, reopens(time))) return true;
    refused_.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  void worked() noexcept {
    if (failures_.load(std::memory_order_relaxed) != 0) failures_.store(0, std::memory_order_relaxed);
  }
  void failed() noexcept {
    const std::uint32_t before = failures_.fetch_add(1, std::memory_order_relaxed);
    if (before + 1 < options_.failures) return;
    failures_.store(options_.failures, std::memory_order_relaxed);
    retry_at_.store(reopens(now()), std::memory_order_relaxed);
    if (before + 1 == options_.failures) opened_.fetch_add(1, std::memory_order_relaxed);
  }

  template <class T, class F>
  Result<T> guarded(F&& call) {
    if (!may_pass()) {
      return Error{ErrorCode::busy, "circuit breaker: the tier failed " + std::to_string(options_.failures) +
                                        " times in a row and is passed by for a while"};
    }
    const bool timed = options_.slow_after != forever;
    const std::int64_t begun = timed ? now() : 0;
    try {
      Result<T> result = call();
      const bool slow = timed && now() - begun > options_.slow_after.count();
      result && !slow ? worked() : failed();
      return result;
    } catch (...) {
      failed();
      throw;
    }
  }

  Tier tier_;
  const BreakerOptions options_;
  [[no_unique_address]] Clock clock_;
  // Relaxed throughout: the counters guard no data, and a call too many or too few does no harm.
  std::atomic<std::uint32_t> failures_{0};
  std::atomic<std::int64_t> retry_at_{0};
  std::atomic<std::uint64_t> refused_{0};
  std::atomic<std::uint64_t> opened_{0};
};

}  // namespace ashlar::inline v0
