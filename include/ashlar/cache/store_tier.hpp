// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include <ashlar/cache/concepts.hpp>
#include <ashlar/cache/detail/movable_counter.hpp>
#include <ashlar/cache/weight.hpp>
#include <ashlar/store/sharded_store.hpp>

namespace ashlar::inline v0 {

/// A tier on disk: a `ShardedStore` with the same options, which other threads and processes may use at the same time.
/// It keeps bytes, so that the compression of a `Cache` above applies: `Cache<…, StoreTier<K, V>, WriteThrough, Lz4>`
/// makes it a `StoreTier<K, V, Lz4>`.
/// Errors are those of the store; an entry that fails its checksum is `corrupt`, which a `Cache` above counts and takes
/// for a miss. Threads: every member may be called concurrently. Cost: that of the store.
template <class K, class V, class... Options>
class StoreTier {
 public:
  using key_type = K;
  using mapped_type = V;
  using store_type = ShardedStore<K, V, Options...>;
  using key_argument = typename store_type::key_argument;
  template <compression C>
    requires(!(compression<Options> || ...))
  using compressed_with = StoreTier<K, V, Options..., C>;

  /// Opens or makes the store in `directory`; throws the `Error` of `ShardedStore::open`.
  template <class... Policies>
  explicit StoreTier(const std::filesystem::path& directory, StoreOptions options = {}, Policies... policies)
      : store_{directory, std::move(options), std::move(policies)...} {}
  /// Takes over a store that is open.
  explicit StoreTier(store_type store) noexcept : store_{std::move(store)} {}
  /// A store that is not on disk (`InMemory` among the options).
  StoreTier()
    requires std::default_initializable<store_type>
  = default;

  Result<std::optional<V>> get(key_argument key) { return store_.get(key); }
  Result<std::optional<V>> peek(key_argument key) { return store_.get(key); }
  Result<std::optional<Timed<V>>> get_timed(key_argument key) {
    auto entry = store_.get_entry(key);
    if (!entry) return entry.error();
    if (!*entry) return std::optional<Timed<V>>{};
    return std::optional<Timed<V>>{Timed<V>{std::move((*entry)->value), (*entry)->ttl.value_or(forever)}};
  }
  Result<bool> contains(key_argument key) { return store_.contains(key); }

  Result<void> put(key_argument key, const V& value) { return weighed(value, store_.put(key, value)); }
  /// `ttl` counts where it is shorter than `StoreOptions::ttl`. It is kept by the store's own clock, the system's.
  Result<void> put(key_argument key, const V& value, std::chrono::nanoseconds ttl) {
    return weighed(value, store_.put(key, value, ttl));
  }
  Result<bool> insert_if_absent(key_argument key, const V& value) {
    Result<bool> inserted = store_.insert_if_absent(key, value);
    if (inserted && *inserted) object_bytes_.add(bytes_of(value));
    return inserted;
  }
  Result<bool> erase(key_argument key) { return store_.erase(key); }

  /// Removes the entries for which `matches(key, value)` holds and returns how many there were. Cost: reads them all.
  template <class P>
  Result<std::size_t> erase_matching(P&& matches) {
    std::vector<K> doomed;
    const auto walked = store_.for_each([&](const K& key, const V& value) {
      if (std::invoke(matches, key, value)) doomed.push_back(key);
    });
    if (!walked) return walked.error();
    std::size_t erased = 0;
    for (const K& key : doomed) {
      const Result<bool> gone = store_.erase(key);
      if (!gone) return gone.error();
      erased += *gone;
    }
    return erased;
  }
  /// Removes every entry that can be read. Cost: reads them all.
  Result<void> clear() {
    const auto erased = erase_matching([](const K&, const V&) { return true; });
    return erased ? Result<void>{} : Result<void>{erased.error()};
  }
  /// Calls `f(key, value)` for every entry; corrupt ones are left out and listed in the report.
  template <class F>
  Result<ScanReport> for_each(F&& f) {
    return store_.for_each(std::forward<F>(f));
  }

  Result<std::uint64_t> size() const { return store_.size(); }
  StoreStats stats() const noexcept { return store_.stats(); }
  /// Bytes that the values written took as objects in memory; `stats().bytes_written` is what became of them.
  std::uint64_t object_bytes_written() const noexcept { return object_bytes_.get(); }
  /// The store itself.
  store_type& store() noexcept { return store_; }

 private:
  static std::uint64_t bytes_of(const V& value) { return sizeof(V) + detail::bytes_outside(value); }
  Result<void> weighed(const V& value, Result<void> written) {
    if (written) object_bytes_.add(bytes_of(value));
    return written;
  }

  store_type store_;
  detail::MovableCounter object_bytes_;
};

}  // namespace ashlar::inline v0
