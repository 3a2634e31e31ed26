// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <ashlar/cache/concepts.hpp>
#include <ashlar/cache/detail/movable_counter.hpp>
#include <ashlar/cache/memory_tier.hpp>
#include <ashlar/cache/monitor/collect_stats.hpp>
#include <ashlar/cache/weight.hpp>
#include <ashlar/codec/value_codec.hpp>

namespace ashlar::inline v0 {

namespace detail {

using PackedValue = std::shared_ptr<const std::vector<std::byte>>;

struct WeighPacked {
  template <class K>
  std::uint64_t operator()(const K& key, const PackedValue& value) const {
    // The table's slot, the reference count, the vector and two allocator headers.
    constexpr std::uint64_t records = 16 + 16 + sizeof(std::vector<std::byte>) + 32;
    return sizeof(K) + bytes_outside(key) + sizeof(PackedValue) + records + value->capacity();
  }
};

template <class O>
concept packs_values = compression<O>;

/// The memory tier of those options that are not the compression.
template <class K, class Chosen, class... O>
struct PackedMemoryOf;
template <class K, class... Chosen>
struct PackedMemoryOf<K, std::tuple<Chosen...>> {
  using type = MemoryTier<K, PackedValue, WeighBy<WeighPacked, Bytes>, Chosen...>;
};
template <class K, class... Chosen, class First, class... Rest>
struct PackedMemoryOf<K, std::tuple<Chosen...>, First, Rest...>
    : std::conditional_t<packs_values<First>, PackedMemoryOf<K, std::tuple<Chosen...>, Rest...>,
                         PackedMemoryOf<K, std::tuple<Chosen..., First>, Rest...>> {};

template <class... O>
struct CompressionAmong {
  using type = NoCompression;
};
template <class First, class... Rest>
struct CompressionAmong<First, Rest...>
    : std::conditional_t<packs_values<First>, std::type_identity<First>, CompressionAmong<Rest...>> {};

}  // namespace detail

/// A memory tier that keeps its values packed, within a budget of bytes: several times the values for the memory, for
/// the time it takes to unpack one. Options, in any order: a compression (`Lz4`, `Columnar`, …; the one of the `Cache`
/// above where there is none) and those of `MemoryTier` but for the weigher.
///
///     ashlar::PackedMemory<std::string, std::vector<Order>, ashlar::Columnar> orders{ashlar::bytes(64 << 20)};
///
/// What it keeps was packed by itself, so that a value that cannot be unpacked is a mistake of the codec: the `Error`
/// is thrown. Threads: as `MemoryTier`; packing and unpacking happen outside of its locks, but for `for_each`.
template <class K, class V, class... Options>
class PackedMemory {
  using Memory = typename detail::PackedMemoryOf<K, std::tuple<>, Options...>::type;
  using Compression = typename detail::CompressionAmong<Options...>::type;

 public:
  using key_type = K;
  using mapped_type = V;
  static constexpr bool evicts = Memory::evicts;
  static constexpr bool expires_when_idle = Memory::expires_when_idle;
  template <compression C>
    requires(!(compression<Options> || ...))
  using compressed_with = PackedMemory<K, V, Options..., C>;

  /// `budget`: bytes of keys, packed values and the records about them. `options`: values of options that need one.
  template <class... Given>
  explicit PackedMemory(Bytes budget, const Given&... options) : memory_{budget, options...} {}

  std::optional<V> get(const K& key) const { return unpacked(memory_.get(key)); }
  std::optional<V> peek(const K& key) const { return unpacked(memory_.peek(key)); }
  bool contains(const K& key) const { return memory_.contains(key); }
  std::optional<Timed<V>> get_timed(const K& key) const
    requires Memory::expires
  {
    auto found = memory_.get_timed(key);
    if (!found) return std::nullopt;
    return Timed<V>{*unpacked(std::move(found->value)), found->ttl};
  }

  std::optional<Timed<V>> peek_timed(const K& key) const
    requires Memory::expires
  {
    auto found = memory_.peek_timed(key);
    if (!found) return std::nullopt;
    return Timed<V>{*unpacked(std::move(found->value)), found->ttl};
  }

  /// Packs and stores; false when the packed value is heavier than the whole budget.
  bool put(const K& key, const V& value) { return stored(memory_.put(key, packed(value))); }
  bool put(const K& key, const V& value, std::chrono::nanoseconds ttl)
    requires Memory::expires
  {
    return stored(memory_.put(key, packed(value), ttl));
  }
  bool insert_if_absent(const K& key, const V& value) { return memory_.insert_if_absent(key, packed(value)); }
  bool insert_if_absent(const K& key, const V& value, Lifetime life)
    requires Memory::expires
  {
    return memory_.insert_if_absent(key, packed(value), life);
  }
  bool erase(const K& key) { return memory_.erase(key); }
  void clear() { memory_.clear(); }
  /// Removes the entries for which `picks(key)` holds, or, more costly, `picks(key, value)`; returns how many.
  template <class P>
  std::size_t erase_matching(P&& picks) {
    if constexpr (std::predicate<P&, const K&>) {
      return memory_.erase_matching([&](const K& key) -> bool { return std::invoke(picks, key); });
    } else {
      return memory_.erase_matching([&](const K& key, const detail::PackedValue& value) -> bool {
        return std::invoke(picks, key, *unpacked(value));
      });
    }
  }
  /// Drops what has expired; returns how many.
  std::size_t maintain() { return memory_.maintain(); }
  /// Calls `f(key, value)` for every entry, in no order, under the lock of a shard.
  template <class F>
  void for_each(F&& f) const {
    memory_.for_each([&](const K& key, const detail::PackedValue& value) { std::invoke(f, key, *unpacked(value)); });
  }

  std::size_t size() const noexcept { return memory_.size(); }
  /// Bytes in use, and how many may be.
  std::uint64_t weight() const noexcept { return memory_.weight(); }
  std::uint64_t capacity() const noexcept { return memory_.capacity(); }
  MemoryStats stats() const noexcept { return memory_.stats(); }
  /// Packed bytes and bytes as objects of all values written so far.
  std::uint64_t packed_bytes_written() const noexcept { return packed_bytes_.get(); }
  std::uint64_t object_bytes_written() const noexcept { return object_bytes_.get(); }
  void report(StatsNode& node) const {
    detail::report_memory(memory_, node);
    node.add(metrics::bytes_written, packed_bytes_written());
    detail::add_packing(node, packed_bytes_written(), object_bytes_written());
  }

 private:
  detail::PackedValue packed(const V& value) {
    detail::Scratch scratch;
    codec_.encode(value, *scratch);
    packed_bytes_.add(scratch->size());
    object_bytes_.add(sizeof(V) + detail::bytes_outside(value));
    return std::make_shared<const std::vector<std::byte>>(scratch->begin(), scratch->end());
  }
  std::optional<V> unpacked(const std::optional<detail::PackedValue>& value) const {
    if (!value) return std::nullopt;
    return std::optional<V>{codec_.decode(**value).value()};
  }

  Memory memory_;
  [[no_unique_address]] ValueCodec<V, Binary, Compression> codec_;
  detail::MovableCounter packed_bytes_;
  detail::MovableCounter object_bytes_;
};

}  // namespace ashlar::inline v0
