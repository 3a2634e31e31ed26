// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include <ashlar/codec/byte_reader.hpp>
#include <ashlar/codec/detail/binary_encode.hpp>
#include <ashlar/codec/serializable.hpp>

namespace ashlar::inline v0::detail {

template <class T>
inline bool read_value(ByteReader& reader, T& value);

template <class T>
inline bool read_number(ByteReader& reader, T& value) {
  using Wire = WireNumber<T>;
  Wire wire{};
  if (!reader.number(wire)) return false;
  if constexpr (sizeof(Wire) > sizeof(T)) {
    if (wire > std::numeric_limits<T>::max() || wire < std::numeric_limits<T>::min()) {
      return reader.fail("a `long` that does not fit this machine's");
    }
  }
  value = static_cast<T>(wire);
  return true;
}

inline bool read_flag(ByteReader& reader, bool& value) {
  std::uint8_t byte = 0;
  if (!reader.number(byte)) return false;
  if (byte > 1) return reader.fail("a flag must be 0 or 1, but is " + std::to_string(byte));
  value = byte == 1;
  return true;
}

// The value of `plain_bytes<T>` bytes; false for bytes that no value has.
template <class T>
inline bool get_plain(const std::byte* from, T& value) noexcept {
  using enum Kind;
  constexpr Kind k = kind<T>;
  if constexpr (k == boolean) {
    value = *from != std::byte{};
    return *from <= std::byte{1};
  } else if constexpr (k == number) {
    const auto wire = load_little<WireNumber<T>>(from);
    value = static_cast<T>(wire);
    if constexpr (sizeof(wire) > sizeof(T)) return wire == static_cast<WireNumber<T>>(value);
    return true;
  } else if constexpr (k == enumeration) {
    std::underlying_type_t<T> number{};
    const bool good = get_plain(from, number);
    value = static_cast<T>(number);
    return good;
  } else if constexpr (k == duration) {
    typename T::rep ticks{};
    const bool good = get_plain(from, ticks);
    value = T{ticks};
    return good;
  } else if constexpr (k == time_point) {
    typename T::duration elapsed{};
    const bool good = get_plain(from, elapsed);
    value = T{elapsed};
    return good;
  } else {
    bool good = true;
    const auto get = [&](auto& part) {
      good = get_plain(from, part) && good;
      from += plain_bytes<std::remove_cvref_t<decltype(part)>>;
    };
    if constexpr (k == tuple) {
      std::apply([&](auto&... part) { (get(part), ...); }, value);
    } else {
      std::apply([&](auto&... part) { (get(part), ...); }, tie_members(value));
    }
    return good;
  }
}

// To find out which of them is wrong, and where.
template <class... Part>
[[gnu::cold, gnu::noinline]] bool read_one_by_one(ByteReader& reader, Part&... part) {
  return (read_value(reader, part) && ...);
}

template <std::size_t first = 0, class Parts>
inline bool read_parts(ByteReader& reader, Parts& parts) {
  if constexpr (first == std::tuple_size_v<Parts>) {
    return true;
  } else {
    constexpr PlainRun run = plain_run<Parts, first>();
    if constexpr (run.parts < 2) {
      return read_value(reader, std::get<first>(parts)) && read_parts<first + 1>(reader, parts);
    } else {
      return [&]<std::size_t... I>(std::index_sequence<I...>) {
        if (reader.left() < run.bytes) return read_one_by_one(reader, std::get<first + I>(parts)...);
        const std::byte* from = reader.rest().data();
        bool good = true;
        ((good = get_plain(from, std::get<first + I>(parts)) && good, from += plain_bytes<PartOf<first + I, Parts>>),
         ...);
        std::span<const std::byte> piece;
        return good ? reader.bytes(run.bytes, piece) : read_one_by_one(reader, std::get<first + I>(parts)...);
      }(std::make_index_sequence<run.parts>{}) &&
             read_parts<first + run.parts>(reader, parts);
    }
  }
}

template <class T>
inline bool read_text(ByteReader& reader, T& value) {
  std::uint64_t size = 0;
  std::span<const std::byte> piece;
  if (!reader.count(size, 1) || !reader.bytes(static_cast<std::size_t>(size), piece)) return false;
  const auto* const text = reinterpret_cast<const typename T::value_type*>(piece.data());
  if (piece.size() <= value.capacity()) {
    value.assign(text, piece.size());
  } else {
    // Cheaper than to grow, and mostly the value is new.
    value = T(text, piece.size(), value.get_allocator());
  }
  return true;
}

template <class T>
inline bool read_sequence(ByteReader& reader, T& value) {
  using Element = typename T::value_type;
  std::uint64_t count = 0;
  if (!reader.count(count, least_bytes<Element>()) || !reader.enter()) return false;
  value.clear();
  if constexpr (contiguous_same_bytes<T> && requires { value.resize(1); }) {
    std::span<const std::byte> piece;
    if (!reader.bytes(static_cast<std::size_t>(count) * sizeof(Element), piece)) return false;
    value.resize(static_cast<std::size_t>(count));
    if (!piece.empty()) std::memcpy(value.data(), piece.data(), piece.size());
  } else {
    if constexpr (requires { value.reserve(1); }) value.reserve(static_cast<std::size_t>(count));
    for (; count != 0; --count) {
      Element element{};
      if (!read_value(reader, element)) return false;
      value.push_back(std::move(element));
    }
  }
  reader.leave();
  return true;
}

template <class T>
inline bool read_entries(ByteReader& reader, T& value) {
  std::uint64_t count = 0;
  if constexpr (kind<T> == Kind::map) {
    constexpr std::size_t least = least_bytes<typename T::key_type>() + least_bytes<typename T::mapped_type>();
    if (!reader.count(count, least == 0 ? 1 : least)) return false;
  } else {
    if (!reader.count(count, least_bytes<typename T::key_type>())) return false;
  }
  if (!reader.enter()) return false;
  value.clear();
  for (; count != 0; --count) {
    const std::size_t before = value.size();
    typename T::key_type key{};
    if (!read_value(reader, key)) return false;
    if constexpr (kind<T> == Kind::map) {
      typename T::mapped_type mapped{};
      if (!read_value(reader, mapped)) return false;
      value.emplace_hint(value.end(), std::move(key), std::move(mapped));
    } else {
      value.emplace_hint(value.end(), std::move(key));
    }
    if (value.size() == before) return reader.fail("a key that was there before");
  }
  reader.leave();
  return true;
}

template <class... P>
inline bool read_variant(ByteReader& reader, std::variant<P...>& value) {
  std::uint64_t index = 0;
  if (!reader.size(index)) return false;
  if (index >= sizeof...(P)) {
    return reader.fail("alternative " + std::to_string(index) + " of a variant of " + std::to_string(sizeof...(P)));
  }
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    return ((index == I && read_value(reader, value.template emplace<I>())) || ...);
  }(std::index_sequence_for<P...>{});
}

template <class T>
inline bool read_value(ByteReader& reader, T& value) {
  using enum Kind;
  constexpr Kind k = kind<T>;
  if constexpr (k == custom) {
    if (!reader.enter() || !Serialize<T>::decode(reader, value))
      return reader.failed() ? false : reader.fail("refused by Serialize<T>");
    reader.leave();
    return true;
  } else if constexpr (k == boolean) {
    return read_flag(reader, value);
  } else if constexpr (k == number) {
    return read_number(reader, value);
  } else if constexpr (k == enumeration) {
    std::underlying_type_t<T> number{};
    if (!read_value(reader, number)) return false;
    value = static_cast<T>(number);
    return true;
  } else if constexpr (k == text) {
    return read_text(reader, value);
  } else if constexpr (k == path) {
    std::u8string text;
    if (!read_text(reader, text)) return false;
    value = T{std::move(text)};
    return true;
  } else if constexpr (k == duration) {
    typename T::rep ticks{};
    if (!read_value(reader, ticks)) return false;
    value = T{ticks};
    return true;
  } else if constexpr (k == time_point) {
    typename T::rep ticks{};
    if (!read_value(reader, ticks)) return false;
    value = T{typename T::duration{ticks}};
    return true;
  } else if constexpr (k == optional) {
    bool present = false;
    if (!read_flag(reader, present)) return false;
    value.reset();
    return !present || read_value(reader, value.emplace());
  } else if constexpr (k == variant) {
    return read_variant(reader, value);
  } else if constexpr (k == array) {
    for (auto& element : value) {
      if (!read_value(reader, element)) return false;
    }
    return true;
  } else if constexpr (k == tuple) {
    return read_parts(reader, value);
  } else if constexpr (k == aggregate) {
    auto members = tie_members(value);
    return read_parts(reader, members);
  } else if constexpr (k == sequence) {
    return read_sequence(reader, value);
  } else {
    static_assert(k == map || k == set);
    return read_entries(reader, value);
  }
}

}  // namespace ashlar::inline v0::detail
