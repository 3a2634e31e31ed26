// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <span>

#include <ashlar/cache/eviction/concepts.hpp>

namespace ashlar::inline v0 {

/// Nothing is ever evicted: the tier grows until memory ends, or refuses what exceeds a capacity it was given.
/// Memory: none. Cost: none.
class Unbounded {
 public:
  void resize(slot_index) noexcept {}
  void renumber(std::span<const slot_index>, slot_index) noexcept {}
  void limit(std::uint64_t) noexcept {}
  template <class Entries>
  void insert(slot_index, std::uint64_t, Entries&) noexcept {}
  template <class Entries>
  void erase(slot_index, Entries&) noexcept {}
  template <class Entries>
  slot_index evict(std::uint64_t, Entries&) noexcept {
    return no_slot;
  }
  void clear() noexcept {}
};

static_assert(eviction<Unbounded>);

}  // namespace ashlar::inline v0
