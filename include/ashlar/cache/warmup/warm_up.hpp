// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <span>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <ashlar/cache/lifetime.hpp>

namespace ashlar::inline v0 {

/// How a cache is warmed.
struct WarmUpOptions {
  std::size_t concurrency = 5;                      ///< threads that load at the same time, at least 1
  std::chrono::nanoseconds deadline = forever;      ///< no load begins later than this after the start
  std::size_t most = static_cast<std::size_t>(-1);  ///< keys that are warmed at most; the rest is left to demand
  std::stop_token stop = {};                        ///< ends it early; loads under way are finished
};

/// What came of it.
struct WarmUpReport {
  std::size_t loaded = 0;                ///< keys whose loader was called and brought a value
  std::size_t present = 0;               ///< keys that were there already
  std::size_t empty = 0;                 ///< keys whose loader found nothing
  std::size_t failed = 0;                ///< keys whose loader threw
  std::size_t skipped = 0;               ///< keys left over by deadline, limit or stop
  std::vector<std::string> errors = {};  ///< what the first failures said, 20 at most
  std::chrono::nanoseconds took{0};

  /// This report and that of another stage, added up.
  WarmUpReport& operator+=(const WarmUpReport& other) {
    loaded += other.loaded;
    present += other.present;
    empty += other.empty;
    failed += other.failed;
    skipped += other.skipped;
    took += other.took;
    for (const std::string& error : other.errors) {
      if (errors.size() < 20) errors.push_back(error);
    }
    return *this;
  }
};

/// Loads `keys`, in their order, into `cache` by `cache.get_or_load(key, loader)`, several at a time. A loader that
/// throws harms its key only. Returns when every load that began has ended. Stages are calls one after the other: what
/// everybody needs first, then the hot keys with high concurrency, then some of the cold ones with `concurrency = 1`.
/// Threads: the loader is called concurrently; other users of the cache go on. Cost: `concurrency` threads.
template <class Cache, class Loader>
WarmUpReport warm_up(Cache& cache, std::span<const typename Cache::key_type> keys, Loader&& loader,
                     WarmUpOptions options = {}) {
  using K = typename Cache::key_type;
  using Clock = std::chrono::steady_clock;
  const auto begun = Clock::now();
  const std::size_t wanted = std::min(keys.size(), options.most);
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  WarmUpReport report;

  const auto warm_one = [&](const K& key) {
    bool called = false;
    std::size_t WarmUpReport::* outcome = &WarmUpReport::present;
    std::string error;
    try {
      const auto call = [&](const K& wanted_key) {
        called = true;
        if constexpr (std::invocable<Loader&, const K&>) {
          return std::invoke(loader, wanted_key);
        } else {
          return std::invoke(loader);
        }
      };
      const auto value = cache.get_or_load(key, call);
      bool there = true;
      if constexpr (requires { value.has_value(); }) there = value.has_value();
      if (called) outcome = there ? &WarmUpReport::loaded : &WarmUpReport::empty;
    } catch (const std::exception& exception) {
      outcome = &WarmUpReport::failed;
      error = exception.what();
    } catch (...) {
      outcome = &WarmUpReport::failed;
      error = "an exception that is no std::exception";
    }
    const std::lock_guard lock{mutex};
    ++(report.*outcome);
    if (outcome == &WarmUpReport::failed && report.errors.size() < 20) report.errors.push_back(std::move(error));
  };
  const auto work = [&] {
    while (!options.stop.stop_requested() && Clock::now() - begun < options.deadline) {
      const std::size_t at = next.fetch_add(1, std::memory_order_relaxed);
      if (at >= wanted) return;
      warm_one(keys[at]);
    }
  };

  {
    const std::size_t threads = std::clamp<std::size_t>(options.concurrency, 1, std::max<std::size_t>(wanted, 1));
    std::vector<std::jthread> others;
    others.reserve(threads - 1);
    for (std::size_t i = 1; i < threads; ++i) others.emplace_back(work);
    work();
  }
  report.skipped = keys.size() - (report.loaded + report.present + report.empty + report.failed);
  report.took = Clock::now() - begun;
  return report;
}

}  // namespace ashlar::inline v0
