// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <ashlar/store/detail/little_endian.hpp>

namespace ashlar::inline v0::detail {

/// 128 bits that stand for a key in file names and shard choices. Part of the file formats: never changes.
struct KeyHash {
  std::uint64_t first = 0;
  std::uint64_t second = 0;
  friend bool operator==(const KeyHash&, const KeyHash&) = default;
};

/// SipHash-2-4 with 128 bits of output (Aumasson and Bernstein, "SipHash: a fast short-input PRF").
inline KeyHash siphash128(std::span<const std::byte> bytes, std::uint64_t key0 = 0, std::uint64_t key1 = 0) noexcept {
  std::uint64_t v0 = 0x736f6d6570736575U ^ key0;
  std::uint64_t v1 = 0x646f72616e646f6dU ^ key1 ^ 0xee;
  std::uint64_t v2 = 0x6c7967656e657261U ^ key0;
  std::uint64_t v3 = 0x7465646279746573U ^ key1;
  const auto rounds = [&](int count) {
    for (; count > 0; --count) {
      v0 += v1;
      v2 += v3;
      v1 = std::rotl(v1, 13) ^ v0;
      v3 = std::rotl(v3, 16) ^ v2;
      v0 = std::rotl(v0, 32);
      v2 += v1;
      v0 += v3;
      v1 = std::rotl(v1, 17) ^ v2;
      v3 = std::rotl(v3, 21) ^ v0;
      v2 = std::rotl(v2, 32);
    }
  };
  const std::uint64_t length = bytes.size();
  const auto absorb = [&](std::uint64_t word) {
    v3 ^= word;
    rounds(2);
    v0 ^= word;
  };
  while (bytes.size() >= 8) {
    absorb(load_le<std::uint64_t>(bytes.data()));
    bytes = bytes.subspan(8);
  }
  std::uint64_t last = length << 56;
  for (std::size_t i = 0; i < bytes.size(); ++i) last |= std::to_integer<std::uint64_t>(bytes[i]) << (8 * i);
  absorb(last);
  v2 ^= 0xee;
  rounds(4);
  const std::uint64_t first = v0 ^ v1 ^ v2 ^ v3;
  v1 ^= 0xdd;
  rounds(4);
  return {first, v0 ^ v1 ^ v2 ^ v3};
}

inline KeyHash hash_of_key(std::string_view key) noexcept { return siphash128(std::as_bytes(std::span{key})); }

/// 16 hexadecimal digits.
inline std::string hex(std::uint64_t bits) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text(16, '0');
  for (std::size_t i = 0; i < 16; ++i) text[15 - i] = digits[(bits >> (4 * i)) & 15];
  return text;
}

}  // namespace ashlar::inline v0::detail
