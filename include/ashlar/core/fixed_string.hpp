// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace ashlar::inline v0 {

/// A string that can be a template argument: `Region<"inventory", …>`.
/// `N` counts the characters without the terminating zero. Everything is `constexpr`; nothing throws.
template <std::size_t N>
struct FixedString {
  char text[N + 1] = {};

  constexpr FixedString() noexcept = default;
  constexpr FixedString(const char (&literal)[N + 1]) noexcept { std::copy_n(literal, N + 1, text); }

  static constexpr std::size_t size() noexcept { return N; }
  constexpr std::string_view view() const noexcept { return {text, N}; }
  constexpr operator std::string_view() const noexcept { return view(); }

  template <std::size_t M>
  constexpr bool operator==(const FixedString<M>& other) const noexcept {
    return view() == other.view();
  }
};

template <std::size_t M>
FixedString(const char (&)[M]) -> FixedString<M - 1>;

}  // namespace ashlar::inline v0
