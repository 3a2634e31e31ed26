// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

// The LZ4 block format (lz4_Block_format.md): sequences of
//   token        high four bits: literal count, low four bits: match length - 4; 15 means "and more bytes follow"
//   more bytes   each adds up to 255; the first below 255 is the last
//   literals
//   distance     two bytes, little endian, 1 to 65535, back from here; the block's last sequence ends before it
//   more bytes   of the match length
// A block ends with at least five literals, and its last match begins at least twelve bytes before the end.
namespace ashlar::inline v0::detail::lz4 {

inline constexpr std::size_t shortest_match = 4;
inline constexpr std::size_t farthest = 65535;
inline constexpr std::size_t last_literals = 5;
inline constexpr std::size_t no_match_within = 12;
// Where a match may begin, in a value of this size, fits into 16 bits.
inline constexpr std::size_t most_for_16_bits = farthest + no_match_within;

/// No packed form of `size` bytes is longer.
constexpr std::size_t longest_packed(std::size_t size) noexcept { return size + size / 255 + 16; }
/// No `size` packed bytes hold more.
constexpr std::size_t most_raw(std::size_t size) noexcept {
  return size > (~std::size_t{0} >> 8) ? ~std::size_t{0} : size * 255;
}

template <class T>
inline T load(const unsigned char* from) noexcept {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}
inline std::size_t load_distance(const unsigned char* from) noexcept {
  return static_cast<std::size_t>(from[0]) | static_cast<std::size_t>(from[1]) << 8;
}
/// Of eight bytes that were compared with `^`: how many are equal before the first that differs.
inline unsigned equal_bytes(std::uint64_t difference) noexcept {
  const int bits =
      std::endian::native == std::endian::little ? std::countr_zero(difference) : std::countl_zero(difference);
  return static_cast<unsigned>(bits) / 8;
}

}  // namespace ashlar::inline v0::detail::lz4
