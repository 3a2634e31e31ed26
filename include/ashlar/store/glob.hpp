// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace ashlar::inline v0 {

namespace detail {

/// Matches one character against the set that `pattern` begins with ("[a-z]", "[!0-9]"). Nothing when the set has no
/// end: then '[' stands for itself. `length` receives the length of the set.
constexpr std::optional<bool> in_glob_set(std::string_view pattern, char c, std::size_t& length) noexcept {
  std::size_t at = 1;
  const bool negated = at < pattern.size() && (pattern[at] == '!' || pattern[at] == '^');
  if (negated) ++at;
  bool found = false;
  const auto as_byte = [](char one) { return static_cast<unsigned char>(one); };
  for (std::size_t first = at; at < pattern.size(); ++at) {
    if (pattern[at] == ']' && at != first) {
      length = at + 1;
      return found != negated;
    }
    const char low = pattern[at];
    char high = low;
    if (at + 2 < pattern.size() && pattern[at + 1] == '-' && pattern[at + 2] != ']') {
      high = pattern[at + 2];
      at += 2;
    }
    found = found || (as_byte(low) <= as_byte(c) && as_byte(c) <= as_byte(high));
  }
  return std::nullopt;
}

}  // namespace detail

/// Whether the whole of `text` fits `pattern`: `*` stands for any run of bytes, '/' and none included, `?` for one byte,
/// `[a-z]` and `[!a-z]` for one of a set, `\` takes the next character as it is. Never throws. Cost: the product of
/// both lengths at worst.
constexpr bool glob_match(std::string_view pattern, std::string_view text) noexcept {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t star_text = 0;
  while (true) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_text = t;
      continue;
    }
    if (t == text.size() && p == pattern.size()) return true;
    std::size_t step = 0;
    if (t < text.size() && p < pattern.size()) {
      std::size_t length = 0;
      const char c = pattern[p];
      if (c == '?') {
        step = 1;
      } else if (c == '\\' && p + 1 < pattern.size()) {
        step = pattern[p + 1] == text[t] ? 2 : 0;
      } else if (const std::optional<bool> in = c == '[' ? detail::in_glob_set(pattern.substr(p), text[t], length)
                                                         : std::optional<bool>{}) {
        step = *in ? length : 0;
      } else {
        step = c == text[t] ? 1 : 0;
      }
    }
    if (step != 0) {
      p += step;
      ++t;
    } else {
      if (star == std::string_view::npos || star_text == text.size()) return false;
      p = star + 1;
      t = ++star_text;
    }
  }
}

}  // namespace ashlar::inline v0
