// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <cstddef>
#include <list>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

#if ASHLAR_PEER_absl
#include <absl/container/flat_hash_map.h>
#endif
#if ASHLAR_PEER_tbb
#define TBB_PREVIEW_CONCURRENT_LRU_CACHE 1
#include <tbb/concurrent_hash_map.h>
#include <tbb/concurrent_lru_cache.h>
#endif

/// A list in order of use and an index into it: the cache that everyone writes first.
template <class Key, class Value, template <class...> class Map = std::unordered_map>
class ListLru {
 public:
  explicit ListLru(std::size_t capacity) : capacity_{capacity} { index_.reserve(capacity + 1); }

  std::optional<Value> get(const Key& key) {
    const auto found = index_.find(key);
    if (found == index_.end()) return std::nullopt;
    order_.splice(order_.begin(), order_, found->second);
    return found->second->second;
  }
  void put(const Key& key, Value value) {
    const auto found = index_.find(key);
    if (found != index_.end()) {
      found->second->second = std::move(value);
      return;
    }
    if (index_.size() == capacity_) {
      // The node of the oldest is used again, as a careful writer would.
      index_.erase(order_.back().first);
      order_.back() = {key, std::move(value)};
      order_.splice(order_.begin(), order_, std::prev(order_.end()));
    } else {
      order_.emplace_front(key, std::move(value));
    }
    index_[key] = order_.begin();
  }

 private:
  std::size_t capacity_;
  std::list<std::pair<Key, Value>> order_;
  Map<Key, typename std::list<std::pair<Key, Value>>::iterator> index_;
};

/// `parts` caches behind a mutex each.
template <class Cache, class Key, class Value, std::size_t parts>
class Locked {
 public:
  explicit Locked(std::size_t capacity) {
    for (Part& part : parts_) part.cache.emplace(capacity / parts + (parts > 1 ? 1 : 0));
  }
  std::optional<Value> get(const Key& key) {
    Part& part = of(key);
    const std::lock_guard lock{part.mutex};
    return part.cache->get(key);
  }
  void put(const Key& key, Value value) {
    Part& part = of(key);
    const std::lock_guard lock{part.mutex};
    part.cache->put(key, std::move(value));
  }

 private:
  struct alignas(64) Part {
    std::mutex mutex;
    std::optional<Cache> cache;
  };
  Part& of(const Key& key) { return parts_[std::hash<Key>{}(key) * 0x9e3779b97f4a7c15ULL >> 60 & (parts - 1)]; }
  std::array<Part, parts> parts_;
};
