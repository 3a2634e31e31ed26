// SPDX-License-Identifier: BSL-1.0
// The smallest eviction policy of one's own: an entry picked at random goes. Seeded, so that a run can be repeated.
#include <ashlar/cache/memory_tier.hpp>

#include <cstdint>
#include <iostream>
#include <span>
#include <vector>

class Random {
 public:
  void resize(ashlar::slot_index slots) {
    there_.reserve(slots);
    place_.resize(slots);
  }
  void renumber(std::span<const ashlar::slot_index> to, ashlar::slot_index slots) {
    std::vector<ashlar::slot_index> place(slots);  // first what may throw: all or nothing
    there_.reserve(slots);
    for (ashlar::slot_index& slot : there_) slot = to[slot];
    place_.swap(place);
    for (std::size_t i = 0; i < there_.size(); ++i) place_[there_[i]] = static_cast<ashlar::slot_index>(i);
  }
  void limit(std::uint64_t) noexcept {}

  void insert(ashlar::slot_index slot, std::uint64_t, auto&) noexcept {
    place_[slot] = static_cast<ashlar::slot_index>(there_.size());
    there_.push_back(slot);  // there is room: at most as many as there are slots
  }
  void erase(ashlar::slot_index slot, auto&) noexcept {
    const ashlar::slot_index last = there_.back();
    there_[place_[slot]] = last;
    place_[last] = place_[slot];
    there_.pop_back();
  }
  ashlar::slot_index evict(std::uint64_t, auto& entries) noexcept {
    if (there_.empty()) return ashlar::no_slot;
    state_ = state_ * 6'364'136'223'846'793'005u + 1'442'695'040'888'963'407u;
    const ashlar::slot_index victim = there_[(state_ >> 33) % there_.size()];
    erase(victim, entries);
    return victim;
  }
  void clear() noexcept { there_.clear(); }

 private:
  std::vector<ashlar::slot_index> there_;  // the slots with an entry, in no order
  std::vector<ashlar::slot_index> place_;  // where in `there_` a slot is
  std::uint64_t state_ = 42;
};
static_assert(ashlar::explain_eviction<Random>());

int main() {
  ashlar::MemoryTier<int, int, Random, ashlar::SingleThreaded> numbers{ashlar::entries(100)};
  for (int i = 0; i < 1000; ++i) numbers.put(i, i);
  int old = 0;
  numbers.for_each([&](int key, int) { old += key < 900; });
  std::cout << numbers.size() << " of 1000 numbers are there, some of the old ones among them: " << std::boolalpha
            << (old > 10 && old < 90) << '\n';
}
