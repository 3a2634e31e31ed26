// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <ashlar/simd/detail/crc32c_scalar.hpp>

namespace ashlar::inline v0::detail {

// What moves the two 64-bit halves of a 16-byte block `distance` bytes forward, by carry-less multiplication:
// x^(8 distance + 32) and x^(8 distance - 32) modulo the polynomial, reflected.
constexpr std::array<std::uint64_t, 2> crc32c_factors_at(std::size_t distance) noexcept {
  const auto power = [](std::size_t exponent) {
    std::uint32_t value = 0x80000000u;
    for (; exponent != 0; --exponent) {
      value = (value >> 1) ^ ((value & 1u) != 0 ? crc32c_polynomial : 0u);
    }
    return std::uint64_t{value} << 1;
  };
  return {power(8 * distance + 32), power(8 * distance - 32)};
}

alignas(16) inline constexpr std::array<std::array<std::uint64_t, 2>, 5> crc32c_fold_table{
    crc32c_factors_at(16), crc32c_factors_at(32), crc32c_factors_at(64), crc32c_factors_at(128),
    crc32c_factors_at(256)};

// `distance`: 16, 32, 64, 128 or 256.
constexpr const std::array<std::uint64_t, 2>& crc32c_factors(std::size_t distance) noexcept {
  std::size_t index = 0;
  while ((std::size_t{16} << index) < distance) {
    ++index;
  }
  return crc32c_fold_table[index];
}

}  // namespace ashlar::inline v0::detail
