// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace ashlar::inline v0::detail {

inline constexpr std::uint64_t id_step = 0x9e3779b97f4a7c15u;
inline constexpr std::uint64_t id_first_factor = 0xbf58476d1ce4e5b9u;
inline constexpr std::uint64_t id_second_factor = 0x94d049bb133111ebu;

constexpr std::uint64_t mix_id(std::uint64_t id, std::uint64_t seed) noexcept {
  std::uint64_t x = id + (seed + 1) * id_step;
  x = (x ^ (x >> 30)) * id_first_factor;
  x = (x ^ (x >> 27)) * id_second_factor;
  return x ^ (x >> 31);
}

namespace scalar {

inline void hash_ids(const std::uint64_t* ids, std::size_t size, std::uint64_t seed, std::uint64_t* hashes) noexcept {
  for (std::size_t i = 0; i < size; ++i) {
    hashes[i] = mix_id(ids[i], seed);
  }
}

}  // namespace scalar

}  // namespace ashlar::inline v0::detail
