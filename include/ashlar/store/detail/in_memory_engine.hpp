// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <ashlar/core/result.hpp>
#include <ashlar/store/options.hpp>

namespace ashlar::inline v0::detail {

/// The engine of `InMemory`: the same members as `FilePerKeyEngine`, over tables in memory.
template <class Environment>
class InMemoryEngine {
  using Bytes = std::span<const std::byte>;

 public:
  struct Write {
    std::string_view key;
    Bytes value;
  };

  static Result<std::unique_ptr<InMemoryEngine>> open(Environment, std::string_view) {
    return std::make_unique<InMemoryEngine>();
  }

  template <class F>
  Result<bool> read(std::string_view key, F&& f) const {
    const Shard& shard = shard_of(key);
    std::shared_ptr<const Entry> entry;
    {
      const std::lock_guard guard{shard.mutex};
      const auto found = shard.entries.find(key);
      if (found == shard.entries.end()) return false;
      entry = found->second;
    }
    std::forward<F>(f)(Bytes{entry->value}, entry->revision);
    return true;
  }

  Result<bool> contains(std::string_view key) const {
    return read(key, [](Bytes, std::uint64_t) {});
  }

  Result<void> write(std::string_view key, Bytes value) {
    auto entry = make(value);
    Shard& shard = shard_of(key);
    const std::lock_guard guard{shard.mutex};
    shard.entries.insert_or_assign(std::string{key}, std::move(entry));
    return {};
  }

  Result<void> write_many(std::span<const Write> writes) {
    for (const Write& one : writes) (void)write(one.key, one.value);
    return {};
  }

  Result<bool> insert(std::string_view key, Bytes value) {
    auto entry = make(value);
    Shard& shard = shard_of(key);
    const std::lock_guard guard{shard.mutex};
    return shard.entries.try_emplace(std::string{key}, std::move(entry)).second;
  }

  Result<bool> replace(std::string_view key, std::uint64_t expected, Bytes value) {
    auto entry = make(value);
    Shard& shard = shard_of(key);
    const std::lock_guard guard{shard.mutex};
    const auto found = shard.entries.find(key);
    if (found == shard.entries.end() || found->second->revision != expected) return false;
    found->second = std::move(entry);
    return true;
  }

  Result<bool> erase(std::string_view key, std::optional<std::uint64_t> expected = {}) {
    Shard& shard = shard_of(key);
    const std::lock_guard guard{shard.mutex};
    const auto found = shard.entries.find(key);
    if (found == shard.entries.end() || (expected && found->second->revision != *expected)) return false;
    shard.entries.erase(found);
    return true;
  }

  template <class F>
  Result<bool> transact(std::span<const std::string_view> keys, F&& f) {
    while (true) {
      const std::vector<std::shared_ptr<const Entry>> before = moment(keys);
      std::vector<std::optional<std::span<const std::byte>>> next(keys.size());
      if (!f(values_of(before), next)) return false;
      std::vector<std::shared_ptr<const Entry>> after;
      for (const auto& one : next) after.push_back(one ? make(*one) : nullptr);
      const std::vector<std::unique_lock<std::mutex>> all = lock_all();
      if (collect(keys) != before) continue;
      for (std::size_t i = 0; i < keys.size(); ++i) {
        auto& entries = shard_of(keys[i]).entries;
        if (after[i]) {
          entries.insert_or_assign(std::string{keys[i]}, after[i]);
        } else if (before[i]) {
          entries.erase(entries.find(keys[i]));
        }
      }
      return true;
    }
  }

  template <class F>
  Result<void> snapshot(std::span<const std::string_view> keys, F&& f) const {
    const std::vector<std::shared_ptr<const Entry>> entries = moment(keys);
    f(values_of(entries));
    return {};
  }

  template <class OnEntry, class OnCorrupt>
  Result<void> for_each(OnEntry&& entry, OnCorrupt&&) const {
    for (const Shard& shard : shards_) {
      std::vector<std::pair<std::string, std::shared_ptr<const Entry>>> seen;
      {
        const std::lock_guard guard{shard.mutex};
        seen.assign(shard.entries.begin(), shard.entries.end());
      }
      for (const auto& [key, value] : seen) entry(std::string_view{key}, Bytes{value->value});
    }
    return {};
  }

  Result<std::uint64_t> size() const {
    std::uint64_t count = 0;
    for (const Shard& shard : shards_) {
      const std::lock_guard guard{shard.mutex};
      count += shard.entries.size();
    }
    return count;
  }

  Result<void> sync() { return {}; }
  Result<void> write_document(const std::string&, Bytes) { return {}; }

 private:
  struct Entry {
    std::vector<std::byte> value;
    std::uint64_t revision;
  };
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
  };
  struct Shard {
    mutable std::mutex mutex;
    std::unordered_map<std::string, std::shared_ptr<const Entry>, TextHash, std::equal_to<>> entries;
  };

  std::shared_ptr<const Entry> make(Bytes value) {
    return std::make_shared<const Entry>(
        Entry{{value.begin(), value.end()}, next_revision_.fetch_add(1, std::memory_order_relaxed)});
  }
  std::vector<std::unique_lock<std::mutex>> lock_all() const {
    std::vector<std::unique_lock<std::mutex>> all;
    for (const Shard& shard : shards_) all.emplace_back(shard.mutex);
    return all;
  }
  /// Requires the locks of all shards.
  std::vector<std::shared_ptr<const Entry>> collect(std::span<const std::string_view> keys) const {
    std::vector<std::shared_ptr<const Entry>> found;
    for (const std::string_view key : keys) {
      const auto& entries = shard_of(key).entries;
      const auto at = entries.find(key);
      found.push_back(at == entries.end() ? nullptr : at->second);
    }
    return found;
  }
  std::vector<std::shared_ptr<const Entry>> moment(std::span<const std::string_view> keys) const {
    const std::vector<std::unique_lock<std::mutex>> all = lock_all();
    return collect(keys);
  }
  static std::vector<std::optional<Bytes>> values_of(const std::vector<std::shared_ptr<const Entry>>& entries) {
    std::vector<std::optional<Bytes>> values;
    for (const auto& entry : entries) values.push_back(entry ? std::optional{Bytes{entry->value}} : std::nullopt);
    return values;
  }
  Shard& shard_of(std::string_view key) { return shards_[TextHash{}(key) % shards_.size()]; }
  const Shard& shard_of(std::string_view key) const { return shards_[TextHash{}(key) % shards_.size()]; }

  std::array<Shard, 16> shards_;
  std::atomic<std::uint64_t> next_revision_{1};
};

}  // namespace ashlar::inline v0::detail
