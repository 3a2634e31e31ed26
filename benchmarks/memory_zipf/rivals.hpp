// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
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
#if ASHLAR_PEER_rocksdb
#include <rocksdb/cache.h>
#include <rocksdb/version.h>
#endif
// The cache has this name and this interface from 7.8 to 7.10.
#if ASHLAR_PEER_rocksdb && ROCKSDB_MAJOR == 7 && ROCKSDB_MINOR >= 8
#define ASHLAR_PEER_hyperclock 1
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

#if ASHLAR_PEER_hyperclock
/// RocksDB's block cache without locks. Its keys are sixteen bytes, its values pointers, and it counts charges.
template <class Key, class Value>
class HyperClock {
 public:
  explicit HyperClock(std::size_t capacity) : cache_{options(capacity).MakeSharedCache()} {}

  std::optional<Value> get(const Key& key) {
    rocksdb::Cache::Handle* const handle = cache_->Lookup(Bytes{key}.slice());
    if (handle == nullptr) return std::nullopt;
    std::optional<Value> found{*static_cast<const Value*>(cache_->Value(handle))};
    cache_->Release(handle);
    return found;
  }
  void put(const Key& key, Value value) {
    auto owned = std::make_unique<Value>(std::move(value));
    // It owns the value whether it stores it or not.
    cache_->Insert(Bytes{key}.slice(), owned.release(), 1, &drop).PermitUncheckedError();
  }

 private:
  struct Bytes {
    char bytes[16] = {};
    explicit Bytes(std::uint64_t key) { std::memcpy(bytes, &key, sizeof key); }
    explicit Bytes(const std::string& key) { std::memcpy(bytes, key.data(), std::min(key.size(), sizeof bytes)); }
    rocksdb::Slice slice() const { return {bytes, sizeof bytes}; }
  };
  static rocksdb::HyperClockCacheOptions options(std::size_t capacity) {
    return {capacity, 1, -1, false, nullptr, rocksdb::kDontChargeCacheMetadata};
  }
  static void drop(const rocksdb::Slice&, void* value) { delete static_cast<Value*>(value); }

  std::shared_ptr<rocksdb::Cache> cache_;
};
#endif
