// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <concepts>
#include <functional>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include <ashlar/cache/invalidation/log.hpp>
#include <ashlar/cache/invalidation/tagged.hpp>
#include <ashlar/cache/loading/loaded.hpp>
#include <ashlar/core/result.hpp>

namespace ashlar::inline v0::detail {

/// A key as the cache keeps it, made only where it is not one.
template <class K, class Q>
decltype(auto) as_key(const Q& key) {
  if constexpr (std::same_as<Q, K>) {
    return (key);
  } else {
    return K(key);
  }
}

/// Turns what a loader returns into entries that say since when they are right, and back.
template <class Entry>
class StampedLoader {
  using V = decltype(Entry::value);

 public:
  /// What `call()` returns, its value turned into an entry that is as old as the call.
  template <class Call>
  static auto load(Call& call) {
    using R = std::remove_cvref_t<std::invoke_result_t<Call&>>;
    static_assert(
        requires(R r) { stamped(std::move(r), InvalidationStamp{}); },
        "[ashlar] Invalidating: the loader must return the value, or a Tagged of it, or a std::optional, Result or "
        "Loaded of either");
    const InvalidationStamp born = InvalidationLog::now();
    return stamped(R(call()), born);
  }
  template <class Loader, class K>
  static auto load_many(Loader& loader, std::span<const K> missing) {
    const InvalidationStamp born = InvalidationLog::now();
    auto loaded = std::invoke(loader, missing);
    using R = std::remove_cvref_t<decltype(loaded[0])>;
    std::vector<decltype(stamped(std::declval<R>(), born))> entries;
    entries.reserve(loaded.size());
    for (std::size_t i = 0; i < loaded.size(); ++i) entries.push_back(stamped(R{std::move(loaded[i])}, born));
    return entries;
  }

  /// The entry in what `Cache::get_or_load` returned, null when there is none.
  template <class T>
  static const Entry* entry_of(const T& found) noexcept {
    if constexpr (std::same_as<T, Entry>) {
      return &found;
    } else {
      return found ? entry_of(*found) : nullptr;
    }
  }
  /// The same with the value only.
  static V strip(Entry&& entry) { return std::move(entry.value); }
  static std::optional<V> strip(std::optional<Entry>&& entry) {
    if (!entry) return std::nullopt;
    return std::move(entry->value);
  }
  static Result<V> strip(Result<Entry>&& entry) {
    if (!entry) return entry.error();
    return std::move(entry->value);
  }
  static Result<std::optional<V>> strip(Result<std::optional<Entry>>&& entry) {
    if (!entry) return entry.error();
    return strip(*std::move(entry));
  }
  /// What a loader returned, as `Cache::get_or_load` would return it.
  template <class T>
  static auto unwrapped(T&& loaded) {
    if constexpr (requires { loaded.store; }) {
      return std::move(loaded.value);
    } else if constexpr (requires { loaded->store; }) {
      using Found = Result<std::optional<Entry>>;
      return loaded ? Found{std::move(loaded->value)} : Found{loaded.error()};
    } else {
      return std::forward<T>(loaded);
    }
  }

 private:
  static Entry stamped(V&& value, InvalidationStamp born) { return {std::move(value), born}; }
  static Entry stamped(Tagged<V>&& value, InvalidationStamp born) {
    static_assert(keeps_tags<Entry>,
                  "[ashlar] Invalidating: these entries have no tags; write Tagged<V> for the value of the tiers "
                  "instead of Stamped<V>");
    value.born = born;
    if constexpr (keeps_tags<Entry>) {
      return std::move(value);
    } else {
      return {std::move(value.value), born};
    }
  }
  template <class T>
  static std::optional<Entry> stamped(std::optional<T>&& value, InvalidationStamp born) {
    if (!value) return std::nullopt;
    return stamped(*std::move(value), born);
  }
  template <class T>
  static Loaded<Entry> stamped(Loaded<T>&& loaded, InvalidationStamp born) {
    return {stamped(std::move(loaded.value), born), loaded.life, loaded.store};
  }
  template <class T>
  static auto stamped(Result<T>&& value, InvalidationStamp born) -> Result<decltype(stamped(std::declval<T>(), born))> {
    if (!value) return value.error();
    return stamped(*std::move(value), born);
  }
};

}  // namespace ashlar::inline v0::detail
