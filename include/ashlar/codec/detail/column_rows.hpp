// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include <ashlar/codec/serializable.hpp>

// How a row of a table falls apart into columns.
namespace ashlar::inline v0::detail::column {

/// What a column holds: integers, doubles, texts, or the `Binary` bytes of anything else.
enum class Type : std::uint8_t { integer = 0, real = 1, text = 2, other = 3 };

template <class T>
consteval bool falls_apart() {
  if constexpr (kind<T> == Kind::aggregate)
    return plain_aggregate<T>;
  else
    return kind<T> == Kind::tuple;
}

/// References to the columns of a row: members of members, in order.
template <class T>
constexpr auto leaves(T& value) noexcept {
  using Plain = std::remove_const_t<T>;
  if constexpr (falls_apart<Plain>()) {
    const auto join = [](auto&... part) { return std::tuple_cat(leaves(part)...); };
    if constexpr (kind<Plain> == Kind::aggregate) {
      return std::apply(join, tie_members(value));
    } else {
      return std::apply(join, value);
    }
  } else {
    return std::tuple<T&>{value};
  }
}
template <class Row>
using Leaves = decltype(leaves(std::declval<Row&>()));
template <class Row, std::size_t I>
using Leaf = std::remove_cvref_t<std::tuple_element_t<I, Leaves<Row>>>;
template <class Row>
inline constexpr std::size_t row_width = std::tuple_size_v<Leaves<Row>>;

/// Column `I` of each of some rows. Where it lies is found out once, in the first row: it is the same in all.
template <std::size_t I, class Row>
class ColumnOf {
 public:
  using Value = std::remove_reference_t<std::tuple_element_t<I, Leaves<Row>>>;

  /// `rows` points to one row at least.
  explicit ColumnOf(Row* rows) noexcept : first_{&std::get<I>(leaves(*rows))} {}

  Value& operator[](std::size_t row) const noexcept {
    if constexpr (std::is_same_v<Value, Row>) {
      return first_[row];
    } else {
      using Byte = std::conditional_t<std::is_const_v<Value>, const std::byte, std::byte>;
      return *reinterpret_cast<Value*>(reinterpret_cast<Byte*>(first_) + row * sizeof(Row));
    }
  }

 private:
  Value* first_;
};

template <class T>
consteval Type type_of() {
  using enum Kind;
  constexpr Kind k = kind<T>;
  if constexpr (k == boolean || k == enumeration)
    return Type::integer;
  else if constexpr (k == number) {
    if constexpr (std::integral<T>)
      return Type::integer;
    else
      return sizeof(T) == 8 ? Type::real : Type::integer;
  } else if constexpr (k == duration || k == time_point)
    return type_of<typename T::rep>();
  else if constexpr (k == text || std::same_as<T, std::string_view>)
    return Type::text;
  else
    return Type::other;
}
template <class T>
inline constexpr Type type = type_of<T>();

/// Integer columns keep the order of their values; floats are kept as the integers of their bits.
template <class T>
constexpr std::int64_t to_word(const T& value) noexcept {
  if constexpr (kind<T> == Kind::duration)
    return to_word(value.count());
  else if constexpr (kind<T> == Kind::time_point)
    return to_word(value.time_since_epoch().count());
  else if constexpr (std::is_enum_v<T>)
    return to_word(static_cast<std::underlying_type_t<T>>(value));
  else if constexpr (std::same_as<T, float>)
    return std::bit_cast<std::int32_t>(value);
  else if constexpr (std::unsigned_integral<T> && sizeof(T) == 8) {
    return static_cast<std::int64_t>(value ^ (std::uint64_t{1} << 63));
  } else
    return static_cast<std::int64_t>(value);
}
template <class T>
constexpr T from_word(std::int64_t word) noexcept {
  if constexpr (kind<T> == Kind::duration)
    return T{from_word<typename T::rep>(word)};
  else if constexpr (kind<T> == Kind::time_point)
    return T{typename T::duration{from_word<typename T::rep>(word)}};
  else if constexpr (std::is_enum_v<T>)
    return static_cast<T>(from_word<std::underlying_type_t<T>>(word));
  else if constexpr (std::same_as<T, float>)
    return std::bit_cast<float>(static_cast<std::int32_t>(word));
  else if constexpr (std::same_as<T, bool>)
    return word != 0;
  else if constexpr (std::unsigned_integral<T> && sizeof(T) == 8) {
    return static_cast<T>(static_cast<std::uint64_t>(word) ^ (std::uint64_t{1} << 63));
  } else
    return static_cast<T>(word);
}
/// The smallest and largest word that stands for a T.
template <class T>
constexpr std::pair<std::int64_t, std::int64_t> word_range() noexcept {
  if constexpr (kind<T> == Kind::duration || kind<T> == Kind::time_point)
    return word_range<typename T::rep>();
  else if constexpr (std::is_enum_v<T>)
    return word_range<std::underlying_type_t<T>>();
  else if constexpr (std::same_as<T, float>)
    return {INT32_MIN, INT32_MAX};
  else if constexpr (std::same_as<T, bool>)
    return {0, 1};
  else if constexpr (std::unsigned_integral<T> && sizeof(T) == 8)
    return {INT64_MIN, INT64_MAX};
  else
    return {static_cast<std::int64_t>(std::numeric_limits<T>::min()),
            static_cast<std::int64_t>(std::numeric_limits<T>::max())};
}
template <class T>
constexpr double to_real(const T& value) noexcept {
  if constexpr (kind<T> == Kind::duration)
    return value.count();
  else if constexpr (kind<T> == Kind::time_point)
    return value.time_since_epoch().count();
  else
    return value;
}
template <class T>
constexpr T from_real(double value) noexcept {
  if constexpr (kind<T> == Kind::time_point)
    return T{typename T::duration{value}};
  else
    return T{value};
}

/// A row that Columnar can encode: every column is a number, a text, or something that `Binary` can encode.
template <class Row>
concept encodable_row = encodable<Row> && !std::is_const_v<Row>;

}  // namespace ashlar::inline v0::detail::column
