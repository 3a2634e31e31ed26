// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <ranges>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <ashlar/cache/invalidation/glob_escape.hpp>

namespace ashlar::inline v0 {

namespace detail {

template <class T>
concept set_key_member =
    std::convertible_to<const T&, std::string_view> || (std::integral<T> && !std::same_as<T, bool>);

template <set_key_member T>
std::string set_key_text(const T& member) {
  std::string text;
  if constexpr (std::integral<T>) {
    char digits[24];
    const auto written = std::to_chars(digits, digits + sizeof digits, member);
    text.assign(digits, written.ptr);
  } else {
    for (const char c : std::string_view{member}) {
      if (c == ',' || c == '%')
        text.append(1, '%').append(1, c == ',' ? 'c' : 'p');
      else
        text += c;
    }
  }
  return text;
}

}  // namespace detail

/// A set of texts or whole numbers as a piece of a key, `,1,2,42,`: the same for every order of the members, and however
/// often one comes. Different sets give different texts: a `,` within a member becomes `%c`, a `%` becomes `%p`.
///
///     caches.get<"diagnosis">(set_key(stores) + ":2025-01");
///
/// Each member stands between two commas, so that a pattern finds the sets that have it: see `having_member`.
/// Members are ordered as text. Throws `std::bad_alloc`. Cost: a sort of the members.
template <std::ranges::input_range Members>
  requires detail::set_key_member<std::ranges::range_value_t<Members>>
std::string set_key(const Members& members) {
  std::vector<std::string> texts;
  for (const auto& member : members) texts.push_back(detail::set_key_text(member));
  std::ranges::sort(texts);
  const auto repeated = std::ranges::unique(texts);
  texts.erase(repeated.begin(), repeated.end());
  std::string key{","};
  for (const std::string& text : texts) key.append(text).append(1, ',');
  return key;
}
template <detail::set_key_member T>
std::string set_key(std::initializer_list<T> members) {
  return set_key(std::vector<T>(members));
}

/// The pattern (see `Glob`) of every set of `set_key` that has `member`: `*,42,*`. In a larger key it is a part:
/// `"diagnosis:" + having_member(42) + ":2025-*"`.
template <detail::set_key_member T>
std::string having_member(const T& member) {
  return "*," + glob_escape(detail::set_key_text(member)) + ",*";
}

}  // namespace ashlar::inline v0
