// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <type_traits>

#include <ashlar/cache/eviction/adaptive.hpp>
#include <ashlar/cache/eviction/concepts.hpp>
#include <ashlar/cache/expiry.hpp>
#include <ashlar/cache/memory/options.hpp>
#include <ashlar/cache/memory/removal.hpp>
#include <ashlar/cache/weight.hpp>
#include <ashlar/core/hash.hpp>

namespace ashlar::inline v0::detail {

using DefaultEviction = Adaptive;

struct NoExpiry {};
struct NoListener {};
struct NoCount {};
struct Concurrent {};
struct DefaultMemory {};

template <class O>
concept names_a_hash = requires { typename O::hasher; };
template <class O>
concept names_an_equality = requires { typename O::key_equal; };
template <class O>
concept names_an_allocator = requires { typename O::allocator; };

/// Which slot of a memory tier the option `O` fills, as one type per slot.
template <class O, class Key, class Value>
struct OptionKind {
  static constexpr bool is_eviction = eviction<O>;
  static constexpr bool is_weigher = weigher<O, Key, Value>;
  static constexpr bool is_expiry = expiry<O, Key, Value>;
  static constexpr bool is_listener = removal_listener<O, Key, Value>;
  static constexpr bool is_hash = names_a_hash<O>;
  static constexpr bool is_equality = names_an_equality<O>;
  static constexpr bool is_memory = names_an_allocator<O>;
  static constexpr bool is_threading = std::same_as<O, SingleThreaded>;
  static constexpr bool is_count = std::same_as<O, CountHits>;
  static constexpr int kinds =
      is_eviction + is_weigher + is_expiry + is_listener + is_hash + is_equality + is_memory + is_threading + is_count;
};

template <class Default, bool... is>
struct PickOption {
  template <class... O>
  struct From {
    using type = Default;
  };
};
template <class Default, bool head, bool... tail>
struct PickOption<Default, head, tail...> {
  template <class First, class... Rest>
  struct From {
    using type = typename std::conditional_t<head, std::type_identity<First>,
                                             typename PickOption<Default, tail...>::template From<Rest...>>::type;
  };
};

/// The options of a memory tier by slot, whatever their order.
template <class Key, class Value, class... O>
struct Options {
  template <class P>
  using Kind = OptionKind<P, Key, Value>;

  static_assert(
      ((Kind<O>::kinds > 0) && ...),
      "[ashlar] MemoryTier: an option is none that it knows; give an eviction policy, a weigher, an expiry, a "
      "removal listener (OnRemoval), HashWith, EqualWith, AllocateWith, SingleThreaded or CountHits");
  static_assert(((Kind<O>::kinds < 2) && ...),
                "[ashlar] MemoryTier: an option models two slots at once; split it into two types");
  static_assert((Kind<O>::is_eviction + ... + 0) < 2, "[ashlar] MemoryTier: two eviction policies; keep one");
  static_assert((Kind<O>::is_weigher + ... + 0) < 2, "[ashlar] MemoryTier: two weighers; keep one");
  static_assert((Kind<O>::is_expiry + ... + 0) < 2, "[ashlar] MemoryTier: two expiry policies; keep one");
  static_assert((Kind<O>::is_listener + ... + 0) < 2,
                "[ashlar] MemoryTier: two removal listeners; keep one that calls both");
  static_assert((Kind<O>::is_hash + ... + 0) < 2, "[ashlar] MemoryTier: two hashes; keep one HashWith");
  static_assert((Kind<O>::is_equality + ... + 0) < 2, "[ashlar] MemoryTier: two equalities; keep one EqualWith");
  static_assert((Kind<O>::is_memory + ... + 0) < 2, "[ashlar] MemoryTier: two allocators; keep one AllocateWith");
  static_assert((Kind<O>::is_threading + ... + 0) < 2, "[ashlar] MemoryTier: SingleThreaded twice; once is enough");
  static_assert((Kind<O>::is_count + ... + 0) < 2, "[ashlar] MemoryTier: CountHits twice; once is enough");

  using Eviction = typename PickOption<DefaultEviction, Kind<O>::is_eviction...>::template From<O...>::type;
  using Weigher = typename PickOption<WeighEntries, Kind<O>::is_weigher...>::template From<O...>::type;
  using Expiry = typename PickOption<NoExpiry, Kind<O>::is_expiry...>::template From<O...>::type;
  using Listener = typename PickOption<NoListener, Kind<O>::is_listener...>::template From<O...>::type;
  using Hasher = typename PickOption<HashWith<Hash<Key>>, Kind<O>::is_hash...>::template From<O...>::type;
  using Equality = typename PickOption<EqualWith<std::equal_to<>>, Kind<O>::is_equality...>::template From<O...>::type;
  using Memory = typename PickOption<DefaultMemory, Kind<O>::is_memory...>::template From<O...>::type;
  using Threading = typename PickOption<Concurrent, Kind<O>::is_threading...>::template From<O...>::type;
  using Count = typename PickOption<NoCount, Kind<O>::is_count...>::template From<O...>::type;

  static constexpr bool single_threaded = std::same_as<Threading, SingleThreaded>;
  static constexpr bool expires = !std::same_as<Expiry, NoExpiry>;
  static constexpr bool listens = !std::same_as<Listener, NoListener>;
  static constexpr bool counts_hits = std::same_as<Count, CountHits>;
  static constexpr bool weighs = !std::same_as<Weigher, WeighEntries>;
};

template <class T, class... O>
inline constexpr bool is_one_of = (std::same_as<T, O> || ...);

/// `W` among the values given, or its default.
template <class W>
constexpr W option_among() {
  static_assert(std::default_initializable<W>,
                "[ashlar] MemoryTier: an option cannot be made without arguments; pass it to the constructor");
  return W{};
}
template <class W, class First, class... Rest>
constexpr W option_among(const First& first, const Rest&... rest) {
  if constexpr (std::same_as<W, First>) {
    return first;
  } else {
    return option_among<W>(rest...);
  }
}

}  // namespace ashlar::inline v0::detail
