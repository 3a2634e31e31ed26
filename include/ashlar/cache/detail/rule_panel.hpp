// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <ashlar/cache/detail/shadow_cache.hpp>

namespace ashlar::inline v0::detail {

/// Finds out which of a few rules would do best: each runs in a miniature that sees the same small sample of the keys.
/// The rule in force is left when another has had more hits lately by more than twice the spread that chance explains.
/// Cost: nothing for a key outside the sample but the test; some hundred nanoseconds for one inside.
class RulePanel {
 public:
  /// In the order of preference at the start. Two that keep one-time keys out (a working set beside them that changes
  /// quickly and one that lasts), two that let recency count more and more, two that know only recency (slow and quick
  /// to forget), and one that holds on to what it has, for loops.
  static constexpr std::array<QueueRule, 7> rules{
      {{100, 1}, {20, 1}, {300, 2}, {700, 1}, {1000, 1}, {1000, 1, false, true}, {20, 1, false}}};
  static constexpr std::size_t count = rules.size();
  /// A smaller cache is not sampled but seen in full.
  static constexpr std::size_t most_in_full = 128;
  /// The capacity of a miniature of a larger cache.
  static constexpr std::size_t sampled_cells = 64;

  /// Room for the miniatures of a cache of at most `entries`. Forgets nothing. Strong guarantee.
  void resize(std::uint64_t entries) {
    const std::size_t cells = count * ShadowCache::cells_for(std::min<std::uint64_t>(entries, most_in_full));
    if (cells > row_.size()) row_.resize(cells);
  }

  /// Watches a cache of about so many entries from now on. What it learnt stays, the miniatures start anew where their
  /// size changes.
  void watch(std::uint64_t entries) noexcept {
    asked_ = 0;
    const std::size_t capacity = std::min(miniature(entries), row_.size() / ShadowCache::cells_for(count));
    sampled_below_ = capacity == 0 ? 0 : (std::uint64_t{capacity} << sample_bits) / entries;
    if (capacity == capacity_) return;
    capacity_ = capacity;
    shadows_ = {};
    window_ = 0;
  }

  /// Forgets all it learnt.
  void clear() noexcept {
    shadows_ = {};
    hits_ = {};
    apart_ = {};
    uses_ = 0;
    window_ = 0;
    best_ = 0;
    asked_ = 0;
  }

  /// Is the key of this hash (its high half is enough) in the sample?
  bool samples(std::uint64_t hash) const noexcept { return (mix(hash) & sample_mask) < sampled_below_; }

  /// A sampled key is used.
  [[gnu::noinline]] void use(std::uint64_t hash) noexcept {
    const auto print = static_cast<ShadowCache::Cell>(mix(hash) >> (64 - ShadowCache::print_bits));
    chance_ = chance_ * 6364136223846793005u + 1442695040888963407u;
    const auto chance = static_cast<std::uint32_t>(chance_ >> 33);
    std::array<bool, count> hit{};
    const std::size_t cells = ShadowCache::cells_for(capacity_);
    for (std::size_t i = 0; i < count; ++i) {
      hit[i] = shadows_[i].use(std::span{row_}.subspan(i * cells, cells), capacity_, rules[i], print, chance);
    }
    for (std::size_t i = 0; i < count; ++i) {
      hits_[i] += hit[i];
      for (std::size_t j = 0; j < i; ++j) apart_[i][j] += hit[i] != hit[j];
    }
    choose();
    const ShadowCache& ahead = shadows_[best_];
    const bool full = ahead.window() + ahead.main() >= capacity_;
    window_ = full ? std::uint64_t{ahead.window()} : 0;
    asked_ = 0;
    if (++uses_ >= memory * capacity_) halve();
  }

  const QueueRule& rule() const noexcept { return rules[best_]; }
  /// The number of the rule in force.
  std::size_t best() const noexcept { return best_; }
  /// How much of a full cache of so many entries is to be window: what the rule says, or more where its miniature does
  /// with a smaller main queue. Else a main queue that filled under another rule would stay, with nothing of use in it.
  std::uint64_t window_of(std::uint64_t entries) noexcept {
    if (entries != asked_) [[unlikely]]
      answer(entries);
    return answer_;
  }
  /// The capacity of each miniature.
  std::size_t capacity() const noexcept { return capacity_; }

 private:
  static constexpr unsigned sample_bits = 32;
  static constexpr std::uint64_t sample_mask = (std::uint64_t{1} << sample_bits) - 1;
  static constexpr std::uint64_t memory = 20;  // what lies further back than so many uses per cell counts half

  static constexpr std::size_t miniature(std::uint64_t entries) noexcept {
    return entries <= most_in_full ? static_cast<std::size_t>(entries) : sampled_cells;
  }
  static constexpr std::uint64_t mix(std::uint64_t hash) noexcept {
    std::uint64_t mixed = (hash >> 32) * 0x9e37'79b9'7f4a'7c15;
    mixed = (mixed ^ (mixed >> 32)) * 0xd6e8'feb8'6659'fd93;
    return mixed ^ (mixed >> 32);
  }

  [[gnu::noinline]] void answer(std::uint64_t entries) noexcept {
    const std::uint64_t share = window_ == 0 ? 0 : entries * window_ / capacity_;
    answer_ = std::max(rule().window_of(entries), share);
    asked_ = entries;
  }

  void choose() noexcept {
    std::size_t best = best_;
    for (std::size_t i = 0; i < count; ++i) {
      if (hits_[i] <= hits_[best]) continue;
      const std::uint64_t lead = hits_[i] - hits_[best_];
      const std::uint64_t apart = i > best_ ? apart_[i][best_] : apart_[best_][i];
      if (lead > 2 && (lead - 2) * (lead - 2) > 4 * apart) best = i;
    }
    best_ = best;
  }

  void halve() noexcept {
    uses_ /= 2;
    for (auto& hits : hits_) hits /= 2;
    for (auto& row : apart_) {
      for (auto& apart : row) apart /= 2;
    }
  }

  std::vector<ShadowCache::Cell> row_;
  std::array<ShadowCache, count> shadows_{};
  std::array<std::uint32_t, count> hits_{};
  std::array<std::array<std::uint32_t, count>, count> apart_{};
  std::uint64_t chance_ = 0x243f'6a88'85a3'08d3;
  std::uint64_t sampled_below_ = 0;
  std::uint64_t uses_ = 0;
  std::uint64_t window_ = 0;  // that of the best miniature, once it is full
  std::uint64_t asked_ = 0;   // for how many entries `window_of` was asked last, or 0 since something changed
  std::uint64_t answer_ = 1;
  std::size_t capacity_ = 0;
  std::size_t best_ = 0;
};

}  // namespace ashlar::inline v0::detail
