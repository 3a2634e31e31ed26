// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <span>

#include <ashlar/cache/detail/slot_list.hpp>
#include <ashlar/cache/eviction/concepts.hpp>

namespace ashlar::inline v0 {

/// First in, first out: the entry that came first goes first, used or not. Hits cost nothing.
/// Memory: 8 bytes per slot. Cost: constant.
class Fifo {
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

static_assert(eviction<Fifo>);

}  // namespace ashlar::inline v0
