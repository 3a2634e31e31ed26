// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include <ashlar/cache/eviction/concepts.hpp>

namespace ashlar_test {

/// The least cache that runs an eviction policy through its interface: keys only, each of weight 1, one thread.
/// The policy sees exactly what a tier would show it, so a fault found here is the policy's.
template <ashlar::eviction Policy>
class PolicyCache {
 public:
  explicit PolicyCache(std::size_t capacity, Policy policy = {}) : capacity_{capacity}, policy_{std::move(policy)} {
    const auto slots = static_cast<ashlar::slot_index>(capacity + capacity / 8 + 1);
    policy_.resize(slots);
    policy_.limit(capacity);
    entries_.keys.resize(slots);
    entries_.marks.resize(slots);
    for (ashlar::slot_index slot = slots; slot-- > 0;) free_.push_back(slot);
  }

  /// A use of the key: true on a hit; on a miss it is put, and what must go goes.
  bool use(std::uint64_t key) {
    const std::uint64_t hash = hash_of(key);
    if (const auto found = where_.find(key); found != where_.end()) {
      const ashlar::slot_index slot = found->second;
      bool told = true;
      if constexpr (ashlar::marks_hits<Policy>) {
        const std::uint8_t before = entries_.marks[slot];
        entries_.marks[slot] = Policy::touch(before);
        if constexpr (ashlar::watches_marks<Policy>) {
          told = entries_.marks[slot] != before && Policy::watched(before);
        }
      }
      if constexpr (ashlar::replays_hits<Policy>) {
        if (told) policy_.hit(slot, hash & ~std::uint64_t{0xffff'ffff}, entries_);
      }
      return true;
    }
    while (where_.size() >= capacity_) {
      if (!evict(hash)) break;
    }
    const ashlar::slot_index slot = free_.back();
    free_.pop_back();
    entries_.keys[slot] = key;
    entries_.marks[slot] = 0;
    where_.emplace(key, slot);
    policy_.insert(slot, hash, entries_);
    return false;
  }

  /// Forgets the key, as an explicit erasure does: true where it was there.
  bool erase(std::uint64_t key) {
    const auto found = where_.find(key);
    if (found == where_.end()) return false;
    policy_.erase(found->second, entries_);
    free_.push_back(found->second);
    where_.erase(found);
    return true;
  }

  /// Lets the policy name one victim: false where it knows of none.
  bool evict(std::uint64_t incoming = 0) {
    const ashlar::slot_index victim = policy_.evict(incoming, entries_);
    if (victim == ashlar::no_slot) return false;
    last_victim_ = entries_.keys[victim];
    where_.erase(last_victim_);
    free_.push_back(victim);
    return true;
  }

  /// Gives every entry another slot, as a rebuilt table does.
  void renumber(ashlar::slot_index slots) {
    std::vector<ashlar::slot_index> to(entries_.keys.size(), ashlar::no_slot);
    Entries moved{std::vector<std::uint64_t>(slots), std::vector<std::uint8_t>(slots)};
    ashlar::slot_index next = slots;
    for (auto& [key, slot] : where_) {
      to[slot] = --next;
      moved.keys[next] = key;
      moved.marks[next] = entries_.marks[slot];
      slot = next;
    }
    policy_.renumber(to, slots);
    entries_ = std::move(moved);
    free_.clear();
    while (next > 0) free_.push_back(--next);
  }

  void clear() {
    policy_.clear();
    for (const auto& [key, slot] : where_) free_.push_back(slot);
    where_.clear();
  }

  bool contains(std::uint64_t key) const { return where_.contains(key); }
  std::size_t size() const { return where_.size(); }
  std::uint64_t last_victim() const { return last_victim_; }
  const Policy& policy() const { return policy_; }

  static std::uint64_t hash_of(std::uint64_t key) {
    key += 0x9e37'79b9'7f4a'7c15;
    key = (key ^ (key >> 30)) * 0xbf58'476d'1ce4'e5b9;
    key = (key ^ (key >> 27)) * 0x94d0'49bb'1331'11eb;
    return key ^ (key >> 31);
  }

 private:
  struct Entries {
    std::vector<std::uint64_t> keys;
    std::vector<std::uint8_t> marks;
    std::uint8_t mark(ashlar::slot_index slot) const noexcept { return marks[slot]; }
    void mark(ashlar::slot_index slot, std::uint8_t mark) noexcept { marks[slot] = mark; }
    std::uint64_t hash(ashlar::slot_index slot) const noexcept { return hash_of(keys[slot]); }
    std::uint64_t weight(ashlar::slot_index) const noexcept { return 1; }
  };

  std::size_t capacity_;
  Policy policy_;
  Entries entries_;
  std::vector<ashlar::slot_index> free_;
  std::unordered_map<std::uint64_t, ashlar::slot_index> where_;
  std::uint64_t last_victim_ = 0;
};

/// The share of the requests that missed.
template <class Cache, class Keys>
double miss_ratio(Cache&& cache, const Keys& keys) {
  std::size_t misses = 0;
  for (const std::uint64_t key : keys) misses += cache.use(key) ? 0 : 1;
  return keys.empty() ? 0.0 : static_cast<double>(misses) / static_cast<double>(keys.size());
}

}  // namespace ashlar_test
