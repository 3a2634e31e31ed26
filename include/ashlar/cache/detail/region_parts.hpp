// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <ashlar/cache/regions/region.hpp>
#include <ashlar/cache/store_tier.hpp>
#include <ashlar/codec/no_compression.hpp>
#include <ashlar/store/in_memory.hpp>

namespace ashlar::inline v0 {

namespace detail {

template <class... T>
struct TypeList {};
template <class List>
inline constexpr std::size_t size_of = 0;
template <class... T>
inline constexpr std::size_t size_of<TypeList<T...>> = sizeof...(T);

template <class P>
concept describes_a_region = requires {
  P::name;
  typename P::strategy_type;
  typename P::value_type;
};
template <class P>
concept names_a_lower_tier = requires { typename P::lower_type; };
template <class P>
concept names_a_compression = requires { typename P::compression_type; };

template <class Regions, class Lower, class Compression, class... Parts>
struct SortParts {
  using regions = Regions;
  using lower_type = Lower;
  using compression_type = Compression;
};
template <class... R, class Lower, class Compression, class Part, class... Rest>
struct SortParts<TypeList<R...>, Lower, Compression, Part, Rest...> {
  static_assert(describes_a_region<Part>,
                "[ashlar] Regions: a part must be a Region<…>, Over<tier> or PackWith<compression>");
};
template <class... R, class Lower, class Compression, describes_a_region Part, class... Rest>
struct SortParts<TypeList<R...>, Lower, Compression, Part, Rest...>
    : SortParts<TypeList<R..., Part>, Lower, Compression, Rest...> {};
template <class... R, class Lower, class Compression, names_a_lower_tier Part, class... Rest>
struct SortParts<TypeList<R...>, Lower, Compression, Part, Rest...>
    : SortParts<TypeList<R...>, typename Part::lower_type, Compression, Rest...> {};
template <class... R, class Lower, class Compression, names_a_compression Part, class... Rest>
struct SortParts<TypeList<R...>, Lower, Compression, Part, Rest...>
    : SortParts<TypeList<R...>, Lower, typename Part::compression_type, Rest...> {};

template <class... Parts>
using RegionParts =
    SortParts<TypeList<>, StoreTier<std::string, std::vector<std::byte>, InMemory>, NoCompression, Parts...>;

template <class... R>
consteval bool distinct_names_of(TypeList<R...>) {
  const std::array<std::string_view, sizeof...(R)> names{R::name.view()...};
  for (std::size_t i = 0; i < names.size(); ++i) {
    for (std::size_t j = i + 1; j < names.size(); ++j) {
      if (names[i] == names[j]) return false;
    }
  }
  return true;
}
template <class List>
consteval bool distinct_names() {
  return distinct_names_of(List{});
}

template <class Wanted, class... R>
consteval std::size_t index_in(TypeList<R...>) {
  std::size_t at = 0;
  static_cast<void>(((std::same_as<Wanted, R> || (++at, false)) || ...));
  return at;
}
template <class Wanted, class List>
consteval std::size_t index_of() {
  return index_in<Wanted>(List{});
}

/// Never defined: its arguments are the message, the name that was asked for and those there are.
template <FixedString Asked, FixedString... There>
struct NoRegionOfThatName;

template <FixedString Name, class... Passed>
consteval auto find_in(TypeList<>, TypeList<Passed...>) {
  static_assert(sizeof...(Passed) != sizeof...(Passed),
                "[ashlar] Regions: no region of that name; see the names there are");
  return std::type_identity<NoRegionOfThatName<Name, Passed::name...>>{};
}
template <FixedString Name, class R, class... Rest, class... Passed>
consteval auto find_in(TypeList<R, Rest...>, TypeList<Passed...>) {
  if constexpr (R::name == Name) {
    return std::type_identity<R>{};
  } else {
    return find_in<Name>(TypeList<Rest...>{}, TypeList<Passed..., R>{});
  }
}
template <FixedString Name, class List>
consteval auto find_region() {
  return find_in<Name>(List{}, TypeList<>{});
}

}  // namespace detail

}  // namespace ashlar::inline v0
