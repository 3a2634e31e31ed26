// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include <ashlar/codec/binary.hpp>

namespace ashlar::inline v0 {

/// How version `V` of a stored `T` looked and how it becomes a `T`. Specialise it for each old version that must stay
/// readable:
/// `template <> struct ashlar::OlderVersion<Product, 1> { using type = ProductV1; static Product upgrade(ProductV1&&);
/// };`
template <class T, std::uint32_t V>
struct OlderVersion;

namespace detail {

// A decoder has a branch for each, so that the number must be small.
inline constexpr std::uint32_t most_versions = 1000;

}  // namespace detail

/// A `T` whose bytes begin with the number of its layout, `N` from 1 up. Change `T`, raise `N`, specialise
/// `OlderVersion` for the layout it had: what was stored before is read and upgraded, and a program that is older than
/// its data says so (`unsupported`) instead of misreading it. `N` is at most 1000. Cost: one byte up to version 127.
template <class T, std::uint32_t N>
struct Versioned {
  static_assert(N >= 1, "[ashlar] versioned: versions start at 1");
  static_assert(N <= detail::most_versions,
                "[ashlar] versioned: a version above 1000; count layouts from 1 up, it is no date");
  static_assert(explain_serializable<T>());

  using value_type = T;
  static constexpr std::uint32_t version = N;

  T value{};

  T& operator*() noexcept { return value; }
  const T& operator*() const noexcept { return value; }
  T* operator->() noexcept { return &value; }
  const T* operator->() const noexcept { return &value; }
  friend bool operator==(const Versioned&, const Versioned&)
    requires std::equality_comparable<T>
  = default;
};

namespace detail {

template <class T, std::uint32_t V>
concept readable_version = requires { typename OlderVersion<T, V>::type; };

template <class T, std::uint32_t V>
bool read_older(ByteReader& reader, T& value) {
  if constexpr (readable_version<T, V>) {
    using Old = typename OlderVersion<T, V>::type;
    static_assert(explain_serializable<Old>());
    static_assert(
        requires(Old&& old) {
          { OlderVersion<T, V>::upgrade(std::move(old)) } -> std::convertible_to<T>;
        }, "[ashlar] versioned: OlderVersion<T, V> lacks `static T upgrade(type&& old)`");
    Old old{};
    if (!reader.value(old)) return false;
    value = OlderVersion<T, V>::upgrade(std::move(old));
    return true;
  } else {
    return reader.fail("version " + std::to_string(V) + " can no longer be read; specialise OlderVersion for it",
                       ErrorCode::unsupported);
  }
}

}  // namespace detail

template <class T, std::uint32_t N>
struct Serialize<Versioned<T, N>> {
  static void encode(const Versioned<T, N>& value, ByteWriter& writer) {
    writer.size(N);
    writer.value(value.value);
  }
  static bool decode(ByteReader& reader, Versioned<T, N>& value) {
    std::uint64_t version = 0;
    if (!reader.size(version)) return false;
    if (version == N) return reader.value(value.value);
    if (version == 0) return reader.fail("version 0; versions start at 1");
    if (version > N) {
      return reader.fail("version " + std::to_string(version) + " is newer than " + std::to_string(N) +
                             ", the newest that this program knows",
                         ErrorCode::unsupported);
    }
    if constexpr (N > 1 && N <= detail::most_versions) {
      static constexpr auto older = []<std::size_t... I>(std::index_sequence<I...>) {
        return std::array<bool (*)(ByteReader&, T&), N - 1>{&detail::read_older<T, I + 1>...};
      }(std::make_index_sequence<N - 1>{});
      return older[version - 1](reader, value.value);
    } else {
      return false;
    }
  }
};

}  // namespace ashlar::inline v0
