// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace ashlar::inline v0::detail {

/// Whether two texts have the same bytes: up to 64 without a call, which would cost more than the comparison.
[[gnu::always_inline]] inline bool same_text(std::string_view a, std::string_view b) noexcept {
  const std::size_t size = a.size();
  if (size != b.size()) return false;
  if (size > 64) return std::memcmp(a.data(), b.data(), size) == 0;
  const auto equal = [&]<class Word>(std::size_t at, Word) {
    Word left;
    Word right;
    std::memcpy(&left, a.data() + at, sizeof(Word));
    std::memcpy(&right, b.data() + at, sizeof(Word));
    return left == right;
  };
  if (size >= 8) {
    for (std::size_t at = 0; at + 8 < size; at += 8) {
      if (!equal(at, std::uint64_t{})) return false;
    }
    return equal(size - 8, std::uint64_t{});
  }
  if (size >= 4) return equal(0, std::uint32_t{}) && equal(size - 4, std::uint32_t{});
  if (size >= 2) return equal(0, std::uint16_t{}) && equal(size - 2, std::uint16_t{});
  return size == 0 || a[0] == b[0];
}

}  // namespace ashlar::inline v0::detail
