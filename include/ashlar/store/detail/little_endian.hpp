// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstring>

namespace ashlar::inline v0::detail {

/// The unsigned number whose little-endian bytes begin at `from`.
template <std::unsigned_integral T>
T load_le(const std::byte* from) noexcept {
  T value;
  std::memcpy(&value, from, sizeof value);
  if constexpr (std::endian::native == std::endian::big) {
    T turned = 0;
    for (std::size_t i = 0; i < sizeof value; ++i) turned = static_cast<T>((turned << 8) | (value >> (8 * i) & 0xFF));
    return turned;
  }
  return value;
}

/// Writes the little-endian bytes of `value` to `to`.
template <std::unsigned_integral T>
void store_le(std::byte* to, T value) noexcept {
  for (std::size_t i = 0; i < sizeof value; ++i) to[i] = static_cast<std::byte>((value >> (8 * i)) & 0xFF);
}

}  // namespace ashlar::inline v0::detail
