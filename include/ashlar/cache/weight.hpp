// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <ranges>
#include <utility>

namespace ashlar::inline v0 {

/// How much a tier may hold, in the unit of its weigher.
struct Entries {
  std::uint64_t limit;
};
struct Bytes {
  std::uint64_t limit;
};
struct Units {
  std::uint64_t limit;
};

/// A capacity of `n` entries, for a tier that counts entries (the default).
constexpr Entries entries(std::uint64_t n) noexcept { return {n}; }
/// A capacity of `n` bytes, for a tier with `WeighBytes` or a weigher in bytes.
constexpr Bytes bytes(std::uint64_t n) noexcept { return {n}; }
/// A capacity of `n` units of the tier's own weigher.
constexpr Units units(std::uint64_t n) noexcept { return {n}; }

namespace detail {

template <class T>
concept owns_a_range = std::ranges::sized_range<const T&> && requires(const T& t) { t.get_allocator(); };

/// The bytes that `value` holds outside of itself: what `value.bytes_outside()` says, or its elements, and theirs;
/// unknown types hold none.
template <class T>
constexpr std::uint64_t bytes_outside(const T& value) {
  std::uint64_t sum = 0;
  if constexpr (requires {
                  { value.bytes_outside() } -> std::convertible_to<std::uint64_t>;
                }) {
    sum = value.bytes_outside();
  } else if constexpr (owns_a_range<T>) {
    using Element = std::ranges::range_value_t<const T&>;
    if constexpr (requires { value.capacity(); }) {
      sum += value.capacity() * sizeof(Element);
      if constexpr (requires { value.find_first_of(value); }) {
        // A string that lies within itself owns nothing outside.
        const auto* self = reinterpret_cast<const std::byte*>(&value);
        const auto* data = reinterpret_cast<const std::byte*>(value.data());
        if (!std::less<>{}(data, self) && std::less<>{}(data, self + sizeof(T))) sum = 0;
      }
    } else {
      sum += std::ranges::size(value) * (sizeof(Element) + 4 * sizeof(void*));
    }
    if constexpr (std::ranges::forward_range<const T&> && owns_a_range<Element>) {
      for (const auto& element : value) sum += bytes_outside(element);
    }
  }
  return sum;
}

}  // namespace detail

/// How heavy an entry is.
///
/// | expression             | result          | throws | called when, and what it must do                             |
/// |------------------------|-----------------|--------|--------------------------------------------------------------|
/// | `W::capacity_type`     | a capacity      | -      | `Entries`, `Bytes` or `Units`: what the constructor takes    |
/// | `w.weight(key, value)` | `std::uint64_t` | may    | before an entry is stored; 0 pins it: it is never evicted    |
///
/// Threads: called concurrently. Cost: on the path of every write.
/// Models: `WeighEntries`, `WeighBytes`, `WeighBy<F>`.
template <class W, class Key, class Value>
concept weigher = requires(const W& w, const Key& key, const Value& value) {
  typename W::capacity_type;
  { w.weight(key, value) } -> std::convertible_to<std::uint64_t>;
};

/// Every entry weighs one: the default. Costs no byte per entry.
struct WeighEntries {
  using capacity_type = Entries;
  template <class Key, class Value>
  constexpr std::uint64_t weight(const Key&, const Value&) const noexcept {
    return 1;
  }
};

/// An entry weighs its key and value, what strings and containers hold outside of themselves, or what a type's member
/// function `bytes_outside()` says that it does, and `Overhead` bytes for the tier's own records.
template <std::uint64_t Overhead = 16>
struct WeighBytesWith {
  using capacity_type = Bytes;
  template <class Key, class Value>
  constexpr std::uint64_t weight(const Key& key, const Value& value) const {
    return sizeof(Key) + sizeof(Value) + Overhead + detail::bytes_outside(key) + detail::bytes_outside(value);
  }
};
using WeighBytes = WeighBytesWith<>;

/// An entry weighs what `f(key, value)` says, in units of the user or, with `Capacity` = `Bytes`, in bytes.
template <class F, class Capacity = Units>
struct WeighBy {
  using capacity_type = Capacity;
  [[no_unique_address]] F f{};

  template <class Key, class Value>
    requires std::invocable<const F&, const Key&, const Value&>
  constexpr std::uint64_t weight(const Key& key, const Value& value) const {
    return static_cast<std::uint64_t>(std::invoke(f, key, value));
  }
};
template <class F>
WeighBy(F) -> WeighBy<F>;

}  // namespace ashlar::inline v0
