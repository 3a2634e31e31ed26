// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include <ashlar/codec/detail/column_integers.hpp>
#include <ashlar/codec/detail/column_texts.hpp>
#include <ashlar/simd/crc32c.hpp>

// What is known of each block of a column of numbers without reading it: zones, as in zone maps. A column of more than
// one block begins with them: four lists of words, then the CRC-32C of the bytes of those lists.
namespace ashlar::inline v0::detail::column {

/// Sum and range of integers, as words. The sum is high * 2^32 + low, exactly; past 2^95, which takes 2^32 rows, `high`
/// wraps around.
struct IntegerZone {
  std::int64_t smallest = INT64_MAX;
  std::int64_t largest = INT64_MIN;
  std::uint64_t low = 0;
  std::int64_t high = 0;

  static IntegerZone of(const std::int64_t* words, std::size_t size) noexcept {
    IntegerZone zone;
    range(words, size, &zone.smallest, &zone.largest);
    sum(words, size, &zone.low, &zone.high);
    zone.carry();
    return zone;
  }
  void add(const IntegerZone& more) noexcept {
    smallest = std::min(smallest, more.smallest);
    largest = std::max(largest, more.largest);
    low += more.low;
    high = wrapped(high, static_cast<std::uint64_t>(more.high));
    carry();
  }
  bool inside(std::int64_t least, std::int64_t most) const noexcept { return smallest >= least && largest <= most; }
  bool can_be(std::size_t size) const noexcept {
    // |sum| <= size * 2^63, so that adding up blocks does not overflow.
    const auto limit = static_cast<std::int64_t>(size) << 31;
    return smallest <= largest && low >> 32 == 0 && high >= -limit && high <= limit;
  }

  void to_words(std::int64_t* words) const noexcept {
    words[0] = smallest;
    words[1] = largest;
    words[2] = static_cast<std::int64_t>(low);
    words[3] = high;
  }
  static IntegerZone from_words(const std::int64_t* words) noexcept {
    return {words[0], words[1], static_cast<std::uint64_t>(words[2]), words[3]};
  }

 private:
  static std::int64_t wrapped(std::int64_t value, std::uint64_t more) noexcept {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(value) + more);
  }
  void carry() noexcept {
    high = wrapped(high, low >> 32);
    low &= 0xFFFFFFFFu;
  }
};

/// Sum and range of doubles. A block's sum is that of 16 sums, each of every sixteenth value; blocks are added in order.
/// NaN is in no range.
struct RealZone {
  double smallest = std::numeric_limits<double>::infinity();
  double largest = -std::numeric_limits<double>::infinity();
  double sum = 0;

  static RealZone of(const double* values, std::size_t size) noexcept {
    RealZone zone;
    double sums[lanes] = {};
    if (size == block) {
      add_doubles(values, sums, &zone.smallest, &zone.largest);
    } else {
      for (std::size_t i = 0; i < size; ++i) {
        sums[i % lanes] += values[i];
        zone.smallest = values[i] < zone.smallest ? values[i] : zone.smallest;
        zone.largest = values[i] > zone.largest ? values[i] : zone.largest;
      }
    }
    for (const double lane : sums) zone.sum += lane;
    // Machines differ in the sign of zeros and in the bits of NaN.
    zone.smallest += 0.0;
    zone.largest += 0.0;
    if (zone.sum != zone.sum) zone.sum = std::numeric_limits<double>::quiet_NaN();
    return zone;
  }
  void add(const RealZone& more) noexcept {
    smallest = std::min(smallest, more.smallest);
    largest = std::max(largest, more.largest);
    sum += more.sum;
  }
  bool can_be(std::size_t) const noexcept { return smallest == smallest && largest == largest; }

  void to_words(std::int64_t* words) const noexcept {
    words[0] = std::bit_cast<std::int64_t>(smallest);
    words[1] = std::bit_cast<std::int64_t>(largest);
    words[2] = std::bit_cast<std::int64_t>(sum);
    words[3] = 0;
  }
  static RealZone from_words(const std::int64_t* words) noexcept {
    return {std::bit_cast<double>(words[0]), std::bit_cast<double>(words[1]), std::bit_cast<double>(words[2])};
  }
};

inline constexpr std::size_t zone_words = 4;

/// Appends the zones of a column, if it has more than one block.
template <class Zone>
inline void write_zones(std::span<const Zone> zones, ByteVector& out) {
  if (zones.size() < 2) return;
  BlockList lists;
  std::byte packed[most_block_bytes];
  std::int64_t words[block];
  for (std::size_t word = 0; word < zone_words; ++word) {
    for (std::size_t b = 0; b < blocks_of(zones.size()); ++b) {
      const std::size_t count = rows_in(b, zones.size());
      for (std::size_t i = 0; i < count; ++i) {
        std::int64_t all[zone_words];
        zones[b * block + i].to_words(all);
        words[i] = all[word];
      }
      lists.add(packed, encode_integers(words, count, packed));
    }
  }
  ByteVector bytes;
  lists.write_to(bytes);
  append_bytes(out, bytes);
  ByteWriter writer{out};
  writer.number(crc32c(bytes));
  writer.flush();
}

/// The zones of a column that lie in packed bytes.
class ZoneIndex {
 public:
  /// Reads past the zones of a column of `blocks` blocks.
  bool read(ByteReader& reader, std::size_t blocks, std::span<const std::byte> all) {
    if (blocks < 2) return true;
    const std::size_t start = reader.offset();
    if (!lists_.read(reader, zone_words * blocks_of(blocks))) return false;
    const auto bytes = all.subspan(start, reader.offset() - start);
    std::uint32_t stored = 0;
    if (!reader.number(stored)) return false;
    return stored == crc32c(bytes) || reader.fail("what is said of its blocks is damaged");
  }
  bool empty() const noexcept { return lists_.size() == 0; }

  /// Calls `add(zone, block)` for each zone of `count` blocks that hold `rows` rows; false where they are damaged.
  template <class Zone, class F>
  bool each(std::size_t count, std::size_t rows, F add) const {
    const std::size_t pages = blocks_of(count);
    std::int64_t words[zone_words][block];
    for (std::size_t page = 0; page < pages; ++page) {
      const std::size_t in_page = rows_in(page, count);
      for (std::size_t word = 0; word < zone_words; ++word) {
        const auto piece = lists_[word * pages + page];
        if (!decode_integers(piece.data(), piece.size(), in_page, words[word])) return false;
      }
      for (std::size_t i = 0; i < in_page; ++i) {
        const std::int64_t all[zone_words] = {words[0][i], words[1][i], words[2][i], words[3][i]};
        const Zone zone = Zone::from_words(all);
        const std::size_t b = page * block + i;
        if (!zone.can_be(rows_in(b, rows))) return false;
        add(zone, b);
      }
    }
    return true;
  }

 private:
  BlockIndex lists_;
};

}  // namespace ashlar::inline v0::detail::column
