// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>

#include <ashlar/codec/byte_reader.hpp>
#include <ashlar/codec/byte_writer.hpp>

// The block kernels of Columnar as plain loops. A block is 1024 values of 64 bits; what a kernel computes, and so every
// packed byte, is the same on every target.
namespace ashlar::inline v0::detail::column {

inline constexpr std::size_t block = 1024;
inline constexpr std::size_t lanes = 16;
inline constexpr std::size_t lane_rows = block / lanes;
inline constexpr std::size_t word_row = lanes * 8;  // bytes that one bit of width takes
inline constexpr unsigned most_exceptions = 255;

inline constexpr std::array<double, 19> powers = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8, 1e9,
                                                  1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18};
inline constexpr std::array<double, 19> inverse_powers = {1e0,   1e-1,  1e-2,  1e-3,  1e-4,  1e-5,  1e-6,
                                                          1e-7,  1e-8,  1e-9,  1e-10, 1e-11, 1e-12, 1e-13,
                                                          1e-14, 1e-15, 1e-16, 1e-17, 1e-18};
// Adding 1.5 * 2^52 leaves a rounded integer in the low bits of a double. Up to 2^49 a value that comes back exactly
// was so near its integer that it does not matter whether multiplication and addition were fused.
inline constexpr double magic = 6755399441055744.0;
inline constexpr double most_decimal = 562949953421312.0;

constexpr std::uint64_t low_bits(unsigned width) noexcept {
  return width >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << width) - 1;
}
constexpr std::uint64_t zigzag(std::uint64_t value) noexcept { return (value << 1) ^ (0 - (value >> 63)); }
constexpr std::uint64_t unzigzag(std::uint64_t value) noexcept { return (value >> 1) ^ (0 - (value & 1)); }
constexpr unsigned bytes_for(unsigned bits) noexcept { return (bits + 7) / 8; }

// Bits that a block of `width` takes with `above` values that are wider, of `widest` bits at most.
constexpr std::uint64_t patched_cost(unsigned width, unsigned above, unsigned widest) noexcept {
  return std::uint64_t{width} * block +
         (above == 0 ? 0 : 16 + std::uint64_t{above} * (16 + 8 * bytes_for(widest - width)));
}

namespace scalar {

inline void range(const std::int64_t* values, std::int64_t* smallest, std::int64_t* largest) noexcept {
  std::int64_t low = values[0];
  std::int64_t high = values[0];
  for (std::size_t i = 1; i < block; ++i) {
    low = std::min(low, values[i]);
    high = std::max(high, values[i]);
  }
  *smallest = low;
  *largest = high;
}

// out = values - base.
inline void offsets(const std::int64_t* values, std::uint64_t base, std::uint64_t* out) noexcept {
  for (std::size_t i = 0; i < block; ++i) out[i] = static_cast<std::uint64_t>(values[i]) - base;
}
// out = zigzag of values - centre.
inline void zigzags(const std::int64_t* values, std::uint64_t centre, std::uint64_t* out) noexcept {
  for (std::size_t i = 0; i < block; ++i) out[i] = zigzag(static_cast<std::uint64_t>(values[i]) - centre);
}
// out = zigzag of the difference to the value before, 0 for the first. Returns how many differ from the one before.
inline std::size_t deltas(const std::int64_t* values, std::uint64_t* out) noexcept {
  std::size_t changes = 0;
  out[0] = 0;
  for (std::size_t i = 1; i < block; ++i) {
    out[i] = zigzag(static_cast<std::uint64_t>(values[i]) - static_cast<std::uint64_t>(values[i - 1]));
    changes += out[i] != 0 ? 1 : 0;
  }
  return changes;
}

// The width of least `patched_cost`, and how many values are wider than that.
inline unsigned best_width(const std::uint64_t* values, unsigned* exceptions) noexcept {
  unsigned counts[65] = {};
  for (std::size_t i = 0; i < block; ++i) ++counts[std::bit_width(values[i])];
  unsigned widest = 64;
  while (widest > 0 && counts[widest] == 0) --widest;
  *exceptions = 0;
  if (widest >= 63) return 64;
  unsigned best = widest;
  unsigned above = 0;
  std::uint64_t least = patched_cost(widest, 0, widest);
  for (unsigned width = widest; width-- > 0;) {
    above += counts[width + 1];
    if (above > most_exceptions) break;
    if (const auto cost = patched_cost(width, above, widest); cost < least) {
      least = cost;
      best = width;
      *exceptions = above;
    }
  }
  return best;
}

// Lane l holds values l, l + 16, l + 32, … one after another in its own words; word w of lane l is at w * 16 + l.
inline void pack(const std::uint64_t* values, std::byte* out, unsigned width) noexcept {
  if (width == 0) return;
  const std::uint64_t mask = low_bits(width);
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    std::uint64_t word = 0;
    unsigned used = 0;
    std::byte* to = out + lane * 8;
    for (std::size_t row = 0; row < lane_rows; ++row) {
      const std::uint64_t value = values[row * lanes + lane] & mask;
      word |= value << used;
      used += width;
      if (used >= 64) {
        store_little(to, word);
        to += word_row;
        used -= 64;
        word = used == 0 ? 0 : value >> (width - used);
      }
    }
  }
}
// out = unpacked + base. Reads width * 128 bytes.
inline void unpack(const std::byte* in, std::uint64_t* out, unsigned width, std::uint64_t base) noexcept {
  if (width == 0) {
    std::fill_n(out, block, base);
    return;
  }
  const std::uint64_t mask = low_bits(width);
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    const std::byte* from = in + lane * 8;
    std::uint64_t word = load_little<std::uint64_t>(from);
    unsigned used = 0;
    for (std::size_t row = 0; row < lane_rows; ++row) {
      std::uint64_t value = word >> used;
      used += width;
      if (used >= 64) {
        used -= 64;
        if (row + 1 < lane_rows) {
          from += word_row;
          word = load_little<std::uint64_t>(from);
          if (used != 0) value |= word << (width - used);
        }
      }
      out[row * lanes + lane] = (value & mask) + base;
    }
  }
}

// From zigzags of differences back to values, in place; the first value is `first`.
inline void undelta(std::uint64_t* values, std::uint64_t first) noexcept {
  for (std::size_t i = 0; i < block; ++i) {
    first += unzigzag(values[i]);
    values[i] = first;
  }
}
inline void unzigzags(std::uint64_t* values, std::uint64_t centre) noexcept {
  for (std::size_t i = 0; i < block; ++i) values[i] = unzigzag(values[i]) + centre;
}

// out = the integers that stand for `values` as decimals; returns how many values they do not restore bit for bit,
// whose places are in `exceptions`.
inline std::size_t to_decimal(const double* values, std::int64_t* out, unsigned up, unsigned down,
                              std::uint16_t* exceptions) noexcept {
  std::size_t count = 0;
  for (std::size_t i = 0; i < block; ++i) {
    const double shifted = values[i] * powers[up] * inverse_powers[down] + magic;
    const double whole = shifted - magic;
    const double back = whole * powers[down] * inverse_powers[up];
    out[i] = static_cast<std::int64_t>(std::bit_cast<std::uint64_t>(shifted) - std::bit_cast<std::uint64_t>(magic));
    const bool exact =
        std::bit_cast<std::uint64_t>(back) == std::bit_cast<std::uint64_t>(values[i]) && std::abs(whole) < most_decimal;
    exceptions[count] = static_cast<std::uint16_t>(i);
    count += exact ? 0 : 1;
  }
  return count;
}
inline void from_decimal(const std::int64_t* values, double* out, unsigned up, unsigned down) noexcept {
  for (std::size_t i = 0; i < block; ++i) {
    const double whole =
        std::bit_cast<double>(static_cast<std::uint64_t>(values[i]) + std::bit_cast<std::uint64_t>(magic)) - magic;
    out[i] = whole * powers[down] * inverse_powers[up];
  }
}

// Sum of the low and of the high (signed) halves; each is exact.
inline void sum(const std::int64_t* values, std::size_t count, std::uint64_t* low, std::int64_t* high) noexcept {
  std::uint64_t low_sum = 0;
  std::int64_t high_sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    low_sum += static_cast<std::uint64_t>(values[i]) & 0xFFFFFFFFu;
    high_sum += values[i] >> 32;
  }
  *low = low_sum;
  *high = high_sum;
}

// out[l] += the values at places l, l + 16, …; smallest and largest of all, NaN left out.
inline void add_doubles(const double* values, double* sums, double* smallest, double* largest) noexcept {
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  for (std::size_t i = 0; i < block; ++i) {
    sums[i % lanes] += values[i];
    low = values[i] < low ? values[i] : low;
    high = values[i] > high ? values[i] : high;
  }
  *smallest = low;
  *largest = high;
}

}  // namespace scalar
}  // namespace ashlar::inline v0::detail::column
