// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <span>

#include <ashlar/cache/detail/slot_list.hpp>
#include <ashlar/cache/eviction/concepts.hpp>

namespace ashlar::inline v0 {

/// Least recently used: the entry whose last use lies furthest back goes first.
/// Exact in a single-threaded tier; in a concurrent one hits reach the order through a buffer that may lose some.
/// Memory: 8 bytes per slot. Cost: constant.
class Lru {
 public:
  void resize(slot_index slots) { links_.resize(slots); }
  void renumber(std::span<const slot_index> to, slot_index slots) {
    links_.renumber(to, slots);
    order_.renumber(to);
  }
  void limit(std::uint64_t) noexcept {}

  template <class Entries>
  void insert(slot_index slot, std::uint64_t, Entries&) noexcept {
    order_.push_front(links_, slot);
  }
  template <class Entries>
  void hit(slot_index slot, std::uint64_t, Entries&) noexcept {
    order_.move_to_front(links_, slot);
  }
  template <class Entries>
  void erase(slot_index slot, Entries&) noexcept {
    order_.erase(links_, slot);
  }
  template <class Entries>
  slot_index evict(std::uint64_t, Entries&) noexcept {
    return order_.pop_back(links_);
  }
  void clear() noexcept { order_.clear(); }

 private:
  detail::SlotLinks links_;
  detail::SlotList order_;
};

static_assert(replays_hits<Lru>);

}  // namespace ashlar::inline v0
