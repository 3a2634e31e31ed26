// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <ashlar/cache/invalidation/glob_escape.hpp>
#include <ashlar/core/fixed_string.hpp>

namespace ashlar::inline v0 {

namespace detail {

/// One `{name}` of a pattern: where it begins, its name and where it ends; `begin` is npos after the last.
struct Placeholder {
  std::size_t begin = std::string_view::npos;
  std::size_t end = 0;
  std::string_view name;
};

// string_view::find in a constant expression is more than GCC 12 can do under UndefinedBehaviorSanitizer.
constexpr std::size_t find_char(std::string_view text, char wanted, std::size_t from) noexcept {
  for (std::size_t i = from; i < text.size(); ++i) {
    if (text[i] == wanted) return i;
  }
  return std::string_view::npos;
}

constexpr Placeholder next_placeholder(std::string_view pattern, std::size_t from) noexcept {
  const std::size_t begin = find_char(pattern, '{', from);
  if (begin == std::string_view::npos) return {};
  const std::size_t close = find_char(pattern, '}', begin);
  if (close == std::string_view::npos) return {};
  return {begin, close + 1, pattern.substr(begin + 1, close - begin - 1)};
}

consteval bool braces_are_right(std::string_view pattern) {
  bool open = false;
  std::size_t length = 0;
  for (const char c : pattern) {
    if (c == '{') {
      if (open) return false;
      open = true;
      length = 0;
    } else if (c == '}') {
      if (!open || length == 0) return false;
      open = false;
    } else if (open) {
      const bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
      if (!word) return false;
      ++length;
    }
  }
  return !open;
}

constexpr bool has_placeholder(std::string_view pattern, std::string_view name) noexcept {
  for (auto found = next_placeholder(pattern, 0); found.begin != std::string_view::npos;
       found = next_placeholder(pattern, found.end)) {
    if (found.name == name) return true;
  }
  return false;
}

template <std::size_t N>
constexpr bool placeholders_are_among(std::string_view pattern, const std::array<std::string_view, N>& names) noexcept {
  for (auto found = next_placeholder(pattern, 0); found.begin != std::string_view::npos;
       found = next_placeholder(pattern, found.end)) {
    bool known = false;
    for (std::size_t i = 0; i < N; ++i) known = known || names[i] == found.name;
    if (!known) return false;
  }
  return true;
}

}  // namespace detail

/// A field of an event with its value: `field<"product_id">("42")`.
template <FixedString Name>
struct Field {
  static constexpr auto name = Name;
  static constexpr bool given = true;
  std::string_view value;
};
template <FixedString Name>
constexpr Field<Name> field(std::string_view value) noexcept {
  return {value};
}

/// A field that this event does not have: the patterns with its placeholder are left out. `no_field<"product_id">()`.
template <FixedString Name>
struct NoField {
  static constexpr auto name = Name;
  static constexpr bool given = false;
  std::string_view value = {};
};
template <FixedString Name>
constexpr NoField<Name> no_field() noexcept {
  return {};
}

/// One kind of event and the patterns of the keys it makes stale. `{name}` stands for the event's field of that name.
template <FixedString Name, FixedString... Patterns>
struct On {
  static_assert((detail::braces_are_right(Patterns.view()) && ...),
                "[ashlar] On: a placeholder in a pattern is written {name}, of letters, digits and '_'");
  static constexpr auto name = Name;
  static constexpr std::array<std::string_view, sizeof...(Patterns)> patterns{Patterns.view()...};

  static consteval bool has_field(std::string_view field) {
    return (detail::has_placeholder(Patterns.view(), field) || ...);
  }
  /// True when each placeholder is among `fields`.
  template <std::size_t N>
  static consteval bool is_filled_by(const std::array<std::string_view, N>& fields) {
    return (detail::placeholders_are_among(Patterns.view(), fields) && ...);
  }
};

namespace detail {

template <class F>
inline constexpr bool is_event_field = false;
template <FixedString Name>
inline constexpr bool is_event_field<Field<Name>> = true;
template <FixedString Name>
inline constexpr bool is_event_field<NoField<Name>> = true;

/// Never defined: its arguments are the message, the event that was asked for and those there are.
template <FixedString Asked, FixedString... There>
struct NoEventOfThatName;

template <FixedString Name, class... E>
consteval auto find_event() {
  if constexpr (((E::name == Name) || ...)) {
    return std::type_identity<void>{};
  } else {
    static_assert(((E::name == Name) || ...), "[ashlar] Events: no event of that name; see the names there are");
    return std::type_identity<NoEventOfThatName<Name, E::name...>>{};
  }
}

}  // namespace detail

/// Which keys become stale when something happens: a table from event to patterns, checked by the compiler.
///
///     using Rules = Events<On<"product_updated", "product:*", "inventory:*:{product_id}:*">>;
///     for (const std::string& pattern : Rules::patterns<"product_updated">(field<"product_id">("42"))) …
///
/// An event that is not in the table, a field that none of its patterns has, and a placeholder without a field do not
/// compile; `no_field` says that an event has none, which leaves out the patterns that want it.
template <class... E>
struct Events {
  /// The patterns of an event, its fields filled in and escaped, so that a value with a `*` stands for itself. `fields`
  /// are a `field` or a `no_field` for each placeholder, in any order.
  template <FixedString Name, class... Fields>
    requires(detail::is_event_field<Fields> && ...)
  static std::vector<std::string> patterns(Fields... fields) {
    static_assert(std::is_void_v<typename decltype(detail::find_event<Name, E...>())::type>);
    std::vector<std::string> filled;
    (add<E, Name>(filled, fields...), ...);
    return filled;
  }
  /// Calls `invalidate(pattern)` for each pattern of an event and returns how many there were.
  template <FixedString Name, class F, class... Fields>
    requires(detail::is_event_field<Fields> && ...)
  static std::size_t raise(F&& invalidate, Fields... fields) {
    const auto all = patterns<Name>(fields...);
    for (const std::string& pattern : all) static_cast<void>(invalidate(pattern));
    return all.size();
  }

 private:
  template <class Event, FixedString Name, class... Fields>
  static void add(std::vector<std::string>& filled, const Fields&... fields) {
    if constexpr (Event::name == Name) {
      static_assert((Event::has_field(Fields::name.view()) && ...),
                    "[ashlar] Events: a field was given that no pattern of this event has; check its spelling");
      constexpr std::array<std::string_view, sizeof...(Fields)> names{Fields::name.view()...};
      static_assert(Event::is_filled_by(names),
                    "[ashlar] Events: a placeholder in this event's patterns has no field; give field<\"name\">(value) "
                    "for each {name}, or no_field<\"name\">() to leave its patterns out");
      for (const std::string_view pattern : Event::patterns) {
        if (auto one = fill(pattern, fields...)) filled.push_back(*std::move(one));
      }
    }
  }
  template <class... Fields>
  static std::optional<std::string> fill(std::string_view pattern, const Fields&... fields) {
    std::string text;
    std::size_t at = 0;
    for (auto next = detail::next_placeholder(pattern, 0); next.begin != std::string_view::npos;
         next = detail::next_placeholder(pattern, at)) {
      text.append(pattern.substr(at, next.begin - at));
      bool known = false;
      [[maybe_unused]] const auto take = [&](const auto& field) {
        if (known || !field.given || field.name.view() != next.name) return;
        known = true;
        text.append(glob_escape(field.value));
      };
      (take(fields), ...);
      if (!known) return std::nullopt;
      at = next.end;
    }
    text.append(pattern.substr(at));
    return text;
  }
};

}  // namespace ashlar::inline v0
