// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include <ashlar/cache/eviction/concepts.hpp>
#include <ashlar/core/assert.hpp>

namespace ashlar::inline v0::detail {

/// The neighbours of every slot: eight bytes each, shared by several lists since a slot is in one list at a time.
class SlotLinks {
 public:
  /// Room for `slots`; every list over these links must be empty. Strong guarantee.
  void resize(slot_index slots) { links_ = std::vector<Link>(slots); }

  /// Moves the links of slot i to `to[i]`, in room for `slots`. Strong guarantee. Each list must be renumbered too.
  void renumber(std::span<const slot_index> to, slot_index slots) {
    std::vector<Link> moved(slots);
    for (std::size_t i = 0; i < to.size() && i < links_.size(); ++i) {
      if (to[i] != no_slot) moved[to[i]] = {at(to, links_[i].newer), at(to, links_[i].older)};
    }
    links_ = std::move(moved);
  }

  slot_index size() const noexcept { return static_cast<slot_index>(links_.size()); }

 private:
  friend class SlotList;
  struct Link {
    slot_index newer = no_slot;
    slot_index older = no_slot;
  };

  static slot_index at(std::span<const slot_index> to, slot_index slot) noexcept {
    return slot == no_slot ? no_slot : to[slot];
  }

  std::vector<Link> links_;
};

/// A doubly linked list of slots, newest at the front, over shared links. Constant time.
class SlotList {
 public:
  bool empty() const noexcept { return size_ == 0; }
  slot_index size() const noexcept { return size_; }
  slot_index front() const noexcept { return front_; }
  slot_index back() const noexcept { return back_; }
  /// The neighbour nearer to the front, or `no_slot`.
  static slot_index newer(const SlotLinks& links, slot_index slot) noexcept { return links.links_[slot].newer; }
  /// The neighbour nearer to the back, or `no_slot`.
  static slot_index older(const SlotLinks& links, slot_index slot) noexcept { return links.links_[slot].older; }

  /// `slot` must be in no list.
  void push_front(SlotLinks& links, slot_index slot) noexcept {
    links.links_[slot] = {no_slot, front_};
    (front_ == no_slot ? back_ : links.links_[front_].newer) = slot;
    front_ = slot;
    ++size_;
  }

  /// `slot` must be in this list.
  void erase(SlotLinks& links, slot_index slot) noexcept {
    ASHLAR_ASSERT(size_ > 0, "the slot is in this list");
    const auto link = links.links_[slot];
    (link.newer == no_slot ? front_ : links.links_[link.newer].older) = link.older;
    (link.older == no_slot ? back_ : links.links_[link.older].newer) = link.newer;
    --size_;
  }

  /// Removes the oldest and returns it; `no_slot` where the list is empty.
  slot_index pop_back(SlotLinks& links) noexcept {
    const slot_index slot = back_;
    if (slot != no_slot) erase(links, slot);
    return slot;
  }

  void move_to_front(SlotLinks& links, slot_index slot) noexcept {
    if (slot == front_) return;
    erase(links, slot);
    push_front(links, slot);
  }

  /// The slots have new numbers; after `SlotLinks::renumber`.
  void renumber(std::span<const slot_index> to) noexcept {
    front_ = SlotLinks::at(to, front_);
    back_ = SlotLinks::at(to, back_);
  }

  /// Forgets the order without touching the links.
  void clear() noexcept { *this = SlotList{}; }

 private:
  slot_index front_ = no_slot;
  slot_index back_ = no_slot;
  slot_index size_ = 0;
};

}  // namespace ashlar::inline v0::detail
