// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <ashlar/cache/detail/owned_loader.hpp>
#include <ashlar/cache/lifetime.hpp>

namespace ashlar::inline v0 {

/// How a cache is warmed.
struct WarmUpOptions {
  std::size_t concurrency = 5;                      ///< threads that load at the same time, at least 1
  std::chrono::nanoseconds deadline = forever;      ///< no load begins later than this after the start
  std::size_t most = static_cast<std::size_t>(-1);  ///< keys that are warmed at most; the rest is left to demand
  std::stop_token stop = {};                        ///< ends it early; loads under way are finished
  /// Told, after each load or batch, how many keys are dealt with, of how many; one call at a time. Must not throw.
  std::function<void(std::size_t done, std::size_t of)> progress = {};
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

namespace detail {

/// Runs `work(i)`, for i from 0 to `count` - 1, in order on as many threads as `options` say, until these say to end.
template <class Work>
void warm_in_parallel(std::size_t count, const WarmUpOptions& options, Work&& work) {
  using Clock = std::chrono::steady_clock;
  const auto begun = Clock::now();
  std::atomic<std::size_t> next{0};
  const auto run = [&] {
    while (!options.stop.stop_requested() && Clock::now() - begun < options.deadline) {
      const std::size_t at = next.fetch_add(1, std::memory_order_relaxed);
      if (at >= count) return;
      work(at);
    }
  };
  const std::size_t threads = std::clamp<std::size_t>(options.concurrency, 1, std::max<std::size_t>(count, 1));
  std::vector<std::jthread> others;
  others.reserve(threads - 1);
  for (std::size_t i = 1; i < threads; ++i) others.emplace_back(run);
  run();
}

/// A report that several threads add to.
class WarmTally {
 public:
  WarmTally(std::size_t wanted, const WarmUpOptions& options) : wanted_{wanted}, options_{options} {}

  /// Adds what came of some keys.
  void add(const WarmUpReport& part) {
    const std::lock_guard lock{mutex_};
    report_ += part;
    if (options_.progress) options_.progress(done(), wanted_);
  }

  /// What came of `keys` keys.
  WarmUpReport finish(std::size_t keys) {
    report_.skipped = keys - done();
    report_.took = std::chrono::steady_clock::now() - begun_;
    return std::move(report_);
  }

 private:
  std::size_t done() const { return report_.loaded + report_.present + report_.empty + report_.failed; }

  const std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  const std::size_t wanted_;
  const WarmUpOptions& options_;
  std::mutex mutex_;
  WarmUpReport report_;
};

/// What `loader` gives for `key`, which it may not want to know.
template <class Loader, class K>
auto warm_value(Loader& loader, const K& key) {
  if constexpr (std::invocable<Loader&, const K&>) {
    return std::invoke(loader, key);
  } else {
    return std::invoke(loader);
  }
}

/// Calls `f` and tells what it threw; nothing when it went well.
template <class F>
std::optional<std::string> words_of_failure(F&& f) {
  try {
    f();
    return std::nullopt;
  } catch (const std::exception& exception) {
    return exception.what();
  } catch (...) {
    return "an exception that is no std::exception";
  }
}

}  // namespace detail

/// Loads `keys`, in their order, into `cache` by `cache.get_or_load(key, loader)`, several at a time. A loader that
/// throws harms its key only. Returns when every load that began has ended.
/// Threads: the loader is called concurrently; other users of the cache go on. Cost: `concurrency` threads.
template <class Cache, class Loader>
WarmUpReport warm_up(Cache& cache, std::span<const typename Cache::key_type> keys, Loader&& loader,
                     WarmUpOptions options = {}) {
  using K = typename Cache::key_type;
  const std::size_t wanted = std::min(keys.size(), options.most);
  detail::WarmTally tally{wanted, options};
  detail::warm_in_parallel(wanted, options, [&](std::size_t i) {
    // Shared with a load that goes on in the background when this call is over.
    const auto called = std::make_shared<std::atomic<bool>>(false);
    bool there = true;
    const auto call = [&](const K& key) {
      called->store(true, std::memory_order_relaxed);
      return detail::warm_value(loader, key);
    };
    const auto later = [&](auto) {
      return [called, own = detail::owned_loader(loader)](const K& key) mutable {
        called->store(true, std::memory_order_relaxed);
        return detail::warm_value(own, key);
      };
    };
    WarmUpReport part;
    const std::optional<std::string> failure = detail::words_of_failure([&] {
      const auto value = cache.get_or_load(keys[i], detail::LentLoader{call, later});
      if constexpr (requires { value.has_value(); }) there = value.has_value();
    });
    if (failure) {
      part.failed = 1;
      part.errors.push_back(*failure);
    } else {
      ++(!called->load(std::memory_order_relaxed) ? part.present : there ? part.loaded : part.empty);
    }
    tally.add(part);
  });
  return tally.finish(keys.size());
}

}  // namespace ashlar::inline v0
