// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <ashlar/cache/concepts.hpp>
#include <ashlar/cache/detail/tier_access.hpp>
#include <ashlar/core/hash.hpp>

namespace ashlar::inline v0 {

/// Which cached keys `verify` compares. The choice depends on the keys and the seed only, not on where they lie.
struct Sample {
  double fraction = 1.0;                            ///< of the keys, 0 to 1
  std::size_t most = static_cast<std::size_t>(-1);  ///< keys at most
  std::uint64_t seed = 0;                           ///< another seed, another choice
  std::size_t most_listed = 100;                    ///< differing keys that the report names at most
};

/// How a cached value differs from the source.
enum class Disagreement : std::uint8_t {
  other_value,    ///< the source has another value
  not_in_source,  ///< the source has none
  unreadable,     ///< cache or source failed; nothing is known
};

/// What `verify` found.
template <class K>
struct VerifyReport {
  struct Difference {
    K key;
    Disagreement what;
    std::string error = {};  ///< for `unreadable`
  };
  std::size_t cached = 0;         ///< keys there were to choose from
  std::size_t compared = 0;       ///< keys looked at in both
  std::size_t equal = 0;          ///< of these, the same
  std::size_t other_value = 0;    ///< of these, with another value in the source
  std::size_t not_in_source = 0;  ///< of these, without a value in the source
  std::size_t unreadable = 0;     ///< keys that cache or source failed for
  std::size_t gone = 0;           ///< keys that left the cache meanwhile
  std::vector<Difference> differences = {};
  std::chrono::nanoseconds took{0};

  /// True when nothing that could be compared differs.
  bool consistent() const noexcept { return other_value == 0 && not_in_source == 0; }
};

namespace detail {

/// The value of a key in the source: a tier's, or what a function returns: a value, an optional or a Result of either.
template <class V, class Source, class K>
Result<std::optional<V>> source_value(Source& source, const K& key) {
  if constexpr (tier<Source>) {
    return Result<std::optional<V>>{glance(source, key)};
  } else {
    using R = std::invoke_result_t<Source&, const K&>;
    if constexpr (std::same_as<std::remove_cvref_t<R>, Result<V>>) {
      Result<V> value = std::invoke(source, key);
      if (!value) return value.error();
      return std::optional<V>{*std::move(value)};
    } else {
      return Result<std::optional<V>>{std::invoke(source, key)};
    }
  }
}

/// Those of `keys` that the sample takes: the ones whose hashes are smallest.
template <class K>
void take_sample(std::vector<K>& keys, const Sample& sample) {
  const double share = std::clamp(sample.fraction, 0.0, 1.0) * static_cast<double>(keys.size());
  const std::size_t wanted = std::min(static_cast<std::size_t>(share + 0.5), sample.most);
  if (wanted >= keys.size()) return;
  const auto rank = [&](const K& key) { return hash_mix(Hash<K>{}(key) + hash_mix(sample.seed)); };
  const auto first = [&](const K& a, const K& b) { return rank(a) < rank(b); };
  std::nth_element(keys.begin(), keys.begin() + static_cast<std::ptrdiff_t>(wanted), keys.end(), first);
  keys.erase(keys.begin() + static_cast<std::ptrdiff_t>(wanted), keys.end());
}

}  // namespace detail

/// Compares cached values with their source, key by key. `keys` are those to look at, of which the sample takes some;
/// `source` is a tier or is called as `source(key)` and returns a value, a `std::optional` or a `Result` of it; `same(a, b)`
/// says what is equal.
///
/// Records no use where the tiers have `peek`, so that it does not change what is evicted. A value that differs is
/// looked at again, three times in all, so that one that is written meanwhile is not reported. What `source` throws
/// counts as unreadable. Threads: as the cache. Cost: a peek and a read of the source for each key.
template <class Cache, class Source, class Same = std::equal_to<>>
VerifyReport<typename Cache::key_type> verify(Cache& cache, Source&& source,
                                              std::span<const typename Cache::key_type> keys, Sample sample = {},
                                              Same same = {}) {
  using K = typename Cache::key_type;
  using V = typename Cache::mapped_type;
  using Report = VerifyReport<K>;
  const auto begun = std::chrono::steady_clock::now();
  std::vector<K> chosen{keys.begin(), keys.end()};
  Report report;
  report.cached = chosen.size();
  detail::take_sample(chosen, sample);
  std::sort(chosen.begin(), chosen.end(), [](const K& a, const K& b) {
    if constexpr (std::totally_ordered<K>) {
      return a < b;
    } else {
      return Hash<K>{}(a) < Hash<K>{}(b);
    }
  });

  const auto differs = [&](const K& key, Disagreement what, std::string error = {}) {
    if (report.differences.size() < sample.most_listed) report.differences.push_back({key, what, std::move(error)});
  };
  const auto look = [&](const K& key) {
    for (int attempt = 1;; ++attempt) {
      const Result<std::optional<V>> here = detail::glance(cache, key);
      if (here && !*here) return static_cast<void>(++report.gone);
      const Result<std::optional<V>> there = here ? detail::source_value<V>(source, key) : here;
      if (!here || !there) {
        ++report.unreadable;
        return differs(key, Disagreement::unreadable, (here ? there : here).error().what());
      }
      const bool equal = *there && std::invoke(same, **here, **there);
      if (!equal && attempt < 3) continue;
      ++report.compared;
      if (equal) return static_cast<void>(++report.equal);
      ++(*there ? report.other_value : report.not_in_source);
      return differs(key, *there ? Disagreement::other_value : Disagreement::not_in_source);
    }
  };
  for (const K& key : chosen) {
    try {
      look(key);
    } catch (const std::exception& exception) {
      ++report.unreadable;
      differs(key, Disagreement::unreadable, exception.what());
    }
  }
  report.took = std::chrono::steady_clock::now() - begun;
  return report;
}

/// The same for the keys that the cache shows (`for_each`), or a sample of them.
template <class Cache, class Source, class Same = std::equal_to<>>
  requires scannable_tier<Cache>
VerifyReport<typename Cache::key_type> verify(Cache& cache, Source&& source, Sample sample = {}, Same same = {}) {
  using K = typename Cache::key_type;
  std::vector<K> keys;
  const auto collect = [&](const K& key, const typename Cache::mapped_type&) { keys.push_back(key); };
  static_cast<void>(detail::scan(cache, collect));
  return verify(cache, std::forward<Source>(source), std::span<const K>{keys}, sample, std::move(same));
}

}  // namespace ashlar::inline v0
