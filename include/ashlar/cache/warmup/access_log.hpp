// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include <ashlar/core/clock.hpp>
#include <ashlar/core/hash.hpp>

namespace ashlar::inline v0 {

/// Counts which keys are read how often, over a sliding window, to say later which are hot.
///
/// Bounded: at most `max_keys` keys are known; when there is no room, keys not seen within the window are forgotten,
/// and when there are none, the new key is not counted. Lossy: a record that would have to wait for another thread is
/// dropped and counted in `dropped()`. The window moves in twelfths. Where a hit is cheap, let one read in `one_in` be
/// recorded, drawn at random and counted for all of them: the hot keys are the same, and the other reads cost a draw.
/// Threads: every member may be called concurrently. Cost of a record: a hash, an uncontended lock, a clock, an increment.
template <class Key, clock Clock = std::chrono::steady_clock, class Hash = std::hash<Key>>
class AccessLog {
 public:
  /// A key and how often it was read within the window.
  struct Hot {
    Key key;
    std::uint64_t reads = 0;
  };

  explicit AccessLog(std::size_t max_keys = 100'000, std::chrono::nanoseconds window = std::chrono::hours{1},
                     Clock clock = {}, std::uint32_t one_in = 1)
      : max_in_stripe_{std::max<std::size_t>(max_keys / stripes, 1)},
        slice_{std::max(window / slices, std::chrono::nanoseconds{1})},
        one_in_{std::max<std::uint32_t>(one_in, 1)},
        clock_{std::move(clock)} {}

  void record(const Key& key) {
    if (one_in_ == 1 || draw(one_in_) == 0) add(key);
  }

  /// The `most` keys that were read most often within the window, hottest first; equals in no order.
  std::vector<Hot> top(std::size_t most) const {
    std::vector<Hot> hot = all();
    const auto hotter = [](const Hot& a, const Hot& b) { return a.reads > b.reads; };
    const auto wanted = static_cast<std::ptrdiff_t>(std::min(most, hot.size()));
    std::partial_sort(hot.begin(), hot.begin() + wanted, hot.end(), hotter);
    hot.erase(hot.begin() + wanted, hot.end());
    return hot;
  }
  /// The hottest `fraction` of the keys read within the window, at least one where there is one; 0 to 1.
  std::vector<Hot> top_fraction(double fraction) const {
    const double wanted = std::clamp(fraction, 0.0, 1.0) * static_cast<double>(all().size());
    return top(std::max<std::size_t>(static_cast<std::size_t>(wanted + 0.5), 1));
  }

  std::uint64_t dropped() const noexcept { return dropped_.load(std::memory_order_relaxed); }

 private:
  static constexpr std::size_t stripes = 16;
  static constexpr int slices = 12;

  // A clock may begin before its epoch.
  static std::size_t index(std::int64_t slice) noexcept {
    return static_cast<std::size_t>((slice % slices + slices) % slices);
  }
  struct Counts {
    std::array<std::uint32_t, static_cast<std::size_t>(slices)> reads{};
    std::int64_t last = 0;  // the slice of the last record

    // Forgets what has left the window.
    void advance(std::int64_t now) noexcept {
      for (std::int64_t slice = std::max(last, now - slices) + 1; slice <= now; ++slice) {
        reads[index(slice)] = 0;
      }
      last = std::max(last, now);
    }
    std::uint64_t within(std::int64_t now) const noexcept {
      Counts seen = *this;
      seen.advance(now);
      std::uint64_t sum = 0;
      for (const std::uint32_t count : seen.reads) sum += count;
      return sum;
    }
  };
  struct Stripe {
    mutable std::mutex mutex;
    std::unordered_map<Key, Counts, Hash> counts;
    std::int64_t searched = std::numeric_limits<std::int64_t>::min();  // the slice in which room was last looked for
  };

  // Evenly one of `below` numbers, by xorshift; each thread goes through the sequence from a place of its own.
  static std::uint32_t draw(std::uint32_t below) noexcept {
    constinit static std::atomic<std::uint64_t> threads{0};
    constinit static thread_local std::uint64_t state = 0;
    if (state == 0) state = hash_mix(threads.fetch_add(1, std::memory_order_relaxed)) | 1;  // never comes to 0
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return static_cast<std::uint32_t>((state >> 32) * below >> 32);
  }
  void add(const Key& key) {
    Stripe& stripe = stripe_of(key);
    const std::unique_lock lock{stripe.mutex, std::try_to_lock};
    if (!lock) {
      dropped_.fetch_add(1, std::memory_order_relaxed);
      return;
    }
    const std::int64_t now = slice_now();
    auto found = stripe.counts.find(key);
    if (found == stripe.counts.end()) {
      if (stripe.counts.size() >= max_in_stripe_ && !make_room(stripe, now)) {
        dropped_.fetch_add(1, std::memory_order_relaxed);
        return;
      }
      found = stripe.counts.emplace(key, Counts{{}, now}).first;
    }
    found->second.advance(now);
    std::uint32_t& count = found->second.reads[index(now)];
    count += std::min(one_in_, std::numeric_limits<std::uint32_t>::max() - count);
  }
  Stripe& stripe_of(const Key& key) {
    return stripes_[(static_cast<std::uint64_t>(Hash{}(key)) * 0x9E3779B97F4A7C15u) >> 60];
  }
  std::int64_t slice_now() const {
    const auto time = std::chrono::duration_cast<std::chrono::nanoseconds>(clock_.now().time_since_epoch());
    return time / slice_ - (time % slice_ < time.zero());
  }
  bool make_room(Stripe& stripe, std::int64_t now) {
    if (stripe.searched == now) return false;
    stripe.searched = now;
    return std::erase_if(stripe.counts, [&](const auto& entry) { return entry.second.last + slices <= now; }) > 0;
  }
  std::vector<Hot> all() const {
    std::vector<Hot> hot;
    const std::int64_t now = slice_now();
    for (const Stripe& stripe : stripes_) {
      const std::lock_guard lock{stripe.mutex};
      for (const auto& [key, counts] : stripe.counts) {
        if (const std::uint64_t reads = counts.within(now); reads > 0) hot.push_back({key, reads});
      }
    }
    return hot;
  }

  const std::size_t max_in_stripe_;
  const std::chrono::nanoseconds slice_;
  const std::uint32_t one_in_;
  [[no_unique_address]] Clock clock_;
  std::array<Stripe, stripes> stripes_;
  std::atomic<std::uint64_t> dropped_{0};
};

}  // namespace ashlar::inline v0
