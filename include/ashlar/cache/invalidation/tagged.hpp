// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <ranges>
#include <string_view>
#include <utility>
#include <vector>

#include <ashlar/cache/weight.hpp>
#include <ashlar/core/hash.hpp>

namespace ashlar::inline v0 {

/// The tags of an entry, as 64-bit hashes of their names. Two names of the same hash would only be invalidated together.
///
///     cache.put("order:7", order, Tags{"customer:3", "product:42"});
class Tags {
 public:
  Tags() = default;
  Tags(std::initializer_list<std::string_view> names) { add(names); }
  template <std::ranges::input_range Names>
    requires std::convertible_to<std::ranges::range_reference_t<Names>, std::string_view> &&
             (!std::convertible_to<Names, std::string_view>)
  explicit Tags(Names&& names) {
    add(names);
  }

  /// What stands for a name in an entry.
  static std::uint64_t id(std::string_view name) noexcept { return hash_bytes(name); }

  const std::vector<std::uint64_t>& ids() const& noexcept { return ids_; }
  std::vector<std::uint64_t>&& ids() && noexcept { return std::move(ids_); }

 private:
  template <class Names>
  void add(Names&& names) {
    for (const std::string_view name : names) ids_.push_back(id(name));
  }

  std::vector<std::uint64_t> ids_;
};

/// A value as the tiers of an `Invalidating` cache keep it: with the moment from which it is known to be right, so that
/// an invalidation tells what is older from what is newer. Costs 8 bytes an entry.
template <class V>
struct Stamped {
  V value;
  std::uint64_t born = 0;  ///< of `InvalidationLog::now()`; what is invalidated later than this is stale

  std::uint64_t bytes_outside() const { return detail::bytes_outside(value); }
  friend bool operator==(const Stamped&, const Stamped&) = default;
};

/// As `Stamped`, with tags. Costs 32 bytes an entry, and 8 for each tag.
template <class V>
struct Tagged {
  V value;
  std::uint64_t born = 0;
  std::vector<std::uint64_t> tags = {};  ///< `Tags::id` of each

  std::uint64_t bytes_outside() const { return detail::bytes_outside(value) + detail::bytes_outside(tags); }
  friend bool operator==(const Tagged&, const Tagged&) = default;
};

/// A value with its tags, for a loader to return.
template <class V>
Tagged<V> tagged(V value, Tags tags) {
  return {std::move(value), 0, std::move(tags).ids()};
}

namespace detail {

/// How a value is kept; nothing for any other type.
template <class E>
inline constexpr bool keeps_a_stamp = false;
template <class V>
inline constexpr bool keeps_a_stamp<Stamped<V>> = true;
template <class V>
inline constexpr bool keeps_a_stamp<Tagged<V>> = true;
template <class E>
inline constexpr bool keeps_tags = false;
template <class V>
inline constexpr bool keeps_tags<Tagged<V>> = true;

}  // namespace detail

}  // namespace ashlar::inline v0
