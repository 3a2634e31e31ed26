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
/// So the whole is a queue but for the luck of the hash; up to 128 keys are one ring. Where a key is forgotten out of turn,
/// the oldest of its ring lives on in its place. A key that was never added
/// is taken for one that was with a probability below 128 by the number of different fingerprints: with 16 bits that is
/// one in thousands, with 32 never in practice.
/// Cost: a cache line or two per operation.
template <std::unsigned_integral Print>
class GhostSet {
 public:
  /// Room to remember `keys`; forgets nothing. Strong guarantee.
  void resize(slot_index keys) {
    if (keys <= most_) return;
    const std::size_t few = std::min<std::size_t>(keys, exact) / stride + 1;
    lines_.resize(std::max(few, keys / (stride - 1)));
    most_ = keys;
    wanted_ = unknown;
  }

  /// Remembers `keys` from now on, at most as many as there is room for. Forgets all where that differs by more than a
  /// quarter from what it was.
  void fit(std::uint64_t keys) noexcept {
    if (keys != wanted_) [[unlikely]]
      refit(keys);
  }

  /// The key of this hash went.
  [[gnu::always_inline]] void add(std::uint64_t hash) noexcept {
    if (keys_ == 0) return;
    const std::size_t bucket = bucket_of(hash);
    const std::size_t next = print(bucket, 0) + std::size_t{1};
    print(bucket, next) = print_of(hash);
    print(bucket, 0) = static_cast<Print>(next == ways_ ? 0 : next);
  }

  /// The key of this hash will come, but others go first: `take` will answer as if it were called now.
  [[gnu::always_inline]] void expect(std::uint64_t hash) noexcept {
    if (hash == 0 || hash == expected_) return;
    expected_is_ghost_ = forget(hash);
    expected_ = hash;
  }

  /// Did the key of this hash go lately? Then it is forgotten here.
  [[gnu::always_inline]] bool take(std::uint64_t hash) noexcept {
    if (hash == 0 || hash != expected_) return forget(hash);
    expected_ = 0;
    return expected_is_ghost_;
  }

  void clear() noexcept {
    std::fill(lines_.begin(), lines_.end(), Line{});
    expected_ = 0;
  }

  /// How many keys it remembers at most.
  std::uint64_t capacity() const noexcept { return keys_ == 0 ? 0 : buckets_ * ways_; }
  /// How many it remembers now. Cost: all of them.
  std::uint64_t size() const noexcept {
    std::uint64_t count = 0;
    for (std::size_t b = 0; keys_ != 0 && b < buckets_; ++b) {
      for (std::size_t i = 1; i <= ways_; ++i) count += lines_[b + i / stride].prints[i % stride] != 0;
    }
    return count;
  }

 private:
  /// A bucket: how many ways into its ring the newest lies, then the ring. The exact ring takes several lines.
  static constexpr std::size_t stride = 32;
  static constexpr std::uint64_t exact = 128;
  static constexpr std::uint64_t unknown = ~std::uint64_t{0};
  struct alignas(64) Line {
    Print prints[stride] = {};
  };

  Print& print(std::size_t bucket, std::size_t way) noexcept {
    return lines_[bucket + way / stride].prints[way % stride];
  }

  [[gnu::noinline]] void refit(std::uint64_t keys) noexcept {
    wanted_ = keys;
    keys = std::clamp<std::uint64_t>(keys, 1, std::max<std::uint64_t>(most_, 1));
    if (keys * 4 <= keys_ * 5 && keys * 5 >= keys_ * 4) return;
    keys_ = most_ == 0 ? 0 : keys;
    buckets_ = keys <= exact ? 1 : keys / (stride - 1);
    ways_ = keys <= exact ? static_cast<std::size_t>(keys) : stride - 1;
    clear();
  }

  [[gnu::always_inline]] bool forget(std::uint64_t hash) noexcept {
    if (keys_ == 0) return false;
    const std::size_t bucket = bucket_of(hash);
    const Print wanted = print_of(hash);
    // The first is no fingerprint; what lies behind a ring is 0, which is none either.
    std::uint32_t found = equal_to(wanted, lines_[bucket].prints) & ~std::uint32_t{1};
    std::size_t line = 0;
    while (found == 0) {
      if (++line * stride > ways_) [[likely]]
        return false;
      found = equal_to(wanted, lines_[bucket + line].prints);
    }
    fill_gap(bucket, line * stride + static_cast<std::size_t>(std::countr_zero(found)));
    return true;
  }

  // The oldest takes the place of the key that is forgotten: places without a key follow the newest, so that the ring
  // holds as many as before.
  [[gnu::noinline]] void fill_gap(std::size_t bucket, std::size_t gap) noexcept {
    std::size_t oldest = print(bucket, 0);
    do oldest = oldest == ways_ ? 1 : oldest + 1;
    while (print(bucket, oldest) == 0);
    print(bucket, gap) = print(bucket, oldest);
    print(bucket, oldest) = 0;
  }

  /// Bit i is set when `prints[i]` is `wanted`.
  [[gnu::always_inline]] static std::uint32_t equal_to(Print wanted, const Print (&prints)[stride]) noexcept {
    std::uint32_t found = 0;
#if defined(__SSE2__)
    if constexpr (sizeof(Print) == 2) {
      const __m128i all = _mm_set1_epi16(static_cast<short>(wanted));
      const auto same = [&](std::size_t i) {
        return _mm_cmpeq_epi16(_mm_load_si128(reinterpret_cast<const __m128i*>(prints + i)), all);
      };
      for (std::size_t i = 0; i < stride; i += 16) {
        const __m128i bytes = _mm_packs_epi16(same(i), same(i + 8));
        found |= static_cast<std::uint32_t>(_mm_movemask_epi8(bytes)) << i;
      }
      return found;
    }
#endif
    for (std::size_t i = 0; i < stride; ++i) found |= static_cast<std::uint32_t>(prints[i] == wanted) << i;
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
  std::size_t bucket_of(std::uint64_t hash) const noexcept { return ((mix(hash) >> 32) * buckets_) >> 32; }

  std::vector<Line> lines_;
  slot_index most_ = 0;
  std::uint64_t wanted_ = unknown;  // what `fit` was asked for last
  std::uint64_t keys_ = 0;
  std::uint64_t buckets_ = 1;
  std::size_t ways_ = 0;
  std::uint64_t expected_ = 0;
  bool expected_is_ghost_ = false;
};

}  // namespace ashlar::inline v0::detail
