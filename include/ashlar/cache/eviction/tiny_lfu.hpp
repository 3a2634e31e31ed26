// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <ashlar/cache/detail/frequency_sketch.hpp>
#include <ashlar/cache/detail/slot_list.hpp>
#include <ashlar/cache/eviction/concepts.hpp>

namespace ashlar::inline v0 {

/// Window TinyLFU with a window that adapts (Einziger, Friedman, Manes 2017; Einziger et al., Middleware 2018).
///
/// New entries pass a window in order of use; what leaves it must have been used more often lately, by a sketch, than
/// the entry it would displace from the main part, four fifths of which are kept for what was used there again. A climber
/// moves the border by the hit rate of the last ten capacities of requests.
/// Good on skewed use; slow to follow where the right window changes. Every hit is told: dearer than a mark.
/// Memory: 9 bytes per slot and 8 to 16 for the sketch. Cost: constant, amortised.
class TinyLfu {
 public:
  static constexpr double bytes_per_slot = 25;  // links, a byte, the sketch at its largest

  void resize(slot_index slots) {
    std::vector<Part> part(slots);
    detail::SlotLinks links;
    links.resize(slots);
    sketch_.resize(slots);
    part_ = std::move(part);
    links_ = std::move(links);
    clear();
  }
  void renumber(std::span<const slot_index> to, slot_index slots) {
    std::vector<Part> part(slots);
    for (std::size_t i = 0; i < to.size() && i < part_.size(); ++i) {
      if (to[i] != no_slot) part[to[i]] = part_[i];
    }
    if (slots > sketch_keys_) {
      detail::FrequencySketch sketch;
      sketch.resize(slots);
      sketch_ = std::move(sketch);
      sketch_keys_ = slots;
    }
    links_.renumber(to, slots);
    for (auto* list : {&window_, &probation_, &protected_}) list->renumber(to);
    part_ = std::move(part);
  }
  void limit(std::uint64_t) noexcept {}

  template <class Entries>
  void insert(slot_index slot, std::uint64_t hash, Entries&) noexcept {
    sketch_.record(hash);
    ++requests_;
    push(slot, Part::window);
    if (expected_ == 0) return;
    if (window_.size() > window_share_ && known() < expected_) push(window_.pop_back(links_), Part::probation);
    climb();
  }
  template <class Entries>
  void hit(slot_index slot, std::uint64_t hash, Entries&) noexcept {
    sketch_.record(hash);
    ++requests_;
    ++hits_;
    if (part_[slot] != Part::probation) {
      list(part_[slot]).move_to_front(links_, slot);
      return;
    }
    probation_.erase(links_, slot);
    push(slot, Part::kept);
    if (protected_.size() > main_share() * 4 / 5) push(protected_.pop_back(links_), Part::probation);
  }
  template <class Entries>
  void erase(slot_index slot, Entries&) noexcept {
    list(part_[slot]).erase(links_, slot);
  }
  template <class Entries>
  slot_index evict(std::uint64_t, Entries& entries) noexcept {
    if (known() == 0) return no_slot;
    if (known() * 5 < expected_ * 4 || known() * 4 > expected_ * 5) expect(known());
    detail::SlotList& rest = !probation_.empty() ? probation_ : !protected_.empty() ? protected_ : window_;
    if (&rest == &window_ || window_.size() < window_share_) return rest.pop_back(links_);
    const slot_index candidate = window_.back();
    const slot_index victim = rest.back();
    if (!admit(sketch_.frequency(entries.hash(candidate)), sketch_.frequency(entries.hash(victim)))) {
      return window_.pop_back(links_);
    }
    rest.erase(links_, victim);
    push(window_.pop_back(links_), Part::probation);
    return victim;
  }
  void clear() noexcept {
    for (auto* list : {&window_, &probation_, &protected_}) list->clear();
    sketch_.clear();
    sketch_keys_ = static_cast<slot_index>(part_.size());
    expected_ = 0;
    requests_ = hits_ = 0;
  }

  /// The share of the capacity that is window now, from 0 to 1, for measurements.
  double window() const noexcept {
    return expected_ == 0 ? 0.0 : static_cast<double>(window_share_) / static_cast<double>(expected_);
  }

 private:
  enum class Part : std::uint8_t { window, probation, kept };

  detail::SlotList& list(Part part) noexcept {
    return part == Part::window ? window_ : part == Part::probation ? probation_ : protected_;
  }
  void push(slot_index slot, Part part) noexcept {
    part_[slot] = part;
    list(part).push_front(links_, slot);
  }
  std::uint64_t known() const noexcept { return std::uint64_t{window_.size()} + probation_.size() + protected_.size(); }
  std::uint64_t main_share() const noexcept { return expected_ > window_share_ ? expected_ - window_share_ : 0; }

  // A warm candidate that loses is let in now and then, so that no set of keys can be pinned by collisions.
  bool admit(unsigned candidate, unsigned victim) noexcept {
    if (candidate > victim) return true;
    if (candidate < 6) return false;
    luck_ = luck_ * 6364136223846793005u + 1442695040888963407u;
    return (luck_ >> 33) % 128 == 0;
  }

  void expect(std::uint64_t entries) noexcept {
    const bool first = expected_ == 0;
    expected_ = entries;
    sketch_.period(entries * 10);
    window_share_ = first ? std::max<std::uint64_t>(1, entries / 100) : std::min(window_share_, entries);
    step_ = static_cast<double>(entries) * first_step;
    while (first && window_.size() > window_share_) push(window_.pop_back(links_), Part::probation);
  }

  // The border goes on where the hit rate rose, back where it fell, by ever smaller steps until the workload changes.
  void climb() noexcept {
    if (requests_ < expected_ * 10) return;
    const double rate = static_cast<double>(hits_) / static_cast<double>(requests_);
    const double change = rate - last_rate_;
    requests_ = hits_ = 0;
    last_rate_ = rate;
    if (change < 0) step_ = -step_;
    move_border(step_);
    const double restart = static_cast<double>(expected_) * first_step;
    step_ = change > 0.05 || change < -0.05 ? (step_ < 0 ? -restart : restart) : step_ * 0.98;
  }
  void move_border(double by) noexcept {
    const double largest = std::max(1.0, static_cast<double>(expected_) * 0.8);
    const double wanted = std::clamp(static_cast<double>(window_share_) + by, 1.0, largest);
    if (wanted != static_cast<double>(window_share_) + by) step_ = -step_;  // there is no way on at the end
    window_share_ = static_cast<std::uint64_t>(wanted);
    while (window_.size() > window_share_) push(window_.pop_back(links_), Part::probation);
    while (protected_.size() > main_share() * 4 / 5) push(protected_.pop_back(links_), Part::probation);
    while (window_.size() < window_share_ && !probation_.empty()) push(probation_.pop_back(links_), Part::window);
  }

  static constexpr double first_step = 0.0625;

  detail::SlotLinks links_;
  detail::SlotList window_;
  detail::SlotList probation_;
  detail::SlotList protected_;
  std::vector<Part> part_;
  detail::FrequencySketch sketch_;
  slot_index sketch_keys_ = 0;
  std::uint64_t expected_ = 0;  // entries when full
  std::uint64_t window_share_ = 0;
  std::uint64_t requests_ = 0;
  std::uint64_t hits_ = 0;
  double last_rate_ = 0;
  double step_ = 0;
  std::uint64_t luck_ = 0x4528'21e6'38d0'1377;
};

static_assert(replays_hits<TinyLfu>);

}  // namespace ashlar::inline v0
