// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <concepts>
#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include <ashlar/codec/detail/fields.hpp>
#include <ashlar/codec/detail/kinds.hpp>

namespace ashlar::inline v0 {
namespace detail {

// Applies `Check` to the types that a T is made of: `Check<Part>()` for each, all must hold.
template <class T, class Check>
consteval bool all_parts(Check check) {
  using enum Kind;
  constexpr Kind k = kind<T>;
  if constexpr (k == optional || k == sequence || k == set) {
    return check.template operator()<typename T::value_type>();
  } else if constexpr (k == view) {
    return check.template operator()<std::remove_cvref_t<decltype(*std::declval<const T&>().begin())>>();
  } else if constexpr (k == duration || k == time_point) {
    return check.template operator()<typename T::rep>();
  } else if constexpr (k == map) {
    const bool key = check.template operator()<typename T::key_type>();
    return check.template operator()<typename T::mapped_type>() && key;
  } else if constexpr (k == array) {
    return check.template operator()<typename T::value_type>();
  } else if constexpr (k == variant) {
    return [&]<class... P>(std::type_identity<std::variant<P...>>) {
      return (static_cast<int>(check.template operator()<P>()) & ... & 1) != 0;
    }(std::type_identity<T>{});
  } else if constexpr (k == tuple) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return (static_cast<int>(check.template operator()<std::remove_cv_t<std::tuple_element_t<I, T>>>()) & ... & 1) !=
             0;
    }(std::make_index_sequence<std::tuple_size_v<T>>{});
  } else if constexpr (k == aggregate) {
    return [&]<class... P>(std::type_identity<std::tuple<P&...>>) {
      return (static_cast<int>(check.template operator()<P>()) & ... & 1) != 0;
    }(std::type_identity<decltype(tie_members(std::declval<T&>()))>{});
  } else {
    return true;
  }
}

template <class T>
consteval std::size_t least_bytes();

// Encodable, when `Decodes` also decodable; never a hard error.
template <class T, bool Decodes>
consteval bool check_serializable() {
  using enum Kind;
  constexpr Kind k = kind<T>;
  if constexpr (k == unknown || (Decodes && (k == view || !std::default_initializable<T>)) ||
                (Decodes && std::is_const_v<T>)) {
    return false;
  } else if constexpr (k == custom) {
    if constexpr (Decodes)
      return custom_encoded<T> && custom_decoded<T>;
    else
      return custom_encoded<T>;
  } else if constexpr (k == aggregate && !plain_aggregate<T>) {
    return false;
  } else if constexpr (!all_parts<T>([]<class P>() { return check_serializable<P, Decodes>(); })) {
    return false;
  } else if constexpr (k == sequence || k == set) {
    return least_bytes<typename T::value_type>() > 0;
  } else {
    return true;
  }
}

// The fewest bytes that a value of T takes: bounds the counts that a decoder believes.
template <class T>
consteval std::size_t least_bytes() {
  using enum Kind;
  constexpr Kind k = kind<T>;
  if constexpr (k == number)
    return sizeof(WireNumber<std::remove_cv_t<T>>);
  else if constexpr (k == enumeration)
    return sizeof(WireNumber<std::underlying_type_t<T>>);
  else if constexpr (k == duration || k == time_point)
    return least_bytes<typename T::rep>();
  else if constexpr (k == array)
    return std::tuple_size_v<T> * least_bytes<typename T::value_type>();
  else if constexpr (k == tuple) {
    return []<std::size_t... I>(std::index_sequence<I...>) {
      return (least_bytes<std::tuple_element_t<I, T>>() + ... + std::size_t{0});
    }(std::make_index_sequence<std::tuple_size_v<T>>{});
  } else if constexpr (k == aggregate) {
    return []<class... P>(std::type_identity<std::tuple<P&...>>) {
      return (least_bytes<P>() + ... + std::size_t{0});
    }(std::type_identity<decltype(tie_members(std::declval<T&>()))>{});
  } else {
    return 1;
  }
}

// One fault, in words, for one type; the parts of T are explained by the caller.
template <class T, bool Decodes>
consteval bool explain_part() {
  using enum Kind;
  constexpr Kind k = kind<T>;
  static_assert(
      !std::is_pointer_v<T> && !std::is_member_pointer_v<T>,
      "[ashlar] serializer: a pointer has no bytes that outlive it; hold the value itself or std::optional of it");
  static_assert(!std::is_reference_v<T>, "[ashlar] serializer: a reference has no bytes of its own; hold a value");
  static_assert(!std::is_array_v<T>, "[ashlar] serializer: a C array member; write std::array");
  static_assert(!std::is_same_v<T, wchar_t>,
                "[ashlar] serializer: wchar_t differs between systems; write char8_t or char32_t");
  static_assert(!std::is_same_v<T, long double>,
                "[ashlar] serializer: long double differs between systems; write double");
  static_assert(!std::is_enum_v<T> || k == enumeration || k == custom,
                "[ashlar] serializer: an enum without a fixed type; write `enum class E : std::uint8_t`");
  static_assert(!Decodes || k != view,
                "[ashlar] serializer: a view can be encoded but not decoded; hold std::string or std::vector");
  static_assert(!Decodes || !std::is_const_v<T>,
                "[ashlar] serializer: a const member cannot be decoded; drop the const");
  static_assert(!Decodes || k == unknown || k == view || std::is_const_v<T> || std::default_initializable<T>,
                "[ashlar] serializer: add a default constructor, a value is decoded into an empty one");
  if constexpr (k == custom) {
    static_assert(custom_encoded<T>,
                  "[ashlar] serializer: Serialize<T> lacks `static void encode(const T&, ByteWriter&)`");
    static_assert(!Decodes || custom_decoded<T>,
                  "[ashlar] serializer: Serialize<T> lacks `static bool decode(ByteReader&, T&)`");
  } else if constexpr (k == aggregate) {
    static_assert(!has_base<T>,
                  "[ashlar] serializer: an aggregate with a base class; specialise Serialize<T> (SerializeMembers "
                  "lists members)");
    if constexpr (!has_base<T>) {
      static_assert(
          initialisers<T> <= most_members,
          "[ashlar] serializer: more than 32 members; specialise Serialize<T> (SerializeMembers lists members)");
      if constexpr (initialisers<T> <= most_members) {
        static_assert(!has_array_member<T>, "[ashlar] serializer: a C array member; write std::array");
      }
    }
  } else if constexpr (k == unknown) {
    static_assert(std::is_scalar_v<T> || std::is_reference_v<T> || std::is_array_v<T>,
                  "[ashlar] serializer: this class is neither built in nor a plain aggregate; specialise "
                  "ashlar::Serialize<T> (SerializeMembers<&T::a, &T::b> lists members)");
  }
  return check_serializable<T, Decodes>();
}

template <class T, bool Decodes>
consteval bool explain_all() {
  using enum Kind;
  constexpr Kind k = kind<T>;
  if constexpr (!explain_part<T, Decodes>() && k != unknown && k != custom) {
    if constexpr (k != aggregate || plain_aggregate<T>) {
      constexpr bool parts = all_parts<T>([]<class P>() { return explain_all<P, Decodes>(); });
      if constexpr (parts && (k == sequence || k == set)) {
        static_assert(least_bytes<typename T::value_type>() > 0,
                      "[ashlar] serializer: a sequence of things that take no bytes; hold their number instead");
      }
    }
  }
  return check_serializable<T, Decodes>();
}

}  // namespace detail

/// `Binary` can write a `T`.
template <class T>
concept encodable = detail::check_serializable<T, false>();

/// `Binary` can write and read a `T`: arithmetic types (not `wchar_t`, `long double`), enums with a fixed type,
/// `bool`, byte strings, chrono durations and time points, `std::filesystem::path`, `optional`, `variant`, `array`,
/// `pair`, `tuple`, containers with `push_back` or `emplace_hint`, aggregates of up to 32 members without bases, all
/// of these nested, and what `Serialize<T>` is specialised for. Views and spans are `encodable` only. An aggregate with
/// bit-fields or an anonymous union, or one that contains itself (a tree), needs `Serialize<T>`; to ask without it is an
/// error of the compiler's own.
template <class T>
concept serializable = detail::check_serializable<T, true>();

/// True when `T` is `serializable`; otherwise each fault in it, however deep, is reported with what to write.
template <class T>
consteval bool explain_serializable() {
  return detail::explain_all<T, true>();
}

}  // namespace ashlar::inline v0
