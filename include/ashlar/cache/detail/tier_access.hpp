// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <concepts>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <ashlar/cache/concepts.hpp>
#include <ashlar/core/result.hpp>

namespace ashlar::inline v0::detail {

/// A `T` made in place from one argument: what `T` is constructible from, or a function that returns a `T`.
template <class T, class A>
consteval bool can_build() {
  if constexpr (std::constructible_from<T, A>) {
    return true;
  } else if constexpr (std::invocable<A>) {
    return std::same_as<std::invoke_result_t<A>, T>;
  } else {
    return false;
  }
}

template <class T, class A>
T build(A&& argument) {
  if constexpr (std::constructible_from<T, A>) {
    return T(std::forward<A>(argument));
  } else {
    return std::forward<A>(argument)();
  }
}

/// A call that may return nothing, a plain value or a `Result<void>`, as `Result<void>`.
template <class F>
Result<void> succeeds(F&& call) {
  if constexpr (std::same_as<std::remove_cvref_t<decltype(call())>, Result<void>>) {
    return call();
  } else {
    static_cast<void>(call());
    return {};
  }
}

/// A read with the time left; `forever` from a tier that does not know.
template <class T>
Result<std::optional<Timed<typename T::mapped_type>>> read(T& tier, const typename T::key_type& key) {
  using V = typename T::mapped_type;
  if constexpr (tells_the_time_left<T>) {
    return tier.get_timed(key);
  } else {
    Result<std::optional<V>> found = tier.get(key);
    if (!found) return found.error();
    if (!*found) return std::optional<Timed<V>>{};
    return std::optional<Timed<V>>{Timed<V>{**std::move(found), forever}};
  }
}

/// A write; `life` counts only where the tier takes one.
template <class T, class V>
Result<void> write(T& tier, const typename T::key_type& key, V&& value, Lifetime life) {
  if constexpr (takes_a_lifetime<T>) {
    if (life.given()) return succeeds([&] { return tier.put(key, std::forward<V>(value), life.ttl()); });
  }
  return succeeds([&] { return tier.put(key, std::forward<V>(value)); });
}

template <class T>
Result<bool> remove(T& tier, const typename T::key_type& key) {
  return tier.erase(key);
}

/// True when `tier` has `key`, without recording a use where the tier can tell so.
template <class T>
Result<bool> has(T& tier, const typename T::key_type& key) {
  if constexpr (requires {
                  { tier.contains(key) } -> std::convertible_to<Result<bool>>;
                }) {
    return tier.contains(key);
  } else {
    Result<std::optional<typename T::mapped_type>> found = tier.get(key);
    if (!found) return found.error();
    return found->has_value();
  }
}

/// A read that records no use where the tier can do so.
template <class T>
Result<std::optional<typename T::mapped_type>> glance(T& tier, const typename T::key_type& key) {
  if constexpr (requires {
                  { tier.peek(key) } -> std::convertible_to<Result<std::optional<typename T::mapped_type>>>;
                }) {
    return tier.peek(key);
  } else {
    return tier.get(key);
  }
}

/// The same with the time left; `forever` from a tier that does not know.
template <class T>
Result<std::optional<Timed<typename T::mapped_type>>> glance_timed(T& tier, const typename T::key_type& key) {
  using V = typename T::mapped_type;
  if constexpr (requires {
                  { tier.peek_timed(key) } -> std::convertible_to<Result<std::optional<Timed<V>>>>;
                }) {
    return tier.peek_timed(key);
  } else if constexpr (tells_the_time_left<T>) {
    return tier.get_timed(key);
  } else {
    Result<std::optional<V>> found = detail::glance(tier, key);
    if (!found) return found.error();
    if (!*found) return std::optional<Timed<V>>{};
    return std::optional<Timed<V>>{Timed<V>{**std::move(found), forever}};
  }
}

/// A walk over all entries; what it returns beside an error is its own.
template <class T, class F>
Result<void> scan(T& tier, F&& f) {
  if constexpr (gives_a_result<decltype(tier.for_each(f))>) {
    const auto walked = tier.for_each(f);
    return walked ? Result<void>{} : Result<void>{walked.error()};
  } else {
    static_cast<void>(tier.for_each(f));
    return {};
  }
}

/// The hash a tier uses for its keys, or the standard's.
template <class T>
struct HashOf {
  using type = std::hash<typename T::key_type>;
};
template <class T>
  requires requires { typename T::hasher; }
struct HashOf<T> {
  using type = typename T::hasher;
};

/// A key as it is looked up: itself, a `std::string_view` of a string, or converted.
template <class K, class Q>
decltype(auto) lookup_key(const Q& key) {
  if constexpr (std::same_as<Q, K>) {
    return (key);
  } else if constexpr (std::same_as<K, std::string> && std::convertible_to<const Q&, std::string_view>) {
    return std::string_view{key};
  } else {
    return K(key);
  }
}

}  // namespace ashlar::inline v0::detail
