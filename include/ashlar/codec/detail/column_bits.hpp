// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include <ashlar/codec/byte_reader.hpp>
#include <ashlar/codec/byte_writer.hpp>

// Values of equal width one after another, lowest bits first: for what is shorter than a block.
namespace ashlar::inline v0::detail::column {

/// The width that values of `bits` bits are packed with: above 56 a value could straddle nine bytes.
constexpr unsigned linear_width(unsigned bits) noexcept { return bits > 56 ? 64 : bits; }
constexpr std::size_t linear_bytes(std::size_t count, unsigned width) noexcept { return (count * width + 7) / 8; }

/// Writes `linear_bytes(count, width)` bytes; may write up to 8 more.
inline void pack_linear(const std::uint64_t* values, std::size_t count, unsigned width, std::byte* out) noexcept {
  if (width == 64) {
    for (std::size_t i = 0; i < count; ++i) store_little(out + i * 8, values[i]);
    return;
  }
  std::uint64_t word = 0;
  unsigned used = 0;
  for (std::size_t i = 0; i < count; ++i) {
    word |= values[i] << used;
    used += width;
    store_little(out, word);
    const unsigned whole = used / 8;
    out += whole;
    word = whole == 8 ? 0 : word >> (8 * whole);
    used -= 8 * whole;
  }
}

/// Reads `linear_bytes(count, width)` bytes and none behind them.
inline void unpack_linear(const std::byte* in, std::size_t count, unsigned width, std::uint64_t* out) noexcept {
  const std::size_t size = linear_bytes(count, width);
  const std::uint64_t mask = width >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << width) - 1;
  std::size_t bit = 0;
  std::size_t i = 0;
  for (; i < count && bit / 8 + 8 <= size; ++i, bit += width) {
    out[i] = (load_little<std::uint64_t>(in + bit / 8) >> (bit % 8)) & mask;
  }
  for (; i < count; ++i, bit += width) {
    std::byte last[8] = {};
    if (bit / 8 < size) std::memcpy(last, in + bit / 8, size - bit / 8);
    out[i] = (load_little<std::uint64_t>(last) >> (bit % 8)) & mask;
  }
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

}  // namespace ashlar::inline v0::detail::column
