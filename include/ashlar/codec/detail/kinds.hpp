// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include <ashlar/codec/serialize.hpp>
#include <ashlar/core/detail/is_optional.hpp>

namespace ashlar::inline v0::detail {

// How a type is written; each kind has one rule in `Binary`.
enum class Kind : std::uint8_t {
  unknown,
  custom,
  boolean,
  number,
  enumeration,
  text,
  view,
  path,
  duration,
  time_point,
  optional,
  variant,
  array,
  tuple,
  sequence,
  set,
  map,
  aggregate,
};

template <class T>
inline constexpr bool is_variant = false;
template <class... T>
inline constexpr bool is_variant<std::variant<T...>> = true;
template <class T>
inline constexpr bool is_std_array = false;
template <class T, std::size_t N>
inline constexpr bool is_std_array<std::array<T, N>> = true;
template <class T>
inline constexpr bool is_tuple = false;
template <class... T>
inline constexpr bool is_tuple<std::tuple<T...>> = true;
template <class T, class U>
inline constexpr bool is_tuple<std::pair<T, U>> = true;
template <class T>
inline constexpr bool is_string = false;
template <class C, class A>
inline constexpr bool is_string<std::basic_string<C, std::char_traits<C>, A>> = sizeof(C) == 1;
template <class T>
inline constexpr bool is_view = false;
template <class C>
inline constexpr bool is_view<std::basic_string_view<C, std::char_traits<C>>> = sizeof(C) == 1;
template <class T, std::size_t N>
inline constexpr bool is_view<std::span<T, N>> = true;

template <class T>
concept countable = requires(const T& container) {
  typename T::value_type;
  { container.size() } -> std::convertible_to<std::size_t>;
  container.begin() != container.end();
};
template <class T>
concept sequence_like = countable<T> && requires(T& container, typename T::value_type&& element) {
  container.push_back(std::move(element));
  container.clear();
};
template <class T>
concept set_like =
    countable<T> && std::same_as<typename T::key_type, typename T::value_type> &&
    requires(T& container, typename T::key_type&& key) { container.emplace_hint(container.end(), std::move(key)); };
template <class T>
concept map_like = countable<T> && requires(T& container, typename T::key_type&& key, typename T::mapped_type&& value) {
  container.emplace_hint(container.end(), std::move(key), std::move(value));
};
template <class T>
concept unordered = requires(const T& container) { container.bucket_count(); };
// std::chrono::duration and time_point, without their header.
template <class T>
concept duration_like = std::constructible_from<T, const typename T::rep&> && requires(const T& duration) {
  requires T::period::num > 0 && T::period::den > 0;
  { duration.count() } -> std::same_as<typename T::rep>;
};
template <class T>
concept time_point_like = duration_like<typename T::duration> && requires(const T& time) {
  typename T::clock;
  T{typename T::duration{}};
  { time.time_since_epoch() } -> std::same_as<typename T::duration>;
};
// std::filesystem::path, without its header.
template <class T>
concept path_like = std::constructible_from<T, std::u8string> && requires(const T& path) {
  { path.generic_u8string() } -> std::same_as<std::u8string>;
};

template <class T>
concept number_with_bytes = std::is_arithmetic_v<T> && !std::same_as<T, bool> && !std::same_as<T, wchar_t> &&
                            !std::same_as<T, long double> && sizeof(T) <= 8;
template <class T>
concept fixed_enum = std::is_enum_v<T> && requires { T{std::underlying_type_t<T>{}}; };

template <class T>
consteval Kind kind_of() {
  if constexpr (customised<T>)
    return Kind::custom;
  else if constexpr (std::same_as<T, bool>)
    return Kind::boolean;
  else if constexpr (number_with_bytes<T>)
    return Kind::number;
  else if constexpr (fixed_enum<T>)
    return Kind::enumeration;
  else if constexpr (is_string<T>)
    return Kind::text;
  else if constexpr (is_view<T>)
    return Kind::view;
  else if constexpr (duration_like<T>)
    return Kind::duration;
  else if constexpr (time_point_like<T>)
    return Kind::time_point;
  else if constexpr (is_optional<T>)
    return Kind::optional;
  else if constexpr (is_variant<T>)
    return Kind::variant;
  else if constexpr (is_std_array<T>)
    return Kind::array;
  else if constexpr (is_tuple<T>)
    return Kind::tuple;
  else if constexpr (path_like<T>)
    return Kind::path;
  else if constexpr (map_like<T>)
    return Kind::map;
  else if constexpr (set_like<T>)
    return Kind::set;
  else if constexpr (sequence_like<T>)
    return Kind::sequence;
  else if constexpr (std::is_aggregate_v<T> && std::is_class_v<T>)
    return Kind::aggregate;
  else
    return Kind::unknown;
}

template <class T>
inline constexpr Kind kind = kind_of<std::remove_cv_t<T>>();

// `long` takes 8 bytes everywhere, whatever the machine makes of it.
template <class T>
using WireNumber = std::conditional_t<std::is_same_v<T, long>, std::int64_t,
                                      std::conditional_t<std::is_same_v<T, unsigned long>, std::uint64_t, T>>;

}  // namespace ashlar::inline v0::detail
