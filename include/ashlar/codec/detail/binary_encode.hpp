// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <ashlar/codec/byte_writer.hpp>
#include <ashlar/codec/serializable.hpp>

namespace ashlar::inline v0::detail {

// What `Binary` answers for a type it refuses; its making carries the words.
struct NotSerializable {
  bool explained;
};

// Elements whose bytes in memory are their bytes on the wire, in one piece, and that may have any bytes: not a `bool`.
template <class T>
consteval bool same_bytes() {
  if constexpr (kind<T> == Kind::enumeration) {
    return same_bytes<std::underlying_type_t<T>>();
  } else {
    return std::endian::native == std::endian::little && kind<T> == Kind::number && least_bytes<T>() == sizeof(T);
  }
}
template <class C>
concept contiguous_same_bytes = requires(const C& container) {
  { container.data() } -> std::same_as<const typename C::value_type*>;
} && same_bytes<typename C::value_type>();

// Numbers, and what is made of few of them alone, always take the same bytes. Parts of this kind that lie next to each
// other are written and read as one piece, with one look at the room that is left.
inline constexpr std::size_t most_plain_bytes = 64;

template <class T>
consteval bool is_plain() {
  using enum Kind;
  constexpr Kind k = kind<T>;
  if constexpr (k == boolean || k == number || k == enumeration) {
    return true;
  } else if constexpr (k == duration || k == time_point || k == tuple || k == aggregate) {
    return least_bytes<T>() <= most_plain_bytes && all_parts<T>([]<class P>() { return is_plain<P>(); });
  } else {
    return false;
  }
}
/// The bytes of a T, 0 where they are not always as many.
template <class T>
inline constexpr std::size_t plain_bytes = is_plain<T>() ? least_bytes<T>() : 0;

template <std::size_t I, class Parts>
using PartOf = std::remove_cvref_t<std::tuple_element_t<I, Parts>>;

// The plain parts of a tuple from one on, as far as they are one piece.
struct PlainRun {
  std::size_t parts = 0;
  std::size_t bytes = 0;
};
template <class Parts, std::size_t first>
consteval PlainRun plain_run() {
  PlainRun run;
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    const auto take = [&](std::size_t bytes) {
      if (bytes == 0 || run.bytes + bytes > most_plain_bytes) return false;
      ++run.parts;
      run.bytes += bytes;
      return true;
    };
    static_cast<void>((take(plain_bytes<PartOf<first + I, Parts>>) && ...));
  }(std::make_index_sequence<std::tuple_size_v<Parts> - first>{});
  return run;
}

template <class T>
inline void put_plain(std::byte* to, const T& value) noexcept {
  using enum Kind;
  constexpr Kind k = kind<T>;
  if constexpr (k == boolean) {
    *to = static_cast<std::byte>(value ? 1 : 0);
  } else if constexpr (k == number) {
    store_little(to, static_cast<WireNumber<T>>(value));
  } else if constexpr (k == enumeration) {
    store_little(to, static_cast<WireNumber<std::underlying_type_t<T>>>(value));
  } else if constexpr (k == duration) {
    put_plain(to, value.count());
  } else if constexpr (k == time_point) {
    put_plain(to, value.time_since_epoch().count());
  } else {
    const auto put = [&](const auto& part) {
      put_plain(to, part);
      to += plain_bytes<std::remove_cvref_t<decltype(part)>>;
    };
    if constexpr (k == tuple) {
      std::apply([&](const auto&... part) { (put(part), ...); }, value);
    } else {
      std::apply([&](const auto&... part) { (put(part), ...); }, tie_members(value));
    }
  }
}

template <class T>
inline void write_value(ByteWriter& writer, const T& value);

template <std::size_t first = 0, class Parts>
inline void write_parts(ByteWriter& writer, const Parts& parts) {
  if constexpr (first < std::tuple_size_v<Parts>) {
    constexpr PlainRun run = plain_run<Parts, first>();
    if constexpr (run.parts == 0) {
      write_value(writer, std::get<first>(parts));
      write_parts<first + 1>(writer, parts);
    } else {
      std::byte* to = writer.room<run.bytes>();
      [&]<std::size_t... I>(std::index_sequence<I...>) {
        ((put_plain(to, std::get<first + I>(parts)), to += plain_bytes<PartOf<first + I, Parts>>), ...);
      }(std::make_index_sequence<run.parts>{});
      write_parts<first + run.parts>(writer, parts);
    }
  }
}

template <class C>
inline void write_elements(ByteWriter& writer, const C& container) {
  if constexpr (contiguous_same_bytes<C>) {
    writer.bytes(std::as_bytes(std::span{container.data(), container.size()}));
  } else {
    for (const auto& element : container) write_value<std::remove_cv_t<typename C::value_type>>(writer, element);
  }
}

// Hash containers have no order of their own, and a tree's pairs are written as they come.
template <class C>
inline void write_entries(ByteWriter& writer, const C& container) {
  const auto write_one = [](ByteWriter& to, const auto& entry) {
    if constexpr (kind<C> == Kind::map) {
      write_value(to, entry.first);
      write_value(to, entry.second);
    } else {
      write_value(to, entry);
    }
  };
  if constexpr (!unordered<C>) {
    for (const auto& entry : container) write_one(writer, entry);
  } else {
    std::vector<std::byte> bytes;
    std::vector<std::pair<std::size_t, std::size_t>> pieces;
    pieces.reserve(container.size());
    for (const auto& entry : container) {
      const std::size_t start = bytes.size();
      ByteWriter one{bytes};
      write_one(one, entry);
      one.flush();
      pieces.emplace_back(start, bytes.size() - start);
    }
    const auto piece = [&](const auto& p) { return std::span<const std::byte>{bytes.data() + p.first, p.second}; };
    std::sort(pieces.begin(), pieces.end(), [&](const auto& a, const auto& b) {
      const auto x = piece(a);
      const auto y = piece(b);
      return std::lexicographical_compare(x.begin(), x.end(), y.begin(), y.end());
    });
    for (const auto& p : pieces) writer.bytes(piece(p));
  }
}

template <class T>
inline void write_value(ByteWriter& writer, const T& value) {
  using enum Kind;
  constexpr Kind k = kind<T>;
  if constexpr (k == custom) {
    Serialize<T>::encode(value, writer);
  } else if constexpr (plain_bytes<T> != 0) {
    put_plain(writer.room<plain_bytes<T>>(), value);
  } else if constexpr (k == text) {
    writer.sized_bytes(std::as_bytes(std::span{value.data(), value.size()}));
  } else if constexpr (k == view || k == sequence) {
    writer.size(value.size());
    write_elements(writer, value);
  } else if constexpr (k == path) {
    write_value(writer, value.generic_u8string());
  } else if constexpr (k == duration) {
    write_value(writer, value.count());
  } else if constexpr (k == time_point) {
    write_value(writer, value.time_since_epoch().count());
  } else if constexpr (k == optional) {
    writer.number(static_cast<std::uint8_t>(value.has_value() ? 1 : 0));
    if (value) write_value(writer, *value);
  } else if constexpr (k == variant) {
    std::visit(
        [&](const auto& alternative) {
          writer.size(value.index());
          write_value(writer, alternative);
        },
        value);
  } else if constexpr (k == array) {
    write_elements(writer, value);
  } else if constexpr (k == tuple) {
    write_parts(writer, value);
  } else if constexpr (k == aggregate) {
    write_parts(writer, tie_members(value));
  } else {
    static_assert(k == map || k == set);
    writer.size(value.size());
    write_entries(writer, value);
  }
}

}  // namespace ashlar::inline v0::detail
