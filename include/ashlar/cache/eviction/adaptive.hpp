// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include <ashlar/cache/detail/ghost_set.hpp>
#include <ashlar/cache/detail/rule_panel.hpp>
#include <ashlar/cache/detail/slot_queues.hpp>
#include <ashlar/cache/eviction/concepts.hpp>

namespace ashlar::inline v0 {

/// Two queues whose shape follows the workload, the default.
///
/// New entries pass a window and reach the main queue by being used there, by coming back soon after they left, or, one
/// in a hundred, by luck: that keeps part of a loop that is larger than the cache. How large the window is, how much use
/// counts and how quickly it is forgotten is a rule, and there are seven, from "hold on to what is there" to "only recency
/// counts". Each rule is simulated on a small sample of the keys at a size reduced alike, and the one that would have had
/// most hits lately governs the queues (see `detail::RulePanel`). Sources: S3-FIFO (SOSP 2023) for the queues, bimodal
/// insertion (ISCA 2007) for the luck, miniature simulation (ATC 2017) for the choice.
///
/// Against LRU it may lose up to 14 points of miss ratio, as far as seen, where LRU holds a loop just so, or where the
/// workload turns within some twenty capacities of requests.
///
/// A hit counts to three in the mark; only hits of sampled keys (one in capacity / 64, all of a cache of up to 128) that
/// still count are told.
/// Deterministic: same calls, same victims. Memory: 4 bytes per entry, 2 per remembered key, and up to 8 KiB.
/// Cost: constant, amortised; some hundred nanoseconds for a sampled key.
class Adaptive {
 public:
  static constexpr double bytes_per_slot = 0.5, bytes_per_entry = 5.4;  // its place in a queue, a remembered key

  void resize(slot_index slots, slot_index entries = no_slot) {
    entries = std::min(slots, entries);
    detail::SlotQueues queues;
    queues.resize(slots, entries);
    panel_.resize(entries);
    ghosts_.resize(entries);
    queues_ = std::move(queues);
    clear();
  }
  void renumber(std::span<const slot_index> to, slot_index slots, slot_index entries = no_slot) {
    entries = std::min(slots, entries);
    panel_.resize(entries);
    ghosts_.resize(entries);
    queues_.renumber(to, slots, entries);
    known_ = 0;
  }
  void limit(std::uint64_t weight) noexcept { limit_ = weight; }

  static constexpr std::uint8_t touch(std::uint8_t mark) noexcept {
    return uses(mark) < most ? static_cast<std::uint8_t>(mark + 1) : mark;
  }
  /// Is a hit that changes this mark to be told?
  static constexpr bool watched(std::uint8_t mark) noexcept { return (mark & sampled) != 0; }

  template <class Entries>
  void insert(slot_index slot, std::uint64_t hash, Entries& entries) noexcept {
    if (expected_ == 0) expect(std::min<std::uint64_t>(std::max<std::uint64_t>(limit_, 1), queues_.slots()));
    if (panel_.samples(hash)) {
      entries.mark(slot, sampled);
      panel_.use(hash);
    }
    const bool back = ghosts_.take(hash);
    const detail::QueueRule& rule = panel_.rule();
    queues_.push(rule.has_main() && ((back && rule.recalls) || lucky()) ? main : window, slot);
  }
  template <class Entries>
  void hit(slot_index, std::uint64_t hash, Entries&) noexcept {
    if (panel_.samples(hash)) panel_.use(hash);
  }
  template <class Entries>
  void erase(slot_index slot, Entries&) noexcept {
    queues_.erase(slot);
  }
  template <class Entries>
  slot_index evict(std::uint64_t incoming, Entries& entries) noexcept {
    const std::uint64_t known = std::uint64_t{queues_.size(window)} + queues_.size(main);
    if (known == 0) return no_slot;
    if (known != known_) [[unlikely]] {
      if (known * 5 < expected_ * 4 || known * 4 > expected_ * 5) expect(known);
      ghosts_.fit(known);
      known_ = known;
    }
    ghosts_.expect(incoming);
    const detail::QueueRule& rule = panel_.rule();
    const std::uint64_t share = panel_.window_of(known);
    // Every step counts a mark down or promotes; readers that count up meanwhile are outrun after a few rounds.
    for (std::uint64_t left = known * (most + 2);; left -= left != 0) {
      const bool from_window = !queues_.empty(window) && (queues_.empty(main) || queues_.size(window) >= share);
      const slot_index slot = queues_.pop(from_window ? window : main);
      if (slot == no_slot) continue;  // its last went to the other queue
      detail::prefetch_next(queues_, from_window ? window : main, entries);
      const std::uint8_t mark = entries.mark(slot);
      const bool promoted = from_window && rule.has_main();
      if (left == 0 || uses(mark) < (promoted ? rule.promoted_at : 1)) {
        if (from_window) ghosts_.add(entries.hash(slot));
        return slot;
      }
      const std::uint8_t rest = promoted ? std::uint8_t{0} : rule.passed(uses(mark));
      entries.mark(slot, static_cast<std::uint8_t>((mark & sampled) | rest));
      queues_.push(promoted || !from_window ? main : window, slot);
    }
  }
  void clear() noexcept {
    queues_.clear();
    ghosts_.clear();
    panel_.clear();
    expected_ = 0;
    known_ = 0;
  }

  /// The number of the rule in force, for measurements.
  std::size_t rule() const noexcept { return panel_.best(); }

 private:
  static constexpr unsigned window = 0, main = 1;
  static constexpr std::uint8_t most = 3;
  static constexpr std::uint8_t sampled = 4;
  static constexpr std::uint8_t uses(std::uint8_t mark) noexcept { return mark & most; }

  [[gnu::noinline]] void expect(std::uint64_t entries) noexcept {
    expected_ = entries;
    known_ = 0;
    panel_.watch(entries);
  }
  bool lucky() noexcept {
    luck_ = luck_ * 6364136223846793005u + 1442695040888963407u;
    return (luck_ >> 33) % detail::QueueRule::luck == 0;
  }

  detail::SlotQueues queues_;
  detail::GhostSet<std::uint16_t> ghosts_;
  detail::RulePanel panel_;
  std::uint64_t luck_ = 0x1319'8a2e'0370'7344;
  std::uint64_t limit_ = 0;
  std::uint64_t expected_ = 0;  // entries when full: what the panel was told
  std::uint64_t known_ = 0;     // entries at the last eviction, or 0 where something of them was not looked at yet
};

static_assert(watches_marks<Adaptive>);

}  // namespace ashlar::inline v0
