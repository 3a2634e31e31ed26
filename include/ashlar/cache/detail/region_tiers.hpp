// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ashlar/cache/concepts.hpp>
#include <ashlar/cache/detail/tier_access.hpp>
#include <ashlar/cache/expiry.hpp>
#include <ashlar/cache/memory_tier.hpp>
#include <ashlar/cache/weight.hpp>
#include <ashlar/codec/value_codec.hpp>

namespace ashlar::inline v0::detail {

/// A value of any region in the memory that all regions share, with its own weight.
struct HeldValue {
  std::shared_ptr<const void> value;
  std::uint64_t weight = 0;
};
struct WeighHeld {
  template <class K>
  std::uint64_t operator()(const K& key, const HeldValue& held) const noexcept {
    return held.weight + bytes_outside(key);
  }
};
using RegionMemory = MemoryTier<std::string, HeldValue, WeighBy<WeighHeld, Bytes>, ExpirePerEntry<>>;
using EncodedValue = std::vector<std::byte>;

struct RegionCounters {
  alignas(64) std::atomic<std::uint64_t> hits{0};
  std::atomic<std::uint64_t> misses{0};
};

/// The part of the shared memory that holds one region's values. Keys carry the region's name, which fixes the type.
template <class V>
class LocalView {
 public:
  using key_type = std::string;
  using mapped_type = V;

  LocalView(RegionMemory& memory, RegionCounters& counters) noexcept : memory_{&memory}, counters_{&counters} {}

  std::optional<V> get(std::string_view key) {
    auto found = get_timed(key);
    return found ? std::optional<V>{std::move(found->value)} : std::nullopt;
  }
  std::optional<Timed<V>> get_timed(std::string_view key) {
    const auto held = memory_->get_timed(key);
    (held ? counters_->hits : counters_->misses).fetch_add(1, std::memory_order_relaxed);
    if (!held) return std::nullopt;
    return Timed<V>{*static_cast<const V*>(held->value.value.get()), held->ttl};
  }
  std::optional<V> peek(std::string_view key) const {
    const auto held = memory_->peek(key);
    return held ? std::optional<V>{*static_cast<const V*>(held->value.get())} : std::nullopt;
  }
  bool contains(std::string_view key) const { return memory_->contains(key); }
  void put(const std::string& key, const V& value) { static_cast<void>(memory_->put(key, hold(value))); }
  void put(const std::string& key, const V& value, std::chrono::nanoseconds ttl) {
    static_cast<void>(memory_->put(key, hold(value), ttl));
  }
  bool erase(const std::string& key) { return memory_->erase(key); }

 private:
  static HeldValue hold(const V& value) {
    constexpr std::uint64_t records = 64;  // the table's slot, the reference count and the allocator's header
    return {std::make_shared<const V>(value), sizeof(V) + sizeof(HeldValue) + records + bytes_outside(value)};
  }

  RegionMemory* memory_;
  RegionCounters* counters_;
};

/// The part of the shared lower tier that holds one region's values, as bytes.
template <class V, class Lower, class Compression>
class SharedView {
 public:
  using key_type = std::string;
  using mapped_type = V;

  SharedView(Lower& lower, Compression compression) : lower_{&lower}, codec_{Binary{}, std::move(compression)} {}

  Result<std::optional<V>> get(const std::string& key) {
    auto found = get_timed(key);
    if (!found) return found.error();
    if (!*found) return std::optional<V>{};
    return std::optional<V>{std::move((*found)->value)};
  }
  Result<std::optional<Timed<V>>> get_timed(const std::string& key) {
    auto bytes = read(*lower_, key);
    if (!bytes) return bytes.error();
    if (!*bytes) return std::optional<Timed<V>>{};
    Result<V> value = codec_.decode((*bytes)->value);
    if (!value) return value.error().within(key);
    return std::optional<Timed<V>>{Timed<V>{*std::move(value), (*bytes)->ttl}};
  }
  Result<bool> contains(const std::string& key) { return has(*lower_, key); }
  Result<void> put(const std::string& key, const V& value) { return write(*lower_, key, packed(value), Lifetime{}); }
  Result<void> put(const std::string& key, const V& value, std::chrono::nanoseconds ttl) {
    return write(*lower_, key, packed(value), ttl);
  }
  Result<bool> insert_if_absent(const std::string& key, const V& value)
    requires atomic_tier<Lower>
  {
    return lower_->insert_if_absent(key, packed(value));
  }
  Result<bool> erase(const std::string& key) { return remove(*lower_, key); }

 private:
  EncodedValue packed(const V& value) const {
    EncodedValue bytes;
    codec_.encode(value, bytes);
    return bytes;
  }

  Lower* lower_;
  ValueCodec<V, Binary, Compression> codec_;
};

}  // namespace ashlar::inline v0::detail
