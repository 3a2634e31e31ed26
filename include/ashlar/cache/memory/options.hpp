// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

#include <ashlar/core/hash.hpp>

namespace ashlar::inline v0 {

/// Option of `MemoryTier`: one thread at a time, no atomics, one shard: exact and deterministic.
struct SingleThreaded {};

/// Option of `MemoryTier`: `stats()` tells hits and misses. Costs a relaxed increment of a striped counter per lookup.
struct CountHits {};

/// Option of `MemoryTier`: keys are hashed by `H`; what it gives is mixed unless `H::is_avalanching` says it is good.
template <class H>
struct HashWith {
  using hasher = H;
  [[no_unique_address]] H hash{};
};
template <class H>
HashWith(H) -> HashWith<H>;

/// Option of `MemoryTier`: keys are compared by `E`.
template <class E>
struct EqualWith {
  using key_equal = E;
  [[no_unique_address]] E equal{};
};
template <class E>
EqualWith(E) -> EqualWith<E>;

/// Option of `MemoryTier`: its table comes from the allocator `A` (of any type; it is rebound).
template <class A = std::allocator<std::byte>>
struct AllocateWith {
  using allocator = A;
  [[no_unique_address]] A allocate{};
};
template <class A>
AllocateWith(A) -> AllocateWith<A>;

}  // namespace ashlar::inline v0
