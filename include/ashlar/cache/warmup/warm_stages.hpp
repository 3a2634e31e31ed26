// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <functional>
#include <limits>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ashlar/cache/warmup/warm_up.hpp>

namespace ashlar::inline v0 {

/// One stage of a warm-up: its keys, most important first.
template <class Key>
struct WarmStage {
  std::string name;
  std::vector<Key> keys;
  std::size_t concurrency = 5;
  std::size_t most = std::numeric_limits<std::size_t>::max();  ///< keys that are warmed at most
};

/// What came of each stage, and of all.
struct WarmStagesReport {
  struct Stage {
    std::string name;
    WarmUpReport report;
  };
  std::vector<Stage> stages;
  WarmUpReport total;
};

/// What holds for all stages together.
struct WarmStagesOptions {
  std::chrono::nanoseconds deadline = forever;  ///< no load begins later than this after the start
  std::stop_token stop = {};                    ///< ends it early; loads under way are finished
  /// Told, after each load, how many keys of which stage are dealt with, of how many; one call at a time.
  std::function<void(std::string_view stage, std::size_t done, std::size_t of)> progress = {};
};

/// The usual three stages: what everybody needs, one after the other; the hottest `hot_fraction` (0 to 1, rounded up) of
/// `ranked`, hottest first, `hot_concurrency` at a time; of the rest one after the other `cold_most` at most.
template <class Key>
std::vector<WarmStage<Key>> usual_stages(std::vector<Key> everybodys, std::span<const Key> ranked,
                                         double hot_fraction = 0.2, std::size_t hot_concurrency = 5,
                                         std::size_t cold_most = std::numeric_limits<std::size_t>::max()) {
  const double wanted = std::ceil(std::clamp(hot_fraction, 0.0, 1.0) * static_cast<double>(ranked.size()));
  const std::size_t hot = std::min(ranked.size(), static_cast<std::size_t>(wanted));
  return {{"everybody's", std::move(everybodys), 1},
          {"hot", {ranked.begin(), ranked.begin() + static_cast<std::ptrdiff_t>(hot)}, hot_concurrency},
          {"cold", {ranked.begin() + static_cast<std::ptrdiff_t>(hot), ranked.end()}, 1, cold_most}};
}

/// Warms one stage after the other, each as `warm_up` does. What the deadline or a stop leaves over is in the report as
/// skipped. Threads: the loader is called concurrently; other users of the cache go on.
template <class Cache, class Loader>
WarmStagesReport warm_in_stages(Cache& cache, std::span<const WarmStage<typename Cache::key_type>> stages,
                                Loader&& loader, WarmStagesOptions options = {}) {
  const auto begun = std::chrono::steady_clock::now();
  WarmStagesReport report;
  for (const WarmStage<typename Cache::key_type>& stage : stages) {
    WarmUpOptions own{.concurrency = stage.concurrency, .most = stage.most, .stop = options.stop};
    if (options.deadline != forever) own.deadline = options.deadline - (std::chrono::steady_clock::now() - begun);
    if (options.progress) {
      own.progress = [&](std::size_t done, std::size_t of) { options.progress(stage.name, done, of); };
    }
    report.stages.push_back({stage.name, warm_up(cache, std::span{stage.keys}, loader, std::move(own))});
    report.total += report.stages.back().report;
  }
  return report;
}

}  // namespace ashlar::inline v0
