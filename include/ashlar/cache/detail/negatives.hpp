// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace ashlar::inline v0::detail {

/// The keys that are known to have no value, each for a while. Bounded: a full stripe forgets an arbitrary key, which
/// costs a load and no more. While there are none, asking costs one relaxed load.
template <class K, class Hash, class Clock>
class Negatives {
 public:
  explicit Negatives(Clock clock = {}) : clock_{std::move(clock)} {}

  bool knows(const K& key) const {
    if (count_.load(std::memory_order_acquire) == 0) return false;
    const Stripe& stripe = stripe_of(key);
    const std::lock_guard lock{stripe.mutex};
    const auto found = stripe.until.find(key);
    return found != stripe.until.end() && clock_.now() < found->second;
  }
  void add(const K& key, std::chrono::nanoseconds ttl) {
    const auto now = clock_.now();
    // In seconds: the rest of a coarse clock's range does not fit in nanoseconds.
    using Seconds = std::chrono::duration<double>;
    const bool fits = Seconds{ttl} < Seconds{Clock::time_point::max() - now};
    Stripe& stripe = stripe_of(key);
    const std::lock_guard lock{stripe.mutex};
    if (stripe.until.size() >= most_in_stripe && !stripe.until.contains(key)) make_room(stripe, now);
    const auto until = fits ? now + std::chrono::ceil<typename Clock::duration>(ttl) : Clock::time_point::max();
    const bool fresh = stripe.until.insert_or_assign(key, until).second;
    if (fresh) count_.fetch_add(1, std::memory_order_release);
  }
  void remove(const K& key) {
    if (count_.load(std::memory_order_acquire) == 0) return;
    Stripe& stripe = stripe_of(key);
    const std::lock_guard lock{stripe.mutex};
    count_.fetch_sub(stripe.until.erase(key), std::memory_order_release);
  }
  template <class Covers>
  void remove_if(Covers&& covers) {
    for (Stripe& stripe : stripes_) {
      const std::lock_guard lock{stripe.mutex};
      count_.fetch_sub(std::erase_if(stripe.until, [&](const auto& entry) { return covers(entry.first); }),
                       std::memory_order_release);
    }
  }
  std::size_t size() const noexcept { return count_.load(std::memory_order_relaxed); }

 private:
  static constexpr std::size_t most_in_stripe = 1024;
  struct Stripe {
    mutable std::mutex mutex;
    std::unordered_map<K, typename Clock::time_point, Hash> until;
  };

  const Stripe& stripe_of(const K& key) const {
    return stripes_[(static_cast<std::uint64_t>(Hash{}(key)) * 0x9E3779B97F4A7C15u) >> 60];
  }
  Stripe& stripe_of(const K& key) { return const_cast<Stripe&>(std::as_const(*this).stripe_of(key)); }
  void make_room(Stripe& stripe, typename Clock::time_point now) {
    std::size_t gone = std::erase_if(stripe.until, [&](const auto& entry) { return entry.second <= now; });
    if (gone == 0) {
      stripe.until.erase(stripe.until.begin());
      gone = 1;
    }
    count_.fetch_sub(gone, std::memory_order_release);
  }

  std::array<Stripe, 16> stripes_;
  std::atomic<std::size_t> count_{0};
  Clock clock_;
};

}  // namespace ashlar::inline v0::detail
