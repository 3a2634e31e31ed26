// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>

#include <ashlar/cache/lifetime.hpp>
#include <ashlar/core/result.hpp>

namespace ashlar::inline v0 {

namespace detail {

template <class T>
concept names_its_key = requires { typename T::key_type; };
template <class T>
concept names_its_value = requires { typename T::mapped_type; };
template <class T>
concept copies_its_values = std::copy_constructible<typename T::mapped_type>;
template <class T>
concept finds_a_key = requires(T& t, const typename T::key_type& key) {
  { t.get(key) } -> std::convertible_to<Result<std::optional<typename T::mapped_type>>>;
};
template <class T>
concept takes_a_value =
    requires(T& t, const typename T::key_type& key, const typename T::mapped_type& value) { t.put(key, value); };
template <class T>
concept forgets_a_key = requires(T& t, const typename T::key_type& key) {
  { t.erase(key) } -> std::convertible_to<Result<bool>>;
};

template <class T>
concept takes_a_lifetime = requires(T& t, const typename T::key_type& key, const typename T::mapped_type& value,
                                    std::chrono::nanoseconds ttl) { t.put(key, value, ttl); };
template <class T>
concept tells_the_time_left = requires(T& t, const typename T::key_type& key) {
  { t.get_timed(key) } -> std::convertible_to<Result<std::optional<Timed<typename T::mapped_type>>>>;
};

}  // namespace detail

/// A tier keeps values by key: one level of a cache. A miss is not an error; what fails outside the program is.
///
/// | expression          | result                                          | throws | called when, and what it must do               |
/// |---------------------|-------------------------------------------------|--------|------------------------------------------------|
/// | `T::key_type`       | a type                                          | -      |                                                |
/// | `T::mapped_type`    | a copyable type                                 | -      |                                                |
/// | `t.get(key)`        | `std::optional<V>` or `Result<optional<V>>`     | may    | a read; nothing when the key is not there      |
/// | `t.put(key, value)` | anything, or `Result<void>` where it can fail   | may    | a write; replaces what was there               |
/// | `t.erase(key)`      | `bool` or `Result<bool>`                        | may    | true when the key was there                    |
///
/// After a failed `put` or `erase` the tier holds the old value, the new one or none, never another.
/// Threads: every member is called concurrently. Cost: the tier's own.
/// Models: `MemoryTier`, `StoreTier`, `SourceTier`, `NullTier`, `Cache`; smallest: examples/06_my_tier.cpp.
/// Check yours: `static_assert(ashlar::explain_tier<Mine>());`
template <class T>
concept tier = detail::names_its_key<T> && detail::names_its_value<T> && detail::copies_its_values<T> &&
               detail::finds_a_key<T> && detail::takes_a_value<T> && detail::forgets_a_key<T>;

/// True when `T` models `tier`; otherwise each missing part is reported with what to write.
template <class T>
consteval bool explain_tier() {
  static_assert(detail::names_its_key<T>, "[ashlar] tier: add `using key_type = …;`");
  static_assert(detail::names_its_value<T>, "[ashlar] tier: add `using mapped_type = …;`");
  if constexpr (detail::names_its_key<T> && detail::names_its_value<T>) {
    static_assert(detail::copies_its_values<T>,
                  "[ashlar] tier: make mapped_type copyable, or keep std::shared_ptr<const …>");
    static_assert(detail::finds_a_key<T>, "[ashlar] tier: add `std::optional<mapped_type> get(const key_type&)`");
    static_assert(detail::takes_a_value<T>, "[ashlar] tier: add `void put(const key_type&, const mapped_type&)`");
    static_assert(detail::forgets_a_key<T>, "[ashlar] tier: add `bool erase(const key_type&)`");
  }
  return tier<T>;
}

/// A tier whose entries expire. `t.put(key, value, ttl)` keeps the value for `ttl` nanoseconds at most;
/// `t.get_timed(key)` reads a value together with the time it has left (`Timed`).
template <class T>
concept expiring_tier = tier<T> && detail::takes_a_lifetime<T> && detail::tells_the_time_left<T>;

/// A tier that stores a value only where none is: `t.insert_if_absent(key, value)`, true when it stored, one atomic step.
template <class T>
concept atomic_tier = tier<T> && requires(T& t, const typename T::key_type& key, const typename T::mapped_type& value) {
  { t.insert_if_absent(key, value) } -> std::convertible_to<Result<bool>>;
};

/// A tier that shows every entry: `t.for_each(f)` calls `f(key, value)` for each, in no order. `f` must not call the tier.
template <class T>
concept scannable_tier =
    tier<T> &&
    requires(T& t, void (*f)(const typename T::key_type&, const typename T::mapped_type&)) { t.for_each(f); };

/// A tier that finds many keys at once: `t.get_many(keys, out)` puts the value of `keys[i]`, or nothing, into `out[i]`
/// and returns how many it found. `out` is as long as `keys`.
template <class T>
concept batch_tier = tier<T> && requires(T& t, std::span<const typename T::key_type> keys,
                                         std::span<std::optional<typename T::mapped_type>> out) {
  { t.get_many(keys, out) } -> std::convertible_to<std::size_t>;
};

/// A tier that removes entries by a predicate: `t.erase_matching(p)`, where `p(key)`, or `p(key, value)`, says which.
template <class T>
concept matching_tier = tier<T> && requires(T& t) { t.erase_matching([](const auto&...) { return true; }); };

/// A tier says by `static constexpr bool evicts = true` that it drops entries to make room, and by `expires_when_idle`
/// that a hit begins the life of an entry anew. One that says neither keeps what it was given for as long as it was told.

/// A tier that can be emptied: `t.clear()`.
template <class T>
concept clearable_tier = tier<T> && requires(T& t) { t.clear(); };

namespace detail {

/// `T` packed with `C`; late enough that a `T` without it is no error where nobody asks.
template <class C, class T>
struct WithCompression {
  using type = typename T::template compressed_with<C>;
};
template <class C, class T>
using With = typename WithCompression<C, T>::type;

}  // namespace detail

/// A tier that keeps bytes, so that values can be compressed on the way in:
/// `T::template compressed_with<C>` is the same tier that packs every value with `C`.
template <class T, class C>
concept packing_tier = tier<T> && tier<typename T::template compressed_with<C>>;

/// A tier that holds the truth and not a copy of it (`static constexpr bool is_source = true`):
/// `invalidate`, `clear` and loads leave it alone, `put` and `erase` do not.
template <class T>
concept source_tier = tier<T> && T::is_source;

namespace detail {

template <class T>
inline constexpr bool holds_nothing = false;

template <class T>
concept gives_a_result = is_result<std::remove_cvref_t<T>>;

/// What a call on `T` may return as `Result` can fail; the rest cannot.
template <class T>
inline constexpr bool can_fail = [] {
  using K = typename T::key_type;
  using V = typename T::mapped_type;
  return gives_a_result<decltype(std::declval<T&>().put(std::declval<const K&>(), std::declval<const V&>()))> ||
         gives_a_result<decltype(std::declval<T&>().erase(std::declval<const K&>()))> ||
         gives_a_result<decltype(std::declval<T&>().get(std::declval<const K&>()))>;
}();

/// What a strategy sees of a cache; here with declarations only, for the concept's sake.
struct ExampleLevels {
  using key_type = int;
  using mapped_type = int;
  using hasher = std::hash<int>;
  Result<void> put_above(const int&, const int&, Lifetime);
  Result<bool> drop_above(const int&);
  Result<void> put_below(const int&, const int&, Lifetime);
  Result<bool> erase_below(const int&);
  std::optional<Timed<int>> read_below(const int&);
};

/// The clock that the cache of these levels goes by.
template <class Levels>
auto clock_of(const Levels& levels) {
  if constexpr (requires { levels.time_source(); }) {
    return levels.time_source();
  } else {
    return std::chrono::steady_clock{};
  }
}

template <class S>
concept names_its_writer = requires { typename S::template Writer<ExampleLevels>; };
template <class S>
concept makes_a_writer = std::constructible_from<typename S::template Writer<ExampleLevels>, const S&, ExampleLevels&>;
template <class S>
concept writes_values = requires(typename S::template Writer<ExampleLevels>& writer, const int& key) {
  { writer.put(key, key, Lifetime{}) } -> std::convertible_to<Result<void>>;
};
template <class S>
concept erases_keys = requires(typename S::template Writer<ExampleLevels>& writer, const int& key) {
  { writer.erase(key) } -> std::convertible_to<Result<bool>>;
};
template <class S>
concept remembers_what_is_pending = requires(typename S::template Writer<ExampleLevels>& writer, const int& key) {
  { writer.pending(key) } -> std::convertible_to<std::optional<std::optional<Timed<int>>>>;
  writer.flush();
  writer.discard_if([](const int&) { return true; });
};
template <class S>
concept fails_by_itself = requires { requires S::can_fail; };
template <class T>
concept refuses_writes = requires { requires T::read_only; };
/// True for a tier in which a hit begins the life of an entry anew (`T::expires_when_idle`).
template <class T>
inline constexpr bool expires_by_use = false;
template <class T>
  requires requires { T::expires_when_idle; }
inline constexpr bool expires_by_use<T> = T::expires_when_idle;
/// True for a tier that drops entries to make room for others (`T::evicts`).
template <class T>
inline constexpr bool drops_entries = false;
template <class T>
  requires requires { T::evicts; }
inline constexpr bool drops_entries<T> = T::evicts;
/// True for a strategy that promises that what it wrote stays below (`S::needs_lasting_tier`).
template <class S>
concept needs_a_lasting_tier = requires { requires S::needs_lasting_tier; };
/// True for a strategy whose writes are lost where no tier lies below.
template <class S>
concept needs_a_lower_tier = requires { requires S::needs_lower_tier; };

}  // namespace detail

/// A strategy decides in which order the two levels of a cache take a write. It has a class template `Writer`,
/// of which every cache holds one; `Levels` gives it `put_above`, `drop_above`, `put_below`, `erase_below` and `read_below`.
///
/// | expression                             | result         | throws | called when, and what it must do                  |
/// |----------------------------------------|----------------|--------|---------------------------------------------------|
/// | `typename S::template Writer<Levels>`  | a class        | -      |                                                   |
/// | `Writer(const S&, Levels&)`            | -              | may    | once; the levels outlive the writer               |
/// | `w.put(key, value, lifetime)`          | `Result<void>` | may    | a write; one at a time for each key               |
/// | `w.erase(key)`                         | `Result<bool>` | may    | a removal; one at a time for each key             |
///
/// `S::needs_lower_tier = true`, where present, refuses a cache without a lower tier, `S::needs_lasting_tier = true` one
/// whose lower tier evicts; `S::can_fail = true` makes writes return `Result` even where no tier can fail.
/// Threads: called concurrently for different keys. Cost: part of every write.
/// Models: `WriteThrough`, `CacheAside`, `WriteBack`; smallest: examples/07_my_strategy.cpp.
/// Check yours: `static_assert(ashlar::explain_strategy<Mine>());`
template <class S>
concept strategy = std::copy_constructible<S> && detail::names_its_writer<S> && detail::makes_a_writer<S> &&
                   detail::writes_values<S> && detail::erases_keys<S>;

/// True when `S` models `strategy`; otherwise each missing part is reported with what to write.
template <class S>
consteval bool explain_strategy() {
  static_assert(detail::names_its_writer<S>, "[ashlar] strategy: add `template <class Levels> class Writer`");
  if constexpr (detail::names_its_writer<S>) {
    static_assert(detail::makes_a_writer<S>, "[ashlar] strategy: add the constructor `Writer(const S&, Levels&)`");
    static_assert(detail::writes_values<S>,
                  "[ashlar] strategy: add `Result<void> Writer::put(const key_type&, const mapped_type&, Lifetime)`");
    static_assert(detail::erases_keys<S>, "[ashlar] strategy: add `Result<bool> Writer::erase(const key_type&)`");
  }
  return strategy<S>;
}

/// A strategy that writes later: `w.pending(key)` says what is still to be written (a value, or nothing for a
/// removal), `w.flush()` writes it all, `w.discard_if(covers)` forgets what waits for the keys that
/// `covers(key)` names, and returns when none of them is under way.
template <class S>
concept deferring_strategy = strategy<S> && detail::remembers_what_is_pending<S>;

}  // namespace ashlar::inline v0
