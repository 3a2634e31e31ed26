// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <ashlar/store/concepts.hpp>

namespace ashlar::inline v0 {

/// Spreads keys evenly over the directories of a store.
struct ByHash {
  std::size_t directory_of(std::string_view, std::uint64_t hash, std::size_t directories) const noexcept {
    return static_cast<std::size_t>((hash >> 32) % directories);
  }
};

static_assert(sharding<ByHash>);

}  // namespace ashlar::inline v0
