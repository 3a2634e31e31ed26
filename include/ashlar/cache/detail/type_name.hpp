// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>

namespace ashlar::inline v0::detail {

/// A text that is put together at compile time: `Drawing::draw(sink)` is run once for the length and once for the
/// letters, and calls `sink.put(part)`.
struct TextLength {
  std::size_t size = 0;
  constexpr void put(std::string_view part) noexcept { size += part.size(); }
};
template <std::size_t N>
struct TextLetters {
  std::array<char, N + 1> letters{};
  std::size_t size = 0;
  constexpr void put(std::string_view part) noexcept {
    for (const char c : part) letters[size++] = c;
  }
};
template <class Drawing>
consteval auto drawn() {
  constexpr std::size_t length = [] {
    TextLength sink;
    Drawing::draw(sink);
    return sink.size;
  }();
  TextLetters<length> sink;
  Drawing::draw(sink);
  return sink;
}
template <class Drawing>
inline constexpr auto drawn_letters = drawn<Drawing>();
template <class Drawing>
inline constexpr std::string_view drawn_text{drawn_letters<Drawing>.letters.data(), drawn_letters<Drawing>.size};

/// A number in decimal digits, into a sink.
template <class Sink>
constexpr void put_number(Sink& sink, std::uint64_t number) {
  if (number >= 10) put_number(sink, number / 10);
  const char digit = static_cast<char>('0' + number % 10);
  sink.put({&digit, 1});
}

/// The type as the compiler spells it.
template <class T>
constexpr std::string_view compilers_name() noexcept {
  constexpr std::string_view text = __PRETTY_FUNCTION__;
  constexpr std::size_t start = text.find("T = ") + 4;
  constexpr std::size_t named_after = text.find("; std::string_view = ", start);
  return text.substr(start, (named_after != text.npos ? named_after : text.rfind(']')) - start);
}

constexpr bool is_word_letter(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// Puts a name without the namespaces and classes it lies in, and without the letters behind numbers (`16UL`).
template <class Sink>
constexpr void put_unqualified(Sink& sink, std::string_view name) {
  if (name.find("lambda") != name.npos) return sink.put("lambda");
  while (!name.empty()) {
    std::size_t length = 1;
    if (is_word_letter(name[0])) {
      while (length < name.size() && is_word_letter(name[length])) ++length;
    } else if (name[0] == '{' || name[0] == '(') {
      const std::size_t close = name.find(name[0] == '{' ? "}::" : ")::");
      if (close != name.npos) length = close + 1;
    }
    const std::string_view word = name.substr(0, length);
    name.remove_prefix(length);
    if (name.starts_with("::")) {
      name.remove_prefix(2);
    } else if (word[0] >= '0' && word[0] <= '9') {
      sink.put(word.substr(0, word.find_first_not_of("0123456789")));
    } else {
      sink.put(word);
    }
  }
}

/// What the standard library adds to its templates by default, and the usual clocks: left out of names.
template <class T>
inline constexpr bool is_usual_part =
    std::same_as<T, std::chrono::steady_clock> || std::same_as<T, std::chrono::system_clock>;
template <class T>
inline constexpr bool is_usual_part<std::allocator<T>> = true;
template <class T>
inline constexpr bool is_usual_part<std::less<T>> = true;
template <class T>
inline constexpr bool is_usual_part<std::hash<T>> = true;
template <class T>
inline constexpr bool is_usual_part<std::equal_to<T>> = true;
template <class T>
inline constexpr bool is_usual_part<std::char_traits<T>> = true;

template <class T>
concept describes_itself = requires {
  { T::described_as } -> std::convertible_to<std::string_view>;
};

/// How a type is called in reports: `described_as` where it has that member, else its name without namespaces, with
/// its template arguments (`type_name`) or without (`kind_name`), the same with every compiler.
template <class T>
struct TypeName {
  template <class Sink>
  static constexpr void kind(Sink& sink) {
    if constexpr (std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, char> && !std::same_as<T, int>) {
      sink.put(std::is_signed_v<T> ? "int" : "uint");
      put_number(sink, 8 * sizeof(T));
    } else {
      const std::string_view name = compilers_name<T>();
      put_unqualified(sink, name.substr(0, name.find('<') == 0 ? name.npos : name.find('<')));
    }
  }
  template <class Sink>
  static constexpr void whole(Sink& sink) {
    if constexpr (std::integral<T>) {
      kind(sink);
    } else {
      put_unqualified(sink, compilers_name<T>());
    }
  }
};
template <describes_itself T>
struct TypeName<T> {
  template <class Sink>
  static constexpr void kind(Sink& sink) {
    sink.put(T::described_as);
  }
  template <class Sink>
  static constexpr void whole(Sink& sink) {
    sink.put(T::described_as);
  }
};
template <>
struct TypeName<std::string> {
  template <class Sink>
  static constexpr void kind(Sink& sink) {
    sink.put("string");
  }
  template <class Sink>
  static constexpr void whole(Sink& sink) {
    sink.put("string");
  }
};
template <template <class...> class Template, class... A>
  requires(!describes_itself<Template<A...>> && !std::same_as<Template<A...>, std::string>)
struct TypeName<Template<A...>> {
  template <class Sink>
  static constexpr void kind(Sink& sink) {
    constexpr std::string_view name = compilers_name<Template<A...>>();
    put_unqualified(sink, name.substr(0, name.find('<')));
  }
  template <class Sink>
  static constexpr void whole(Sink& sink) {
    kind(sink);
    bool first = true;
    const auto part = [&]<class P>(std::type_identity<P>) {
      if constexpr (!is_usual_part<P>) {
        sink.put(first ? "<" : ", ");
        TypeName<P>::whole(sink);
        first = false;
      }
    };
    (part(std::type_identity<A>{}), ...);
    if (!first) sink.put(">");
  }
};

template <class T>
struct KindDrawing {
  static constexpr void draw(auto& sink) { TypeName<T>::kind(sink); }
};
template <class T>
struct NameDrawing {
  static constexpr void draw(auto& sink) { TypeName<T>::whole(sink); }
};

/// The name of a type in reports, without and with its template arguments.
template <class T>
inline constexpr std::string_view kind_name = drawn_text<KindDrawing<T>>;
template <class T>
inline constexpr std::string_view type_name = drawn_text<NameDrawing<T>>;

}  // namespace ashlar::inline v0::detail
