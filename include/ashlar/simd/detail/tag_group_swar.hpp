// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace ashlar::inline v0::detail {

// 16 tags in two ordinary registers; every match gives bit i for tag i.
class TagGroupSwar {
 public:
  explicit TagGroupSwar(const std::uint8_t* tags) noexcept : low_{word(tags)}, high_{word(tags + 8)} {}

  std::uint32_t match(std::uint8_t tag) const noexcept {
    const std::uint64_t all = ones * tag;
    return gather(zero_bytes(low_ ^ all), zero_bytes(high_ ^ all));
  }
  std::uint32_t match_less(std::uint8_t limit) const noexcept {
    const std::uint64_t all = ones * limit;
    return gather(less_bytes(low_, all), less_bytes(high_, all));
  }
  std::uint32_t match_top_bit() const noexcept { return gather(low_ & tops, high_ & tops); }

 private:
  static constexpr std::uint64_t ones = 0x0101010101010101u;
  static constexpr std::uint64_t tops = 0x8080808080808080u;

  static std::uint64_t word(const std::uint8_t* tags) noexcept {
    if constexpr (std::endian::native == std::endian::little) {
      std::uint64_t value;
      std::memcpy(&value, tags, 8);
      return value;
    } else {
      std::uint64_t value = 0;
      for (unsigned i = 0; i < 8; ++i) {
        value |= std::uint64_t{tags[i]} << (8 * i);
      }
      return value;
    }
  }

  // These set the top bit of each byte that qualifies and clear everything else. No carry crosses a byte.
  static constexpr std::uint64_t zero_bytes(std::uint64_t x) noexcept { return ~(((x & ~tops) + ~tops) | x | ~tops); }
  static constexpr std::uint64_t less_bytes(std::uint64_t a, std::uint64_t b) noexcept {
    const std::uint64_t low_bits_not_less = (a | tops) - (b & ~tops);
    return ((~a & b) | (~(a ^ b) & ~low_bits_not_less)) & tops;
  }

  static constexpr std::uint32_t gather(std::uint64_t low, std::uint64_t high) noexcept {
    constexpr std::uint64_t collect = 0x0102040810204080u;
    return static_cast<std::uint32_t>(((low >> 7) * collect) >> 56) |
           static_cast<std::uint32_t>(((high >> 7) * collect) >> 56) << 8;
  }

  std::uint64_t low_;
  std::uint64_t high_;
};

}  // namespace ashlar::inline v0::detail
