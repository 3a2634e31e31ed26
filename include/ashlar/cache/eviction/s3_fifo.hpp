// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>

#include <ashlar/cache/detail/ghost_set.hpp>
#include <ashlar/cache/detail/slot_queues.hpp>
#include <ashlar/cache/eviction/concepts.hpp>

namespace ashlar::inline v0 {

/// S3-FIFO (Yang et al., SOSP 2023): new entries pass a small queue (a tenth) and reach the main queue when they were
/// used twice meanwhile, or when they come back soon after they left (nine tenths as many are remembered).
/// Good on skewed use with many one-time keys; poor on small caches that live from recency. A hit counts to three.
/// Memory: 4 bytes per entry and 4 per remembered key. Cost: constant, amortised.
class S3Fifo {
 public:
  static constexpr double bytes_per_slot = 0.5, bytes_per_entry = 7.4;  // its place in a queue, a remembered key

  void resize(slot_index slots, slot_index entries = no_slot) {
    entries = std::min(slots, entries);
    detail::SlotQueues queues;
    queues.resize(slots, entries);
    ghosts_.resize(entries);
    queues_ = std::move(queues);
    clear();
  }
  void renumber(std::span<const slot_index> to, slot_index slots, slot_index entries = no_slot) {
    entries = std::min(slots, entries);
    ghosts_.resize(entries);
    queues_.renumber(to, slots, entries);
  }
  void limit(std::uint64_t) noexcept {}

  static constexpr std::uint8_t touch(std::uint8_t mark) noexcept {
    return mark < most ? static_cast<std::uint8_t>(mark + 1) : mark;
  }

  template <class Entries>
  void insert(slot_index slot, std::uint64_t hash, Entries&) noexcept {
    queues_.push(ghosts_.take(hash) ? main : small, slot);
  }
  template <class Entries>
  void erase(slot_index slot, Entries&) noexcept {
    queues_.erase(slot);
  }
  template <class Entries>
  slot_index evict(std::uint64_t incoming, Entries& entries) noexcept {
    const std::uint64_t known = std::uint64_t{queues_.size(small)} + queues_.size(main);
    if (known == 0) return no_slot;
    ghosts_.fit(std::max<std::uint64_t>(1, known * 9 / 10));
    ghosts_.expect(incoming);
    const std::uint64_t tenth = std::max<std::uint64_t>(1, known / 10);
    // Every step counts a mark down or promotes; readers that count up meanwhile are outrun after a few rounds.
    for (std::uint64_t steps = 0;; ++steps) {
      const bool spare = steps < known * (most + 2);
      const bool from_small = !queues_.empty(small) && (queues_.empty(main) || queues_.size(small) >= tenth);
      const slot_index slot = queues_.pop(from_small ? small : main);
      if (slot == no_slot) continue;  // its last went to the other queue
      detail::prefetch_next(queues_, from_small ? small : main, entries);
      const std::uint8_t mark = entries.mark(slot);
      if (!spare || mark < (from_small ? promoted_at : 1)) {
        if (from_small) ghosts_.add(entries.hash(slot));
        return slot;
      }
      entries.mark(slot, from_small ? std::uint8_t{0} : static_cast<std::uint8_t>(mark - 1));
      queues_.push(main, slot);
    }
  }
  void clear() noexcept {
    queues_.clear();
    ghosts_.clear();
  }

 private:
  static constexpr unsigned small = 0, main = 1;
  static constexpr std::uint8_t most = 3;
  static constexpr std::uint8_t promoted_at = 2;

  detail::SlotQueues queues_;
  detail::GhostSet<std::uint32_t> ghosts_;
};

static_assert(marks_hits<S3Fifo>);

}  // namespace ashlar::inline v0
