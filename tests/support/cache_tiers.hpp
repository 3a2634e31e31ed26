// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <ashlar/cache/lifetime.hpp>
#include <ashlar/core/clock.hpp>
#include <ashlar/core/result.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <numeric>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace ashlar_test {

/// The keys 0, 1, …, `count - 1`.
inline std::vector<int> numbers(int count) {
  std::vector<int> keys(static_cast<std::size_t>(count));
  std::iota(keys.begin(), keys.end(), 0);
  return keys;
}

/// The plainest tier that tells all it can: a map behind a mutex, without a bound.
template <class K, class V>
class MapTier {
 public:
  using key_type = K;
  using mapped_type = V;

  MapTier() = default;
  explicit MapTier(int) {}
  MapTier(MapTier&& other) noexcept : entries_(std::move(other.entries_)) {}

  std::optional<V> get(const K& key) {
    ++reads;
    return peek(key);
  }
  std::optional<V> peek(const K& key) const {
    const std::lock_guard lock{mutex_};
    const auto found = entries_.find(key);
    return found == entries_.end() ? std::nullopt : std::optional<V>{found->second};
  }
  bool contains(const K& key) const { return peek(key).has_value(); }
  void put(const K& key, const V& value) {
    const std::lock_guard lock{mutex_};
    entries_.insert_or_assign(key, value);
    ++writes;
  }
  bool insert_if_absent(const K& key, const V& value) {
    const std::lock_guard lock{mutex_};
    return entries_.emplace(key, value).second;
  }
  bool erase(const K& key) {
    const std::lock_guard lock{mutex_};
    return entries_.erase(key) > 0;
  }
  template <class P>
  std::size_t erase_matching(P&& matches) {
    const std::lock_guard lock{mutex_};
    return std::erase_if(entries_, [&](const auto& entry) { return matches(entry.first, entry.second); });
  }
  void clear() {
    const std::lock_guard lock{mutex_};
    entries_.clear();
  }
  template <class F>
  void for_each(F&& f) const {
    const std::lock_guard lock{mutex_};
    for (const auto& [key, value] : entries_) f(key, value);
  }
  std::size_t size() const {
    const std::lock_guard lock{mutex_};
    return entries_.size();
  }

  std::atomic<int> reads{0};
  std::atomic<int> writes{0};

 private:
  mutable std::mutex mutex_;
  std::map<K, V> entries_;
};

/// A map whose entries expire by a manual clock.
template <class K, class V>
class ExpiringMapTier {
 public:
  using key_type = K;
  using mapped_type = V;

  explicit ExpiringMapTier(ashlar::ManualClock clock) : clock_{std::move(clock)} {}

  std::optional<V> get(const K& key) {
    auto found = get_timed(key);
    return found ? std::optional<V>{std::move(found->value)} : std::nullopt;
  }
  std::optional<ashlar::Timed<V>> get_timed(const K& key) {
    const std::lock_guard lock{mutex_};
    const auto found = entries_.find(key);
    if (found == entries_.end()) return std::nullopt;
    if (found->second.second == never) return ashlar::Timed<V>{found->second.first, ashlar::forever};
    const auto left = found->second.second - clock_.now();
    if (left <= left.zero()) return std::nullopt;
    return ashlar::Timed<V>{found->second.first, left};
  }
  void put(const K& key, const V& value) { put(key, value, ashlar::forever); }
  void put(const K& key, const V& value, std::chrono::nanoseconds ttl) {
    const std::lock_guard lock{mutex_};
    entries_.insert_or_assign(key, std::pair{value, ttl == ashlar::forever ? never : clock_.now() + ttl});
  }
  bool erase(const K& key) {
    const std::lock_guard lock{mutex_};
    return entries_.erase(key) > 0;
  }
  void clear() {
    const std::lock_guard lock{mutex_};
    entries_.clear();
  }

 private:
  static constexpr auto never = ashlar::ManualClock::time_point::max();
  ashlar::ManualClock clock_;
  std::mutex mutex_;
  std::map<K, std::pair<V, ashlar::ManualClock::time_point>> entries_;
};

/// Another tier that fails on command: every call asks `fails` (given a running number) and `before` runs first.
template <class Tier>
class FlakyTier {
 public:
  using key_type = typename Tier::key_type;
  using mapped_type = typename Tier::mapped_type;

  FlakyTier() = default;
  explicit FlakyTier(int) {}

  ashlar::Result<std::optional<mapped_type>> get(const key_type& key) {
    if (auto error = trouble("get")) return *error;
    return inner.get(key);
  }
  ashlar::Result<void> put(const key_type& key, const mapped_type& value) {
    if (auto error = trouble("put")) return *error;
    inner.put(key, value);
    return {};
  }
  ashlar::Result<bool> erase(const key_type& key) {
    if (auto error = trouble("erase")) return *error;
    return inner.erase(key);
  }
  ashlar::Result<void> clear() {
    if (auto error = trouble("clear")) return *error;
    inner.clear();
    return {};
  }

  Tier inner;
  std::atomic<bool> down{false};
  std::atomic<int> every{0};  // 0: none fails; n: each n-th call does
  std::atomic<int> calls{0};
  std::atomic<int> delay_us{0};
  std::function<void(const char*)> before = [](const char*) {};

 private:
  std::optional<ashlar::Error> trouble(const char* what) {
    before(what);
    if (const int us = delay_us; us > 0) std::this_thread::sleep_for(std::chrono::microseconds{us});
    const int call = ++calls;
    if (down || (every > 0 && call % every == 0)) {
      return ashlar::Error{ashlar::ErrorCode::io, std::string{"the tier is down: "} + what};
    }
    return std::nullopt;
  }
};

}  // namespace ashlar_test
