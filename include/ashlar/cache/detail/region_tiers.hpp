// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
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
#include <ashlar/cache/invalidation/log.hpp>
#include <ashlar/cache/invalidation/tagged.hpp>
#include <ashlar/cache/memory_tier.hpp>
#include <ashlar/cache/weight.hpp>
#include <ashlar/codec/byte_reader.hpp>
#include <ashlar/codec/byte_writer.hpp>
#include <ashlar/codec/value_codec.hpp>

namespace ashlar::inline v0::detail {

/// How old an entry is, and its tags, whatever its value.
struct EntryAge {
  InvalidationStamp born = 0;
  std::vector<std::uint64_t> tags;
};

/// The part of an entry in memory that does not depend on the type of its value.
struct HeldEntry {
  InvalidationStamp born;
  std::span<const std::uint64_t> tags;
};
template <class Entry>
struct Held : HeldEntry {
  Entry entry;
  explicit Held(const Entry& held) : HeldEntry{held.born, {}}, entry(held) { tags = entry.tags; }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;
};

/// An entry of any region in the memory that all regions share, with its own weight.
struct HeldValue {
  std::shared_ptr<const HeldEntry> value;
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

/// The part of the shared memory that holds one region's entries. Keys carry the region's name, which fixes the type.
template <class Entry>
class LocalView {
 public:
  using key_type = std::string;
  using mapped_type = Entry;

  LocalView(RegionMemory& memory, RegionCounters& counters) noexcept : memory_{&memory}, counters_{&counters} {}

  std::optional<Entry> get(std::string_view key) {
    std::optional<Entry> found;
    visit(key, [&](const Entry& entry) { found.emplace(entry); });
    return found;
  }
  template <class F>
  bool visit(std::string_view key, F&& f) {
    const auto held = counted(memory_->get(key));
    if (held) std::invoke(f, entry_in(*held));
    return held.has_value();
  }
  std::optional<Timed<Entry>> get_timed(std::string_view key) {
    const auto held = counted(memory_->get_timed(key));
    if (!held) return std::nullopt;
    return Timed<Entry>{entry_in(held->value), held->ttl};
  }
  std::optional<Entry> peek(std::string_view key) const {
    const auto held = memory_->peek(key);
    return held ? std::optional<Entry>{entry_in(*held)} : std::nullopt;
  }
  std::optional<Timed<Entry>> peek_timed(std::string_view key) const {
    const auto held = memory_->peek_timed(key);
    if (!held) return std::nullopt;
    return Timed<Entry>{entry_in(held->value), held->ttl};
  }
  bool contains(std::string_view key) const { return memory_->contains(key); }
  void put(const std::string& key, const Entry& entry) { static_cast<void>(memory_->put(key, hold(entry))); }
  void put(const std::string& key, const Entry& entry, std::chrono::nanoseconds ttl) {
    static_cast<void>(memory_->put(key, hold(entry), ttl));
  }
  bool erase(const std::string& key) { return memory_->erase(key); }

 private:
  static const Entry& entry_in(const HeldValue& held) { return static_cast<const Held<Entry>&>(*held.value).entry; }
  static HeldValue hold(const Entry& entry) {
    constexpr std::uint64_t records = 64;  // the table's slot, the reference count and the allocator's header
    return {std::make_shared<const Held<Entry>>(entry),
            sizeof(Held<Entry>) + sizeof(HeldValue) + records + bytes_outside(entry)};
  }
  template <class Found>
  Found counted(Found found) {
    (found ? counters_->hits : counters_->misses).fetch_add(1, std::memory_order_relaxed);
    return found;
  }

  RegionMemory* memory_;
  RegionCounters* counters_;
};

/// What lies before the value in the bytes of an entry: its moment, and its tags.
inline void write_age(std::span<const std::uint64_t> tags, InvalidationStamp born, EncodedValue& bytes) {
  ByteWriter writer{bytes};
  writer.number(born);
  writer.size(tags.size());
  for (const std::uint64_t tag : tags) writer.number(tag);
  writer.flush();
}
inline bool read_age(ByteReader& reader, EntryAge& age) {
  std::uint64_t count = 0;
  if (!reader.number(age.born) || !reader.count(count, sizeof(std::uint64_t))) return false;
  age.tags.resize(static_cast<std::size_t>(count));
  for (std::uint64_t& tag : age.tags) {
    if (!reader.number(tag)) return false;
  }
  return true;
}

/// The part of the shared lower tier that holds one region's entries, as bytes.
template <class V, class Lower, class Compression>
class SharedView {
  using Entry = Tagged<V>;

 public:
  using key_type = std::string;
  using mapped_type = Entry;

  SharedView(Lower& lower, Compression compression) : lower_{&lower}, codec_{Binary{}, std::move(compression)} {}

  Result<std::optional<Entry>> get(const std::string& key) {
    auto found = get_timed(key);
    if (!found) return found.error();
    if (!*found) return std::optional<Entry>{};
    return std::optional<Entry>{std::move((*found)->value)};
  }
  Result<std::optional<Timed<Entry>>> get_timed(const std::string& key) {
    auto bytes = read(*lower_, key);
    if (!bytes) return bytes.error();
    if (!*bytes) return std::optional<Timed<Entry>>{};
    ByteReader reader{(*bytes)->value};
    EntryAge age;
    if (!read_age(reader, age)) return reader.error().within(key);
    Result<V> value = codec_.decode(std::span<const std::byte>{(*bytes)->value}.subspan(reader.offset()));
    if (!value) return value.error().within(key);
    return std::optional<Timed<Entry>>{
        Timed<Entry>{Entry{*std::move(value), age.born, std::move(age.tags)}, (*bytes)->ttl}};
  }
  Result<bool> contains(const std::string& key) { return has(*lower_, key); }
  Result<void> put(const std::string& key, const Entry& entry) {
    return write(*lower_, key, packed(entry), Lifetime{});
  }
  Result<void> put(const std::string& key, const Entry& entry, std::chrono::nanoseconds ttl) {
    return write(*lower_, key, packed(entry), ttl);
  }
  Result<bool> insert_if_absent(const std::string& key, const Entry& entry)
    requires atomic_tier<Lower>
  {
    return lower_->insert_if_absent(key, packed(entry));
  }
  Result<bool> erase(const std::string& key) { return remove(*lower_, key); }

 private:
  EncodedValue packed(const Entry& entry) const {
    EncodedValue bytes;
    write_age(entry.tags, entry.born, bytes);
    codec_.encode(entry.value, bytes);
    return bytes;
  }

  Lower* lower_;
  ValueCodec<V, Binary, Compression> codec_;
};

}  // namespace ashlar::inline v0::detail
