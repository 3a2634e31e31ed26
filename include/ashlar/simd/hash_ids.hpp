// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <ashlar/core/assert.hpp>
#include <ashlar/simd/detail/hash_ids_scalar.hpp>
#include <ashlar/simd/kernel.hpp>

namespace ashlar::inline v0 {

namespace detail {

inline constinit Kernel<void(const std::uint64_t*, std::size_t, std::uint64_t, std::uint64_t*)> hash_ids_kernel{
    &scalar::hash_ids};

}  // namespace detail

/// A 64-bit hash of `id` in which every bit depends on every bit of `id` and `seed`; different ids have different hashes.
/// The same on every machine. Not for ids chosen by an adversary.
/// Source: the xor-shift-multiply finaliser of Steele, Lea and Flood's SplitMix (constants by David Stafford).
[[nodiscard]] constexpr std::uint64_t hash_id(std::uint64_t id, std::uint64_t seed = 0) noexcept {
  return detail::mix_id(id, seed);
}

/// `hashes[i] = hash_id(ids[i], seed)`; the two may be the same memory, not overlapping otherwise.
/// Threads: any, on different `hashes`. Cost: 0.2 ns an id with AVX-512, about 1 without SIMD.
inline void hash_ids(std::span<const std::uint64_t> ids, std::span<std::uint64_t> hashes,
                     std::uint64_t seed = 0) noexcept {
  ASHLAR_ASSERT(hashes.size() >= ids.size(), "every id needs room for its hash");
  detail::hash_ids_kernel(ids.data(), ids.size(), seed, hashes.data());
}

}  // namespace ashlar::inline v0
