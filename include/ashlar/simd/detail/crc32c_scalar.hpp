// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace ashlar::inline v0::detail {

// The Castagnoli polynomial, bit-reflected, without its x^32 term.
inline constexpr std::uint32_t crc32c_polynomial = 0x82F63B78u;

// after[k][b]: the register after byte b and then k zero bytes. It is linear in b, so bytes of one bit determine it;
// every unit that includes this computes it, so the way matters, and no call of std::array's [].
struct Crc32cTables {
  std::uint32_t after[8][256];
};
inline constexpr Crc32cTables crc32c_tables = [] {
  Crc32cTables tables{};
  std::uint32_t crc = crc32c_polynomial;  // of the byte 0x80
  for (std::size_t k = 0; k < 8; ++k) {
    for (std::size_t b = 128; b != 0; b /= 2) {
      tables.after[k][b] = crc;
      crc = (crc >> 1) ^ ((crc & 1u) != 0 ? crc32c_polynomial : 0u);
    }
    for (std::size_t b = 3; b < 256; ++b) {
      if ((b & (b - 1)) != 0) tables.after[k][b] = tables.after[k][b & (b - 1)] ^ tables.after[k][b & (~b + 1)];
    }
  }
  return tables;
}();

// Advances the register (not inverted) over `size` bytes: eight bytes at a time by eight tables ("slicing-by-8").
inline std::uint32_t crc32c_register(const std::byte* bytes, std::size_t size, std::uint32_t crc) noexcept {
  const auto& t = crc32c_tables.after;
  if constexpr (std::endian::native == std::endian::little) {
    for (; size >= 8; bytes += 8, size -= 8) {
      std::uint64_t word;
      std::memcpy(&word, bytes, 8);
      word ^= crc;
      crc = t[7][word & 0xFFu] ^ t[6][(word >> 8) & 0xFFu] ^ t[5][(word >> 16) & 0xFFu] ^ t[4][(word >> 24) & 0xFFu] ^
            t[3][(word >> 32) & 0xFFu] ^ t[2][(word >> 40) & 0xFFu] ^ t[1][(word >> 48) & 0xFFu] ^ t[0][word >> 56];
    }
  }
  for (; size != 0; ++bytes, --size) {
    crc = (crc >> 8) ^ t[0][(crc ^ std::to_integer<std::uint32_t>(*bytes)) & 0xFFu];
  }
  return crc;
}

namespace scalar {

inline std::uint32_t crc32c(const std::byte* bytes, std::size_t size, std::uint32_t seed) noexcept {
  return ~crc32c_register(bytes, size, ~seed);
}

}  // namespace scalar

}  // namespace ashlar::inline v0::detail
