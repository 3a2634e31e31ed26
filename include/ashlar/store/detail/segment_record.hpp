// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>

#include <ashlar/simd/crc32c.hpp>
#include <ashlar/store/detail/little_endian.hpp>

namespace ashlar::inline v0::detail {

// A segment file: a header of 64 bytes, then records, each at a multiple of 8. All numbers are little-endian.
//
//   offset  size  content of the segment header
//        0     8  "ashlarS" and the format version as a byte (1)
//        8     8  id of the store
//       16     8  salt of this segment
//       24     4  number of this segment
//       28     4  CRC-32C of the 28 bytes before
//       32    32  zero
//
// A segment that a compaction emptied may be written again under another number. Its new salt is the old one with the low
// 4 bytes raised by 1: two salts of one file differ within 32 bits, which a CRC always notices, so no record of an earlier
// life is taken for one of this life. Such a file waits as `<number>.old`, `number` being the one it had.
//
//   offset  size  content of a record
//        0     4  CRC-32C of the salt, the record's offset in the segment, bytes 4 to 55, and the key
//        4     4  CRC-32C of the value
//        8     8  sequence number; of the records of a key the highest one that counts is the key's state
//       16     8  hash of the key (SipHash-2-4 with 128 bits of output, first half)
//       24     4  length of the value
//       28     2  length of the key
//       30     1  kind: 1 a value, 2 no value (the key was erased)
//       31     1  1 when the record was written on a condition, else 0
//       32     8  offset of the group's first record, which holds the commit word; 0: counts by itself
//       40     8  what the record replaces, as a word of the index; 0: nothing
//       48     2  records in the group
//       50     2  number of this record in the group, from 0
//       52     4  how far the segment was on the device when the record was written, in units of 8 bytes
//       56     8  commit word, of a group's first record: 0 undecided, `commit_yes`, `commit_no`
//       64     k  key
//     64+k     v  value, then zeros up to a multiple of 8
//
// A record with a group counts when the group's commit word says yes; an undecided one does not, and anybody may decide
// it to no. The commit word is decided once, by one compare-and-swap in memory that all processes share.

inline constexpr std::size_t segment_header_size = 64;
inline constexpr std::array<char, 7> segment_magic = {'a', 's', 'h', 'l', 'a', 'r', 'S'};
inline constexpr std::byte segment_version{1};
inline constexpr std::size_t record_header_size = 64;
inline constexpr std::size_t commit_offset = 56;
inline constexpr std::uint64_t commit_yes = 0x7365795F74696D63U;
inline constexpr std::uint64_t commit_no = ~commit_yes;

inline constexpr std::uint8_t record_value = 1;
inline constexpr std::uint8_t record_erased = 2;

/// The salt of a segment's next life.
inline std::uint64_t next_salt(std::uint64_t salt) noexcept {
  return (salt & ~std::uint64_t{0xFFFFFFFFU}) | static_cast<std::uint32_t>(salt + 1);
}

inline std::array<std::byte, segment_header_size> make_segment_header(std::uint64_t store, std::uint64_t salt,
                                                                      std::uint32_t number) {
  std::array<std::byte, segment_header_size> header{};
  std::memcpy(header.data(), segment_magic.data(), segment_magic.size());
  header[7] = segment_version;
  store_le(header.data() + 8, store);
  store_le(header.data() + 16, salt);
  store_le(header.data() + 24, number);
  store_le(header.data() + 28, crc32c(std::span<const std::byte>{header}.first(28)));
  return header;
}

/// The salt of a segment whose header is whole and of that store and number.
inline std::optional<std::uint64_t> salt_of_segment(std::span<const std::byte> header, std::uint64_t store,
                                                    std::uint32_t number) {
  if (header.size() < segment_header_size) return std::nullopt;
  const bool whole = std::memcmp(header.data(), segment_magic.data(), segment_magic.size()) == 0 &&
                     header[7] == segment_version && load_le<std::uint64_t>(header.data() + 8) == store &&
                     load_le<std::uint32_t>(header.data() + 24) == number &&
                     load_le<std::uint32_t>(header.data() + 28) == crc32c(header.first(28));
  if (!whole) return std::nullopt;
  return load_le<std::uint64_t>(header.data() + 16);
}

/// A record where it lies in a segment. Its bytes must be there; whether they are right is what `header_is_right` and
/// `value_is_right` say.
class RecordView {
 public:
  RecordView() = default;
  explicit RecordView(const std::byte* at) noexcept : at_{at} {}

  const std::byte* at() const noexcept { return at_; }
  std::uint64_t sequence() const noexcept { return load_le<std::uint64_t>(at_ + 8); }
  std::uint64_t key_hash() const noexcept { return load_le<std::uint64_t>(at_ + 16); }
  std::uint32_t value_size() const noexcept { return load_le<std::uint32_t>(at_ + 24); }
  std::uint16_t key_size() const noexcept { return load_le<std::uint16_t>(at_ + 28); }
  std::uint8_t kind() const noexcept { return std::to_integer<std::uint8_t>(at_[30]); }
  bool conditional() const noexcept { return at_[31] != std::byte{0}; }
  std::uint64_t group() const noexcept { return load_le<std::uint64_t>(at_ + 32); }
  std::uint64_t previous() const noexcept { return load_le<std::uint64_t>(at_ + 40); }
  std::uint16_t group_count() const noexcept { return load_le<std::uint16_t>(at_ + 48); }
  std::uint64_t durable() const noexcept { return std::uint64_t{load_le<std::uint32_t>(at_ + 52)} * 8; }

  std::string_view key() const noexcept {
    return {reinterpret_cast<const char*>(at_ + record_header_size), key_size()};
  }
  std::span<const std::byte> value() const noexcept { return {at_ + record_header_size + key_size(), value_size()}; }
  std::uint64_t size() const noexcept { return size_of(key_size(), value_size()); }

  static std::uint64_t size_of(std::uint64_t key, std::uint64_t value) noexcept {
    return (record_header_size + key + value + 7) & ~std::uint64_t{7};
  }

  /// Whether this is a record that lies at `offset` of a segment with that salt and ends within `room` bytes. Reads
  /// nothing behind them: the lengths are compared before the key is looked at.
  bool header_is_right(std::uint64_t salt, std::uint64_t offset, std::uint64_t room) const noexcept {
    if (room < record_header_size) return false;
    if (kind() != record_value && kind() != record_erased) return false;
    if (at_[31] > std::byte{1} || size() > room) return false;
    return load_le<std::uint32_t>(at_) == header_sum(at_, salt, offset, key_size());
  }

  std::uint32_t value_sum() const noexcept { return load_le<std::uint32_t>(at_ + 4); }
  bool value_is_right() const noexcept { return value_sum() == crc32c(value()); }

  static std::uint32_t header_sum(const std::byte* at, std::uint64_t salt, std::uint64_t offset,
                                  std::size_t key) noexcept {
    std::array<std::byte, 16> place;
    store_le(place.data(), salt);
    store_le(place.data() + 8, offset);
    const std::uint32_t head = crc32c({at + 4, commit_offset - 4}, crc32c(place));
    return crc32c({at + record_header_size, key}, head);
  }

 private:
  const std::byte* at_ = nullptr;
};

/// What a record is to say. Its value is `value_head` followed by `value`, so that what a store puts in front of a value
/// need not be copied together with it.
struct RecordPlan {
  std::string_view key;
  std::span<const std::byte> value;
  std::span<const std::byte> value_head = {};
  std::uint64_t key_hash = 0;
  std::uint64_t sequence = 0;
  std::uint8_t kind = record_value;
  bool conditional = false;
  std::uint64_t group = 0;
  std::uint64_t previous = 0;
  std::uint16_t group_count = 0;
  std::uint16_t group_number = 0;
  std::uint64_t durable = 0;
  std::uint64_t commit = 0;  ///< commit word of a group's first record
  std::uint32_t value_sum = 0;

  std::size_t value_size() const noexcept { return value_head.size() + value.size(); }
  std::uint64_t size() const noexcept { return RecordView::size_of(key.size(), value_size()); }
  /// Computes the checksum of the value. Once, before the record is written.
  void seal() noexcept { value_sum = crc32c(value, crc32c(value_head)); }
};

/// Writes header, key and `value_head` of the record that is to lie at `offset`; returns how many bytes that is.
inline std::size_t write_record_front(std::byte* to, const RecordPlan& plan, std::uint64_t salt, std::uint64_t offset) {
  store_le(to + 4, plan.value_sum);
  store_le(to + 8, plan.sequence);
  store_le(to + 16, plan.key_hash);
  store_le(to + 24, static_cast<std::uint32_t>(plan.value_size()));
  store_le(to + 28, static_cast<std::uint16_t>(plan.key.size()));
  to[30] = static_cast<std::byte>(plan.kind);
  to[31] = static_cast<std::byte>(plan.conditional ? 1 : 0);
  store_le(to + 32, plan.group);
  store_le(to + 40, plan.previous);
  store_le(to + 48, plan.group_count);
  store_le(to + 50, plan.group_number);
  store_le(to + 52, static_cast<std::uint32_t>(plan.durable / 8));
  store_le(to + commit_offset, plan.commit);
  std::size_t used = record_header_size;
  if (!plan.key.empty()) std::memcpy(to + used, plan.key.data(), plan.key.size());
  store_le(to, RecordView::header_sum(to, salt, offset, plan.key.size()));
  used += plan.key.size();
  if (!plan.value_head.empty()) std::memcpy(to + used, plan.value_head.data(), plan.value_head.size());
  return used + plan.value_head.size();
}

/// Writes the whole record that is to lie at `offset` to `to`, which has room for `RecordPlan::size` bytes.
inline void write_record(std::byte* to, RecordPlan plan, std::uint64_t salt, std::uint64_t offset) {
  plan.seal();
  std::size_t used = write_record_front(to, plan, salt, offset);
  if (!plan.value.empty()) std::memcpy(to + used, plan.value.data(), plan.value.size());
  used += plan.value.size();
  std::memset(to + used, 0, static_cast<std::size_t>(plan.size()) - used);
}

}  // namespace ashlar::inline v0::detail
