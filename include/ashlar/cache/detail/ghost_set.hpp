// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <ashlar/cache/eviction/concepts.hpp>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace ashlar::inline v0::detail {

/// Which keys went lately: a fingerprint for each, in buckets of about thirty that are rings of their own.
/// So the whole is a queue but for the luck of the hash; up to 128 keys are one exact ring. A key that was never added
/// is taken for one that was with a probability below 128 by the number of different fingerprints: with 16 bits that is
/// one in thousands, with 32 never in practice.
/// Cost: a cache line or two per operation.
template <std::unsigned_integral Print>
class GhostSet {
 public:
  /// Room to remember `keys`; forgets nothing. Strong guarantee.
  void resize(slot_index keys) {
    if (keys <= most_) return;
    const std::size_t few = std::min<std::size_t>(keys, exact) + 2 * block;
    prints_.resize(std::max(few, keys / (stride - 1) * stride));
    most_ = keys;
  }

  /// Remembers `keys` from now on, at most as many as there is room for. Forgets all where that differs by more than a
  /// quarter from what it was.
  void fit(std::uint64_t keys) noexcept {
    keys = std::clamp<std::uint64_t>(keys, 1, std::max<std::uint64_t>(most_, 1));
    if (keys * 4 <= keys_ * 5 && keys * 5 >= keys_ * 4) return;
    keys_ = most_ == 0 ? 0 : keys;
    buckets_ = keys <= exact ? 1 : keys / (stride - 1);
    ways_ = keys <= exact ? static_cast<std::size_t>(keys) : stride - 1;
    clear();
  }

  /// The key of this hash went.
  void add(std::uint64_t hash) noexcept {
    if (keys_ == 0) return;
    Print* const bucket = bucket_of(hash);
    const std::size_t next = bucket[0] + std::size_t{1};
    bucket[next] = print_of(hash);
    bucket[0] = static_cast<Print>(next == ways_ ? 0 : next);
  }

  /// The key of this hash will come, but others go first: `take` will answer as if it were called now.
  void expect(std::uint64_t hash) noexcept {
    if (hash == 0 || hash == expected_) return;
    expected_is_ghost_ = forget(hash);
    expected_ = hash;
  }

  /// Did the key of this hash go lately? Then it is forgotten here.
  bool take(std::uint64_t hash) noexcept {
    if (hash == 0 || hash != expected_) return forget(hash);
    expected_ = 0;
    return expected_is_ghost_;
  }

  void clear() noexcept {
    std::fill(prints_.begin(), prints_.end(), Print{0});
    expected_ = 0;
  }

  /// How many keys it remembers at most.
  std::uint64_t capacity() const noexcept { return keys_ == 0 ? 0 : buckets_ * ways_; }
  /// How many it remembers now. Cost: all of them.
  std::uint64_t size() const noexcept {
    std::uint64_t count = 0;
    for (std::uint64_t b = 0; keys_ != 0 && b < buckets_; ++b) {
      const Print* const bucket = prints_.data() + b * stride;
      for (std::size_t i = 1; i <= ways_; ++i) count += bucket[i] != 0;
    }
    return count;
  }

 private:
  /// A bucket: how many ways into its ring the newest lies, then the ring.
  static constexpr std::size_t stride = 32;
  static constexpr std::uint64_t exact = 128;
  /// So many are compared without a branch; what lies behind a ring is 0 or never reached.
  static constexpr std::size_t block = 8;

  bool forget(std::uint64_t hash) noexcept {
    if (keys_ == 0) return false;
    Print* const bucket = bucket_of(hash);
    const Print print = print_of(hash);
    for (std::size_t i = 0; i <= ways_; i += block) {
      std::uint32_t found = equal_to(print, bucket + i);
      if (i == 0) found &= ~std::uint32_t{1};
      if (found != 0) {
        close_gap(bucket, i + static_cast<std::size_t>(std::countr_zero(found)));
        return true;
      }
    }
    return false;
  }

  // What came after the key that is forgotten moves back by one, so that the ring holds as many as before.
  void close_gap(Print* bucket, std::size_t gap) noexcept {
    const std::size_t newest = bucket[0] == 0 ? ways_ : bucket[0];
    while (gap != newest) {
      const std::size_t next = gap == ways_ ? 1 : gap + 1;
      bucket[gap] = bucket[next];
      gap = next;
    }
    bucket[newest] = 0;
    bucket[0] = static_cast<Print>(newest - 1);
  }

  /// Bit i is set when `prints[i]` is `print`.
  static std::uint32_t equal_to(Print print, const Print* prints) noexcept {
#if defined(__SSE2__)
    if constexpr (sizeof(Print) == 2) {
      const __m128i all = _mm_loadu_si128(reinterpret_cast<const __m128i*>(prints));
      const __m128i same = _mm_cmpeq_epi16(all, _mm_set1_epi16(static_cast<short>(print)));
      return static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_packs_epi16(same, _mm_setzero_si128())));
    }
#endif
    std::uint32_t found = 0;
    for (std::size_t i = 0; i < block; ++i) found |= static_cast<std::uint32_t>(prints[i] == print) << i;
    return found;
  }

  static constexpr std::uint64_t mix(std::uint64_t hash) noexcept {
    hash = (hash ^ (hash >> 32)) * 0x9fb2'1c65'1e98'df25;
    return hash ^ (hash >> 29);
  }
  static constexpr Print print_of(std::uint64_t hash) noexcept {
    const auto print = static_cast<Print>(mix(hash));
    return print == 0 ? Print{1} : print;
  }
  Print* bucket_of(std::uint64_t hash) noexcept {
    return prints_.data() + (((mix(hash) >> 32) * buckets_) >> 32) * stride;
  }

  std::vector<Print> prints_;
  slot_index most_ = 0;
  std::uint64_t keys_ = 0;
  std::uint64_t buckets_ = 1;
  std::size_t ways_ = 0;
  std::uint64_t expected_ = 0;
  bool expected_is_ghost_ = false;
};

}  // namespace ashlar::inline v0::detail
