// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include <ashlar/cache/concepts.hpp>
#include <ashlar/cache/strategy/write_through.hpp>
#include <ashlar/codec/concepts.hpp>
#include <ashlar/core/fixed_string.hpp>

namespace ashlar::inline v0 {

/// A time to live as a template argument: `ttl(5min)`.
struct TimeToLive {
  std::int64_t count = 0;  // nanoseconds
  constexpr std::chrono::nanoseconds duration() const noexcept { return std::chrono::nanoseconds{count}; }
};

/// The template argument for a time to live, such as `ashlar::ttl(5min)`.
template <class Rep, class Period>
consteval TimeToLive ttl(std::chrono::duration<Rep, Period> time) {
  return {Lifetime{time}.ttl().count()};
}

/// Whether a region keeps copies in the memory of this process.
enum class Locality : std::uint8_t { local, no_local };
inline constexpr Locality local = Locality::local;
inline constexpr Locality no_local = Locality::no_local;

namespace detail {

consteval bool is_region_name(std::string_view name) {
  if (name.empty()) return false;
  for (const char c : name) {
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-'))
      return false;
  }
  return true;
}

}  // namespace detail

/// One kind of data in a `Regions` table: its name, the type of its values, how writes go, how long values live (±20 %,
/// see `Jitter`) and whether this process keeps copies in memory.
template <FixedString Name, class Value, strategy Strategy = WriteThrough, TimeToLive Ttl = ttl(forever),
          Locality Where = local>
struct Region {
  static_assert(detail::is_region_name(Name.view()),
                "[ashlar] Region: the name is a key prefix; write letters, digits, '_' and '-' only");
  static constexpr auto name = Name;
  using value_type = Value;
  using strategy_type = Strategy;
  static constexpr std::chrono::nanoseconds time_to_live = Ttl.duration();
  static constexpr bool keeps_local_copies = Where == local;
};

/// Part of a `Regions` table: the lower tier that all regions share, from `std::string` to `std::vector<std::byte>`.
template <tier Lower>
struct Over {
  using lower_type = Lower;
};
/// Part of a `Regions` table: how values are packed on the way to the lower tier.
template <compression Compression>
struct PackWith {
  using compression_type = Compression;
};

}  // namespace ashlar::inline v0
