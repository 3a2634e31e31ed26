// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <ashlar/cache/warmup/warm_up.hpp>

namespace ashlar::inline v0 {

/// Which keys of an access log are hot: the `top` most read, or, without it, the hottest `fraction` of those read.
struct HotList {
  std::optional<std::size_t> top = std::nullopt;
  double fraction = 0.2;  ///< 0 to 1
};

/// The hot keys of `log`, hottest first; `by_default` where nothing was read within the log's window.
template <class Log, class Key>
std::vector<Key> hot_keys(const Log& log, std::span<const Key> by_default, HotList list = {}) {
  const auto hot = list.top ? log.top(*list.top) : log.top_fraction(list.fraction);
  if (hot.empty()) return {by_default.begin(), by_default.end()};
  std::vector<Key> keys;
  keys.reserve(hot.size());
  for (const auto& one : hot) keys.push_back(one.key);
  return keys;
}

/// Warms `cache` with the hot keys of `log`, or with `by_default` where it has none, as `warm_up` does.
template <class Cache, class Log, class Loader>
WarmUpReport warm_smart(Cache& cache, const Log& log, Loader&& loader,
                        std::span<const typename Cache::key_type> by_default = {}, HotList list = {},
                        WarmUpOptions options = {}) {
  const std::vector<typename Cache::key_type> keys = hot_keys(log, by_default, list);
  return warm_up(cache, std::span{keys}, loader, std::move(options));
}

}  // namespace ashlar::inline v0
