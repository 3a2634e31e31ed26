// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include <ashlar/codec/byte_reader.hpp>
#include <ashlar/codec/byte_writer.hpp>

// Numbers of equal width one after another, lowest bits first. Eight of them take `width` whole bytes.
namespace ashlar::inline v0::detail::column {

/// Above 56 bits a number could straddle nine bytes: then it takes eight.
inline constexpr unsigned most_width = 56;
constexpr unsigned packed_width(unsigned bits) noexcept { return bits > most_width ? 64 : bits; }
constexpr bool can_be_width(unsigned width) noexcept { return width <= most_width || width == 64; }
constexpr std::size_t packed_bytes(std::size_t count, unsigned width) noexcept { return (count * width + 7) / 8; }

constexpr std::uint64_t low_bits(unsigned width) noexcept {
  return width >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << width) - 1;
}
constexpr std::uint64_t zigzag(std::uint64_t value) noexcept { return (value << 1) ^ (0 - (value >> 63)); }
constexpr std::uint64_t unzigzag(std::uint64_t value) noexcept { return (value >> 1) ^ (0 - (value & 1)); }

/// Writes the low `width` bits of `values[i] - base`: `packed_bytes(count, width)` bytes and up to 8 more.
inline void pack(const std::int64_t* values, std::size_t count, std::uint64_t base, unsigned width,
                 std::byte* out) noexcept {
  const auto at = [&](std::size_t i) { return static_cast<std::uint64_t>(values[i]) - base; };
  if (width == 0) return;
  if (width == 64) {
    for (std::size_t i = 0; i < count; ++i) store_little(out + i * 8, at(i));
    return;
  }
  const std::uint64_t mask = low_bits(width);
  std::uint64_t word = 0;
  unsigned used = 0;
  const auto put = [&](std::uint64_t value, unsigned bits) {
    word |= value << used;
    used += bits;
    store_little(out, word);
    const unsigned whole = used / 8;
    out += whole;
    word = whole == 8 ? 0 : word >> (8 * whole);
    used -= 8 * whole;
  };
  std::size_t i = 0;
  // Joined first, so that fewer steps wait for the one before.
  if (width <= 14) {
    for (; i + 4 <= count; i += 4) {
      const std::uint64_t low = (at(i) & mask) | (at(i + 1) & mask) << width;
      const std::uint64_t high = (at(i + 2) & mask) | (at(i + 3) & mask) << width;
      put(low | high << (2 * width), 4 * width);
    }
  } else if (width <= 28) {
    for (; i + 2 <= count; i += 2) put((at(i) & mask) | (at(i + 1) & mask) << width, 2 * width);
  }
  for (; i < count; ++i) put(at(i) & mask, width);
}

/// Number `i` of those that `size` bytes hold, 8 or more; reads none behind them.
inline std::uint64_t packed_at(const std::byte* in, std::size_t size, std::size_t i, unsigned width) noexcept {
  const std::size_t bit = i * width;
  const std::size_t from = std::min(bit / 8, size - 8);
  return width == 0 ? 0 : (load_little<std::uint64_t>(in + from) >> (bit - from * 8)) & low_bits(width);
}

/// A number in as few bytes as it needs, 0 to 8.
inline unsigned least_number_bytes(std::uint64_t value) noexcept {
  return (static_cast<unsigned>(std::bit_width(value)) + 7) / 8;
}
inline void put_number(std::byte* out, std::uint64_t value, unsigned bytes) noexcept {
  for (unsigned i = 0; i < bytes; ++i) out[i] = static_cast<std::byte>(value >> (8 * i));
}
inline std::uint64_t get_number(const std::byte* in, unsigned bytes) noexcept {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < bytes; ++i) value |= std::to_integer<std::uint64_t>(in[i]) << (8 * i);
  return value;
}
/// The same where `left` bytes can be read: mostly by one load.
inline std::uint64_t get_number(const std::byte* in, unsigned bytes, std::size_t left) noexcept {
  return left >= 8 ? load_little<std::uint64_t>(in) & low_bits(8 * bytes) : get_number(in, bytes);
}

}  // namespace ashlar::inline v0::detail::column
