// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <ashlar/cache/detail/ghost_set.hpp>
#include <ashlar/cache/detail/rule_panel.hpp>
#include <ashlar/cache/detail/slot_list.hpp>
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
/// A hit counts to three in the mark; only hits of sampled keys (one in capacity / 128) that still count are told.
/// Deterministic: same calls, same victims. Memory: 8 1/8 bytes per slot, 2 per remembered key, and up to 7.5 KiB.
/// Cost: constant, amortised; some hundred nanoseconds for a sampled key.
class Adaptive {
 public:
  static constexpr double bytes_per_slot = 10.125;  // links, a bit, a remembered key

  void resize(slot_index slots) {
    std::vector<bool> in_main(slots);
    detail::SlotLinks links;
    links.resize(slots);
    panel_.resize(slots);
    ghosts_.resize(slots);
    in_main_ = std::move(in_main);
    links_ = std::move(links);
    clear();
  }
  void renumber(std::span<const slot_index> to, slot_index slots) {
    std::vector<bool> in_main(slots);
    for (std::size_t i = 0; i < to.size() && i < in_main_.size(); ++i) {
      if (to[i] != no_slot) in_main[to[i]] = in_main_[i];
    }
    panel_.resize(slots);
    ghosts_.resize(slots);
    links_.renumber(to, slots);
    window_.renumber(to);
    main_.renumber(to);
    in_main_ = std::move(in_main);
  }
  void limit(std::uint64_t weight) noexcept { limit_ = weight; }

  static constexpr std::uint8_t touch(std::uint8_t mark) noexcept {
    return uses(mark) < most ? static_cast<std::uint8_t>(mark + 1) : mark;
  }
  /// Is a hit that changes this mark to be told?
  static constexpr bool watched(std::uint8_t mark) noexcept { return (mark & sampled) != 0; }

  template <class Entries>
  void insert(slot_index slot, std::uint64_t hash, Entries& entries) noexcept {
    if (expected_ == 0) expect(std::min<std::uint64_t>(std::max<std::uint64_t>(limit_, 1), in_main_.size()));
    if (panel_.samples(hash)) {
      entries.mark(slot, sampled);
      panel_.use(hash);
    }
    const bool back = ghosts_.take(hash);
    const detail::QueueRule& rule = panel_.rule();
    enter(slot, rule.has_main() && ((back && rule.recalls) || lucky()));
  }
  template <class Entries>
  void hit(slot_index, std::uint64_t hash, Entries&) noexcept {
    if (panel_.samples(hash)) panel_.use(hash);
  }
  template <class Entries>
  void erase(slot_index slot, Entries&) noexcept {
    (in_main_[slot] ? main_ : window_).erase(links_, slot);
  }
  template <class Entries>
  slot_index evict(std::uint64_t incoming, Entries& entries) noexcept {
    const std::uint64_t known = std::uint64_t{window_.size()} + main_.size();
    if (known == 0) return no_slot;
    if (known * 5 < expected_ * 4 || known * 4 > expected_ * 5) expect(known);
    ghosts_.fit(known);
    ghosts_.expect(incoming);
    const detail::QueueRule& rule = panel_.rule();
    const std::uint64_t share = rule.window_of(known);
    // Every step counts a mark down or promotes; readers that count up meanwhile are outrun after a few rounds.
    for (std::uint64_t left = known * (most + 2);; --left) {
      const bool from_window = !window_.empty() && (main_.empty() || window_.size() >= share);
      const slot_index slot = (from_window ? window_ : main_).pop_back(links_);
      const std::uint8_t mark = entries.mark(slot);
      const bool promoted = from_window && rule.has_main();
      if (left == 0 || uses(mark) < (promoted ? rule.promoted_at : 1)) {
        if (from_window) ghosts_.add(entries.hash(slot));
        return slot;
      }
      const std::uint8_t rest = promoted ? std::uint8_t{0} : rule.passed(uses(mark));
      entries.mark(slot, static_cast<std::uint8_t>((mark & sampled) | rest));
      enter(slot, promoted || !from_window);
    }
  }
  void clear() noexcept {
    window_.clear();
    main_.clear();
    ghosts_.clear();
    panel_.clear();
    expected_ = 0;
  }

  /// The number of the rule in force, for measurements.
  std::size_t rule() const noexcept { return panel_.best(); }

 private:
  static constexpr std::uint8_t most = 3;
  static constexpr std::uint8_t sampled = 4;
  static constexpr std::uint8_t uses(std::uint8_t mark) noexcept { return mark & most; }

  void expect(std::uint64_t entries) noexcept {
    expected_ = entries;
    panel_.watch(entries);
  }
  void enter(slot_index slot, bool main) noexcept {
    in_main_[slot] = main;
    (main ? main_ : window_).push_front(links_, slot);
  }
  bool lucky() noexcept {
    luck_ = luck_ * 6364136223846793005u + 1442695040888963407u;
    return (luck_ >> 33) % detail::QueueRule::luck == 0;
  }

  detail::SlotLinks links_;
  detail::SlotList window_;
  detail::SlotList main_;
  std::vector<bool> in_main_;
  detail::GhostSet<std::uint16_t> ghosts_;
  detail::RulePanel panel_;
  std::uint64_t luck_ = 0x1319'8a2e'0370'7344;
  std::uint64_t limit_ = 0;
  std::uint64_t expected_ = 0;  // entries when full: what the panel was told
};

static_assert(watches_marks<Adaptive>);

}  // namespace ashlar::inline v0
