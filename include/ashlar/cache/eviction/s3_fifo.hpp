// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include <ashlar/cache/detail/ghost_set.hpp>
#include <ashlar/cache/detail/slot_list.hpp>
#include <ashlar/cache/eviction/concepts.hpp>

namespace ashlar::inline v0 {

/// S3-FIFO (Yang et al., SOSP 2023): new entries pass a small queue (a tenth) and reach the main queue when they were
/// used twice meanwhile, or when they come back soon after they left (nine tenths as many are remembered).
/// Good on skewed use with many one-time keys; poor on small caches that live from recency. A hit counts to three.
/// Memory: 8 1/8 bytes per slot and 4 per remembered key. Cost: constant, amortised.
class S3Fifo {
 public:
  static constexpr double bytes_per_slot = 12.125;  // links, a bit, a remembered key

  void resize(slot_index slots) {
    std::vector<bool> in_main(slots);
    detail::SlotLinks links;
    links.resize(slots);
    ghosts_.resize(slots);
    in_main_ = std::move(in_main);
    links_ = std::move(links);
    clear();
  }
  void renumber(std::span<const slot_index> to, slot_index slots) {
    std::vector<bool> in_main(slots);
    for (slot_index i = 0; i < to.size() && i < in_main_.size(); ++i) {
      if (to[i] != no_slot) in_main[to[i]] = in_main_[i];
    }
    ghosts_.resize(slots);
    links_.renumber(to, slots);
    small_.renumber(to);
    main_.renumber(to);
    in_main_ = std::move(in_main);
  }
  void limit(std::uint64_t) noexcept {}

  static constexpr std::uint8_t touch(std::uint8_t mark) noexcept {
    return mark < most ? static_cast<std::uint8_t>(mark + 1) : mark;
  }

  template <class Entries>
  void insert(slot_index slot, std::uint64_t hash, Entries&) noexcept {
    enter(slot, ghosts_.take(hash));
  }
  template <class Entries>
  void erase(slot_index slot, Entries&) noexcept {
    (in_main_[slot] ? main_ : small_).erase(links_, slot);
  }
  template <class Entries>
  slot_index evict(std::uint64_t incoming, Entries& entries) noexcept {
    const std::uint64_t known = std::uint64_t{small_.size()} + main_.size();
    if (known == 0) return no_slot;
    ghosts_.fit(std::max<std::uint64_t>(1, known * 9 / 10));
    ghosts_.expect(incoming);
    const std::uint64_t tenth = std::max<std::uint64_t>(1, known / 10);
    // Every step counts a mark down or promotes; readers that count up meanwhile are outrun after a few rounds.
    for (std::uint64_t steps = 0;; ++steps) {
      const bool spare = steps < known * (most + 2);
      if (!small_.empty() && (main_.empty() || small_.size() >= tenth)) {
        const slot_index slot = small_.pop_back(links_);
        if (spare && entries.mark(slot) >= promoted_at) {
          entries.mark(slot, 0);
          enter(slot, true);
          continue;
        }
        ghosts_.add(entries.hash(slot));
        return slot;
      }
      const slot_index slot = main_.pop_back(links_);
      const std::uint8_t mark = entries.mark(slot);
      if (!spare || mark == 0) return slot;
      entries.mark(slot, static_cast<std::uint8_t>(mark - 1));
      main_.push_front(links_, slot);
    }
  }
  void clear() noexcept {
    small_.clear();
    main_.clear();
    ghosts_.clear();
  }

 private:
  static constexpr std::uint8_t most = 3;
  static constexpr std::uint8_t promoted_at = 2;

  void enter(slot_index slot, bool main) noexcept {
    in_main_[slot] = main;
    (main ? main_ : small_).push_front(links_, slot);
  }

  detail::SlotLinks links_;
  detail::SlotList small_;
  detail::SlotList main_;
  std::vector<bool> in_main_;
  detail::GhostSet<std::uint32_t> ghosts_;
};

static_assert(marks_hits<S3Fifo>);

}  // namespace ashlar::inline v0
