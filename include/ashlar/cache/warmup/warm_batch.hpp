// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <ashlar/cache/detail/owned_loader.hpp>
#include <ashlar/cache/warmup/warm_up.hpp>
#include <ashlar/core/assert.hpp>

namespace ashlar::inline v0 {

/// Loads `keys`, in their order, into `cache` by `cache.get_or_load_many`, `batch` keys a call, several calls at a time.
/// A loader that throws harms its batch only: its keys count as failed. The loader takes and returns what
/// `get_or_load_many` says. Returns when every load that began has ended. `batch` is at least 1.
/// Threads: the loader is called concurrently; other users of the cache go on. Cost: `concurrency` threads.
template <class Cache, class Loader>
WarmUpReport warm_batch(Cache& cache, std::span<const typename Cache::key_type> keys, std::size_t batch,
                        Loader&& loader, WarmUpOptions options = {}) {
  using K = typename Cache::key_type;
  using V = typename Cache::mapped_type;
  ASHLAR_ASSERT(batch > 0, "warm_batch: a batch has at least one key");
  const std::size_t wanted = std::min(keys.size(), options.most);
  detail::WarmTally tally{wanted, options};
  detail::warm_in_parallel(wanted / batch + (wanted % batch == 0 ? 0 : 1), options, [&](std::size_t i) {
    const auto part_of = keys.first(wanted).subspan(i * batch, std::min(batch, wanted - i * batch));
    std::vector<std::optional<V>> values(part_of.size());
    // Shared with a load that goes on in the background when this call is over.
    const auto asked_for = std::make_shared<std::atomic<std::size_t>>(0);
    const auto call = [&](std::span<const K> missing) {
      asked_for->fetch_add(missing.size(), std::memory_order_relaxed);
      return std::invoke(loader, missing);
    };
    const auto later = [&](auto) {
      return [asked_for, own = detail::owned_loader(loader)](std::span<const K> missing) mutable {
        asked_for->fetch_add(missing.size(), std::memory_order_relaxed);
        return std::invoke(own, missing);
      };
    };
    WarmUpReport part;
    const std::optional<std::string> failure =
        detail::words_of_failure([&] { cache.get_or_load_many(part_of, values, detail::LentLoader{call, later}); });
    // What is renewed though it was there is asked for, too.
    const std::size_t asked = std::min(asked_for->load(std::memory_order_relaxed), part_of.size());
    if (failure) {
      part.failed = part_of.size();
      part.errors.push_back(*failure);
    } else {
      part.empty =
          static_cast<std::size_t>(std::ranges::count_if(values, [](const auto& v) { return !v.has_value(); }));
      part.loaded = asked - std::min(asked, part.empty);
      part.present = part_of.size() - part.loaded - part.empty;
    }
    tally.add(part);
  });
  return tally.finish(keys.size());
}

}  // namespace ashlar::inline v0
