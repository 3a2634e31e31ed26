// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>

#include <ashlar/simd/crc32c.hpp>
#include <ashlar/store/detail/little_endian.hpp>
#include <ashlar/store/detail/siphash.hpp>

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

/// The salt of a segment of that store and number. One wrong bit anywhere in the header is put right: all but the salt is
/// known, and two headers that are right differ in more bits than two.
inline std::optional<std::uint64_t> salt_of_segment(std::span<const std::byte> header, std::uint64_t store,
                                                    std::uint32_t number) {
  if (header.size() < segment_header_size) return std::nullopt;
  const auto fits = [&](std::uint64_t salt) {
    const auto right = make_segment_header(store, salt, number);
    int wrong = 0;
    for (std::size_t i = 0; i < 32; ++i) wrong += std::popcount(std::to_integer<unsigned>(header[i] ^ right[i]));
    return wrong <= 1;
  };
  const std::uint64_t salt = load_le<std::uint64_t>(header.data() + 16);
  if (fits(salt)) return salt;
  for (unsigned bit = 0; bit < 64; ++bit) {
    if (const std::uint64_t other = salt ^ std::uint64_t{1} << bit; fits(other)) return other;
  }
  return std::nullopt;
}

/// Whether that is a whole header of a segment, of whatever store, number and version.
inline bool heads_a_segment(std::span<const std::byte> header) {
  return header.size() >= segment_header_size &&
         std::memcmp(header.data(), segment_magic.data(), segment_magic.size()) == 0 &&
         load_le<std::uint32_t>(header.data() + 28) == crc32c(header.first(28));
}

enum class Decision : std::uint8_t { undecided, yes, no, damaged };

/// What a commit word says. It has no checksum of its own; a few wrong bits are recognised, because the decisions differ
/// in all 64. One that was undecided and has a wrong bit cannot be decided to yes any more.
inline Decision decision_of(std::uint64_t commit) noexcept {
  constexpr int few = 3;
  if (commit == 0) return Decision::undecided;
  if (std::popcount(commit ^ commit_yes) <= few) return Decision::yes;
  if (std::popcount(commit ^ commit_no) <= few || std::popcount(commit) <= few) return Decision::no;
  return Decision::damaged;
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
    return load_le<std::uint32_t>(at_) == header_sum(at_, salt, offset, key());
  }

  std::uint32_t value_sum() const noexcept { return load_le<std::uint32_t>(at_ + 4); }
  bool value_is_right() const noexcept { return value_sum() == crc32c(value()); }

  /// The checksum of a header with its key. Short keys are put behind it, because one long CRC is cheaper than three.
  static std::uint32_t header_sum(const std::byte* at, std::uint64_t salt, std::uint64_t offset,
                                  std::string_view key) noexcept {
    constexpr std::size_t front = 16 + commit_offset - 4;
    std::array<std::byte, front + 60> bytes;
    store_le(bytes.data(), salt);
    store_le(bytes.data() + 8, offset);
    std::memcpy(bytes.data() + 16, at + 4, commit_offset - 4);
    const std::size_t near = key.size() <= bytes.size() - front ? key.size() : 0;
    if (near != 0) std::memcpy(bytes.data() + front, key.data(), near);
    const std::uint32_t sum = crc32c(std::span<const std::byte>{bytes}.first(front + near));
    return near == key.size() ? sum : crc32c(std::as_bytes(std::span{key}), sum);
  }

 private:
  const std::byte* at_ = nullptr;
};

/// Puts right the one bit that is wrong in the header or the key of what should be a record at `offset`, where that is all
/// that is wrong. The hash of the key is a second witness besides the checksum. Says whether there is a record now. Nobody
/// else may look at it meanwhile.
inline bool mend_record(std::byte* at, std::uint64_t salt, std::uint64_t offset, std::uint64_t room) {
  if (room < record_header_size) return false;
  const auto right_with = [&](std::size_t byte, unsigned bit) {
    const auto flip = static_cast<std::byte>(1U << bit);
    at[byte] ^= flip;
    const RecordView record{at};
    if (record.header_is_right(salt, offset, room) && hash_of_key(record.key()).first == record.key_hash()) return true;
    at[byte] ^= flip;
    return false;
  };
  // With another length of the key the checksum is of other bytes: one attempt for each.
  for (unsigned bit = 0; bit < 16; ++bit) {
    if (right_with(28 + bit / 8, bit % 8)) return true;
  }
  const std::size_t key = RecordView{at}.key_size();
  if (record_header_size + key > room) return false;
  const std::uint32_t wrong =
      load_le<std::uint32_t>(at) ^ RecordView::header_sum(at, salt, offset, RecordView{at}.key());
  if (std::popcount(wrong) == 1) {
    const auto bit = static_cast<unsigned>(std::countr_zero(wrong));
    return right_with(bit / 8, bit % 8);
  }
  // What a wrong bit does to the checksum, from the last bit on: a step of the shift register for each.
  std::uint32_t would_be = 0x82F63B78U;
  for (std::size_t byte = record_header_size + key; byte-- > 4;) {
    if (byte >= commit_offset && byte < record_header_size) continue;
    for (unsigned bit = 8; bit-- > 0;) {
      if (would_be == wrong) return right_with(byte, bit);
      would_be = (would_be >> 1) ^ ((would_be & 1) != 0 ? 0x82F63B78U : 0U);
    }
  }
  return false;
}

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

/// Writes the header of the record that is to lie at `offset`.
inline void write_record_header(std::byte* to, const RecordPlan& plan, std::uint64_t salt, std::uint64_t offset) {
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
  store_le(to, RecordView::header_sum(to, salt, offset, plan.key));
}

/// Writes key and `value_head` behind the header at `to`; returns how many bytes that is with the header.
inline std::size_t write_record_key(std::byte* to, const RecordPlan& plan) {
  std::size_t used = record_header_size;
  if (!plan.key.empty()) std::memcpy(to + used, plan.key.data(), plan.key.size());
  used += plan.key.size();
  if (!plan.value_head.empty()) std::memcpy(to + used, plan.value_head.data(), plan.value_head.size());
  return used + plan.value_head.size();
}

/// Writes all of a record behind its header.
inline void write_record_body(std::byte* to, const RecordPlan& plan) {
  std::size_t used = write_record_key(to, plan);
  if (!plan.value.empty()) std::memcpy(to + used, plan.value.data(), plan.value.size());
  used += plan.value.size();
  std::memset(to + used, 0, static_cast<std::size_t>(plan.size()) - used);
}

/// Writes the whole record that is to lie at `offset` to `to`, which has room for `RecordPlan::size` bytes.
inline void write_record(std::byte* to, RecordPlan plan, std::uint64_t salt, std::uint64_t offset) {
  plan.seal();
  write_record_header(to, plan, salt, offset);
  write_record_body(to, plan);
}

/// As `write_record`, of a plan that is sealed, in memory that others share. The first 8 bytes, with the checksum of the
/// header, come last: whoever is killed meanwhile leaves a whole record or none.
inline void store_record(std::byte* to, const RecordPlan& plan, std::uint64_t salt, std::uint64_t offset) {
  alignas(8) std::array<std::byte, record_header_size> header;
  write_record_header(header.data(), plan, salt, offset);
  std::memcpy(to + 8, header.data() + 8, header.size() - 8);
  write_record_body(to, plan);
  std::uint64_t first = 0;
  std::memcpy(&first, header.data(), sizeof first);
  // Release: the rest of the record is there before it, and so are all records before.
  std::atomic_ref<std::uint64_t>{*reinterpret_cast<std::uint64_t*>(to)}.store(first, std::memory_order_release);
}

}  // namespace ashlar::inline v0::detail
