// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <span>

#include <ashlar/cache/detail/slot_list.hpp>
#include <ashlar/cache/eviction/concepts.hpp>

namespace ashlar::inline v0 {

/// SIEVE (Zhang et al., NSDI 2024): a queue that no hit reorders and a hand that goes from the oldest to the newest,
/// spares what was used since it last came by and takes the first that was not.
/// Good on skewed use; poor where keys are used again once, soon. A hit sets one bit.
/// Memory: 8 bytes per slot. Cost: constant, amortised.
class Sieve {
 public:
  static constexpr double bytes_per_slot = 8;  // links

  void resize(slot_index slots) {
    links_.resize(slots);
    clear();
  }
  void renumber(std::span<const slot_index> to, slot_index slots) {
    links_.renumber(to, slots);
    order_.renumber(to);
    if (hand_ != no_slot) hand_ = to[hand_];
  }
  void limit(std::uint64_t) noexcept {}

  static constexpr std::uint8_t touch(std::uint8_t) noexcept { return 1; }

  template <class Entries>
  void insert(slot_index slot, std::uint64_t, Entries&) noexcept {
    order_.push_front(links_, slot);
  }
  template <class Entries>
  void erase(slot_index slot, Entries&) noexcept {
    remove(slot);
  }
  template <class Entries>
  slot_index evict(std::uint64_t, Entries& entries) noexcept {
    if (order_.empty()) return no_slot;
    if (hand_ == no_slot) hand_ = order_.back();
    // Readers may set bits while the hand goes round, so it stops after one round at the latest.
    for (slot_index left = order_.size(); left > 0 && entries.mark(hand_) != 0; --left) {
      entries.mark(hand_, 0);
      hand_ = detail::SlotList::newer(links_, hand_);
      if (hand_ == no_slot) hand_ = order_.back();
    }
    const slot_index victim = hand_;
    remove(victim);
    return victim;
  }
  void clear() noexcept {
    order_.clear();
    hand_ = no_slot;
  }

 private:
  void remove(slot_index slot) noexcept {
    if (slot == hand_) hand_ = detail::SlotList::newer(links_, slot);
    order_.erase(links_, slot);
  }

  detail::SlotLinks links_;
  detail::SlotList order_;
  slot_index hand_ = no_slot;
};

static_assert(marks_hits<Sieve>);

}  // namespace ashlar::inline v0
