// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>

#include <ashlar/codec/detail/column_bits.hpp>

// The block kernels of Columnar as plain loops. A block is up to 1024 values of 64 bits; what a kernel computes, and so
// every packed byte, is the same on every target.
namespace ashlar::inline v0::detail::column {

inline constexpr std::size_t block = 1024;
inline constexpr std::size_t lanes = 16;  // of sums
/// The differences of a full block are eight chains of 128, so that eight of them can be summed up side by side.
inline constexpr std::size_t chains = 8;
inline constexpr std::size_t chain = block / chains;
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

/// value * 10^down * 10^-up, the multiplications rounded one after the other.
inline double to_decimal_value(std::uint64_t value, unsigned up, unsigned down) noexcept {
  const double whole = std::bit_cast<double>(value + std::bit_cast<std::uint64_t>(magic)) - magic;
  return whole * powers[down] * inverse_powers[up];
}

// Bits that `size` values of `width` take where `above` of them are wider, the widest of `widest` bits. An exception
// also costs time, which counts as two bytes.
constexpr std::uint64_t patched_cost(std::size_t size, unsigned width, unsigned above, unsigned widest) noexcept {
  return std::uint64_t{width} * size +
         (above == 0 ? 0 : 16 + std::uint64_t{above} * (32 + 8 * ((widest - std::min(width, widest) + 7) / 8)));
}

/// Values less `base`, modulo 2^64, in `width` bits, and how many do not fit.
struct Frame {
  std::uint64_t base = 0;
  std::uint64_t cost = 0;  ///< in bits
  unsigned width = 0;
  unsigned exceptions = 0;
};

// The frame of least cost. `count(w)` is how many words are of width `w`, `top` the largest such width, `widest` that of
// the widest word as a zigzag number.
template <class Count>
inline Frame frame_of_widths(Count count, std::size_t size, unsigned top, unsigned widest,
                             std::uint64_t base) noexcept {
  Frame best{.base = base, .cost = patched_cost(size, packed_width(top), 0, widest), .width = packed_width(top)};
  unsigned above = 0;
  for (unsigned width = top; width > 0; --width) {
    above += count(width);
    if (above > most_exceptions) break;
    if (width > most_width + 1) continue;
    const std::uint64_t cost = patched_cost(size, width - 1, above, widest);
    if (cost < best.cost) best = {.base = base, .cost = cost, .width = width - 1, .exceptions = above};
    // Fewer bits for this many exceptions would not pay any more.
    if (std::uint64_t{above} * 32 >= best.cost) break;
  }
  return best;
}

namespace scalar {

inline void range(const std::int64_t* values, std::size_t size, std::int64_t* smallest,
                  std::int64_t* largest) noexcept {
  std::int64_t low = values[0];
  std::int64_t high = values[0];
  for (std::size_t i = 1; i < size; ++i) {
    low = std::min(low, values[i]);
    high = std::max(high, values[i]);
  }
  *smallest = low;
  *largest = high;
}

// How many values differ from the one before.
inline std::size_t changes(const std::int64_t* values, std::size_t size) noexcept {
  std::size_t count = 0;
  for (std::size_t i = 1; i < size; ++i) count += values[i] != values[i - 1] ? 1 : 0;
  return count;
}

// Words below zero count as of 64 bits.
inline void best_frame(const std::int64_t* values, std::size_t size, std::uint64_t base, Frame* best) noexcept {
  unsigned counts[65] = {};
  std::uint64_t all = 0;
  for (std::size_t i = 0; i < size; ++i) {
    const std::uint64_t word = static_cast<std::uint64_t>(values[i]) - base;
    ++counts[std::bit_width(word)];
    all |= column::zigzag(word);
  }
  unsigned top = 64;
  while (top > 0 && counts[top] == 0) --top;
  const auto count = [&](unsigned width) { return counts[width]; };
  *best = frame_of_widths(count, size, top, static_cast<unsigned>(std::bit_width(all)), base);
}

// out = unpacked + base. Reads `packed_bytes(count, width)` bytes.
inline void unpack(const std::byte* in, std::size_t count, unsigned width, std::uint64_t base,
                   std::uint64_t* out) noexcept {
  const std::size_t size = packed_bytes(count, width);
  if (width == 0) {
    std::fill_n(out, count, base);
  } else if (size >= 8) {
    for (std::size_t i = 0; i < count; ++i) out[i] = packed_at(in, size, i, width) + base;
  } else {
    const std::uint64_t all = get_number(in, static_cast<unsigned>(size));
    for (std::size_t i = 0; i < count; ++i) out[i] = ((all >> (i * width)) & low_bits(width)) + base;
  }
}

// out = (unpacked + base) as decimals.
inline void unpack_decimals(const std::byte* in, std::size_t count, unsigned width, std::uint64_t base, unsigned up,
                            unsigned down, double* out) noexcept {
  if (width == 0) {
    std::fill_n(out, count, to_decimal_value(base, up, down));
    return;
  }
  std::uint64_t words[block];
  unpack(in, count, width, base, words);
  for (std::size_t i = 0; i < count; ++i) out[i] = to_decimal_value(words[i], up, down);
}

// From a full block of differences back to values. Difference i belongs to chain i % 8, whose values lie in a row.
inline void undelta(const std::uint64_t* words, const std::uint64_t* starts, std::uint64_t* out) noexcept {
  for (std::size_t c = 0; c < chains; ++c) {
    std::uint64_t value = starts[c];
    for (std::size_t i = 0; i < chain; ++i) out[c * chain + i] = value += words[i * chains + c];
  }
}
// The same from packed differences.
inline void unpack_deltas(const std::byte* in, unsigned width, std::uint64_t base, const std::uint64_t* starts,
                          std::uint64_t* out) noexcept {
  std::uint64_t words[block];
  unpack(in, block, width, base, words);
  undelta(words, starts, out);
}

// out[i] = values[number of ones in bits 0 to i], lowest bits first. 8 values more than there are ones can be read.
inline void expand_runs(const std::uint8_t* bits, const std::uint64_t* values, std::uint64_t* out) noexcept {
  for (std::size_t i = 0; i < block; i += 8) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      values += (bits[i / 8] >> bit) & 1;
      out[i + bit] = *values;
    }
  }
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
  for (std::size_t i = 0; i < block; ++i) out[i] = to_decimal_value(static_cast<std::uint64_t>(values[i]), up, down);
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

// sums[l] += the values at places l, l + 16, …; smallest and largest of all, NaN left out.
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
