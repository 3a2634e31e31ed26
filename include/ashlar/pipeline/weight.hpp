// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>

namespace ashlar::inline v0 {

namespace detail {

template <class T>
concept weighs_itself = requires(const T& item) {
  { item.weight() } -> std::convertible_to<std::uint64_t>;
};
template <class T>
concept lies_in_memory = requires(const T& item) {
  { item.size() } -> std::convertible_to<std::size_t>;
  item.data();
};

/// Items whose bytes a report shows.
template <class T>
inline constexpr bool counts_bytes = weighs_itself<T> || lies_in_memory<T>;

}  // namespace detail

/// The bytes an item stands for in limits and reports: `item.weight()` where there is one, else the contents of a
/// contiguous container or span, else `sizeof`. Never throws for the library's types. Cost: O(1).
template <class T>
constexpr std::uint64_t weight_of(const T& item) {
  if constexpr (detail::weighs_itself<T>) {
    return static_cast<std::uint64_t>(item.weight());
  } else if constexpr (detail::lies_in_memory<T>) {
    return static_cast<std::uint64_t>(item.size()) * sizeof(*item.data());
  } else {
    return sizeof(T);
  }
}

}  // namespace ashlar::inline v0
