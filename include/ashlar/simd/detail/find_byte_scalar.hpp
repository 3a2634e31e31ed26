// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace ashlar::inline v0::detail::scalar {

inline std::size_t find_byte(const std::byte* bytes, std::size_t size, std::byte wanted) noexcept {
  if (size == 0) {
    return 0;
  }
  const void* hit = std::memchr(bytes, std::to_integer<int>(wanted), size);
  return hit == nullptr ? size : static_cast<std::size_t>(static_cast<const std::byte*>(hit) - bytes);
}

inline std::size_t count_byte(const std::byte* bytes, std::size_t size, std::byte wanted) noexcept {
  std::size_t count = 0;
  for (std::size_t i = 0; i < size; ++i) {
    count += static_cast<std::size_t>(bytes[i] == wanted);
  }
  return count;
}

}  // namespace ashlar::inline v0::detail::scalar
