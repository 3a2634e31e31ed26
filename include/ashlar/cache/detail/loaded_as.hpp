// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <concepts>
#include <optional>
#include <utility>

#include <ashlar/cache/detail/levels.hpp>
#include <ashlar/cache/fwd.hpp>
#include <ashlar/cache/loading/loaded.hpp>
#include <ashlar/core/result.hpp>

namespace ashlar::inline v0::detail {

/// How a loader's return value `R` is read, and what `get_or_load` returns for it.
template <class R, class V>
struct LoadedAs {
  static_assert(std::same_as<R, V>,
                "[ashlar] get_or_load: the loader must return mapped_type, std::optional<mapped_type>, "
                "Loaded<mapped_type>, or a Result of one of these");
  using type = V;
  static constexpr bool may_find_nothing = false;
  static Brought<V> outcome(R&& loaded, Lifetime&, bool&) {
    return {Timed<V>{std::move(loaded), forever}, std::nullopt};
  }
  static V result(Brought<V>&& outcome) {
    if (outcome.error) throw *outcome.error;
    return std::move(outcome.found->value);
  }
};

template <class V>
struct LoadedAs<Tagged<V>, V> : LoadedAs<V, V> {
  static_assert(
      !std::same_as<V, V>,
      "[ashlar] get_or_load: the loader gives tags, but the entries of these tiers keep none; store Tagged<V> "
      "in the tiers and write Invalidating<Cache<…>>");
};

template <class V>
struct LoadedAs<std::optional<V>, V> {
  using type = std::optional<V>;
  static constexpr bool may_find_nothing = true;
  static Brought<V> outcome(std::optional<V>&& loaded, Lifetime&, bool&) {
    Brought<V> outcome;
    if (loaded) outcome.found.emplace(*std::move(loaded), forever);
    return outcome;
  }
  static std::optional<V> result(Brought<V>&& outcome) {
    if (outcome.error) throw *outcome.error;
    if (!outcome.found) return std::nullopt;
    return std::move(outcome.found->value);
  }
};

template <class V>
struct LoadedAs<Loaded<V>, V> : LoadedAs<std::optional<V>, V> {
  static Brought<V> outcome(Loaded<V>&& loaded, Lifetime& life, bool& store) {
    life = loaded.life;
    store = loaded.store;
    return LoadedAs<std::optional<V>, V>::outcome(std::move(loaded.value), life, store);
  }
};

template <class R, class V>
struct LoadedAs<Result<R>, V> {
  using Inner = LoadedAs<R, V>;
  using type = Result<typename Inner::type>;
  static constexpr bool may_find_nothing = Inner::may_find_nothing;
  static Brought<V> outcome(Result<R>&& loaded, Lifetime& life, bool& store) {
    if (!loaded) return {std::nullopt, loaded.error()};
    return Inner::outcome(*std::move(loaded), life, store);
  }
  static type result(Brought<V>&& outcome) {
    if (outcome.error) return *outcome.error;
    return Inner::result(std::move(outcome));
  }
};

}  // namespace ashlar::inline v0::detail
