// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>

#include <ashlar/cache/concepts.hpp>

namespace ashlar::inline v0 {

/// The tier that keeps nothing: the lower level of a cache that has one level only, and the upper one of a cache
/// without a local copy. Every member does nothing, never throws, costs nothing and may be called concurrently.
template <class K, class V>
class NullTier {
 public:
  using key_type = K;
  using mapped_type = V;
  template <class>
  using compressed_with = NullTier;

  std::optional<V> get(const K&) const noexcept { return std::nullopt; }
  std::optional<Timed<V>> get_timed(const K&) const noexcept { return std::nullopt; }
  void put(const K&, const V&) const noexcept {}
  void put(const K&, const V&, std::chrono::nanoseconds) const noexcept {}
  bool erase(const K&) const noexcept { return false; }
  void clear() const noexcept {}
  template <class P>
  std::size_t erase_matching(P&&) const noexcept {
    return 0;
  }
  template <class F>
  void for_each(F&&) const noexcept {}
};

namespace detail {

template <class K, class V>
inline constexpr bool holds_nothing<NullTier<K, V>> = true;

}  // namespace detail

}  // namespace ashlar::inline v0
