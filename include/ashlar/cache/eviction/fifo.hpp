// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include <ashlar/cache/detail/slot_queues.hpp>
#include <ashlar/cache/eviction/concepts.hpp>

namespace ashlar::inline v0 {

/// First in, first out: the entry that came first goes first, used or not. Hits cost nothing.
/// Memory: 4 bytes per entry. Cost: constant, amortised.
class Fifo {
 public:
  static constexpr double bytes_per_slot = 0.5, bytes_per_entry = 3.4;  // its place in the queue

  void resize(slot_index slots, slot_index entries = no_slot) { order_.resize(slots, std::min(slots, entries)); }
  void renumber(std::span<const slot_index> to, slot_index slots, slot_index entries = no_slot) {
    order_.renumber(to, slots, std::min(slots, entries));
  }
  void limit(std::uint64_t) noexcept {}

  template <class Entries>
  void insert(slot_index slot, std::uint64_t, Entries&) noexcept {
    order_.push(0, slot);
  }
  template <class Entries>
  void erase(slot_index slot, Entries&) noexcept {
    order_.erase(slot);
  }
  template <class Entries>
  slot_index evict(std::uint64_t, Entries&) noexcept {
    return order_.pop(0);
  }
  void clear() noexcept { order_.clear(); }

 private:
  detail::SlotQueues order_;
};

static_assert(eviction<Fifo>);

}  // namespace ashlar::inline v0
