// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <iterator>

#include <ashlar/simd/detail/tag_group_swar.hpp>

#if defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__aarch64__) && defined(__ARM_NEON)
#include <arm_neon.h>
#endif

namespace ashlar::inline v0 {

/// Which of 16 tags were selected: a set of positions 0 to 15, smallest first.
///
///     for (std::size_t slot : group.match(tag)) { … }
class TagMask {
 public:
  class iterator {
   public:
    using value_type = std::size_t;
    using difference_type = std::ptrdiff_t;

    constexpr iterator() noexcept = default;
    constexpr explicit iterator(std::uint32_t bits) noexcept : bits_{bits} {}
    constexpr std::size_t operator*() const noexcept { return static_cast<std::size_t>(std::countr_zero(bits_)); }
    constexpr iterator& operator++() noexcept {
      bits_ &= bits_ - 1;
      return *this;
    }
    constexpr iterator operator++(int) noexcept {
      const iterator before = *this;
      ++*this;
      return before;
    }
    friend constexpr bool operator==(iterator, iterator) noexcept = default;
    friend constexpr bool operator==(iterator it, std::default_sentinel_t) noexcept { return it.bits_ == 0; }

   private:
    std::uint32_t bits_ = 0;
  };

  constexpr TagMask() noexcept = default;
  /// Bit `i` of `bits` stands for position `i`; bits from 16 up must be zero.
  constexpr explicit TagMask(std::uint32_t bits) noexcept : bits_{bits} {}

  constexpr std::uint32_t bits() const noexcept { return bits_; }
  constexpr explicit operator bool() const noexcept { return bits_ != 0; }
  constexpr int count() const noexcept { return std::popcount(bits_); }
  /// The smallest position; 32 where there is none.
  constexpr std::size_t first() const noexcept { return static_cast<std::size_t>(std::countr_zero(bits_)); }

  constexpr iterator begin() const noexcept { return iterator{bits_}; }
  constexpr std::default_sentinel_t end() const noexcept { return {}; }

  friend constexpr TagMask operator&(TagMask a, TagMask b) noexcept { return TagMask{a.bits_ & b.bits_}; }
  friend constexpr TagMask operator|(TagMask a, TagMask b) noexcept { return TagMask{a.bits_ | b.bits_}; }
  friend constexpr TagMask operator~(TagMask a) noexcept { return TagMask{a.bits_ ^ 0xFFFFu}; }
  friend constexpr bool operator==(TagMask, TagMask) noexcept = default;

 private:
  std::uint32_t bits_ = 0;
};

/// A copy of 16 one-byte tags, compared all at once: the probe of a hash table that keeps a byte of each key's hash.
/// In-line and good without any compiler flag: SSE2, NEON, else eight bytes at a time in ordinary registers.
/// Threads: as any value; `load` is a plain read. Cost: about a nanosecond for load and match.
class TagGroup {
 public:
  static constexpr std::size_t size = 16;
  /// The tag that `match_empty` looks for.
  static constexpr std::uint8_t empty = 0;

  /// Reads the 16 bytes from `tags` on; any alignment.
  static TagGroup load(const std::uint8_t* tags) noexcept { return TagGroup{tags}; }

  /// The positions of tags equal to `tag`.
  TagMask match(std::uint8_t tag) const noexcept;
  /// The positions of tags equal to `empty`.
  TagMask match_empty() const noexcept { return match(empty); }
  /// The positions of tags smaller than `limit`, as unsigned numbers.
  TagMask match_less(std::uint8_t limit) const noexcept;
  /// The positions of tags from 128 up.
  TagMask match_top_bit() const noexcept;

 private:
#if defined(__SSE2__)
  explicit TagGroup(const std::uint8_t* tags) noexcept
      : tags_{_mm_loadu_si128(reinterpret_cast<const __m128i*>(tags))} {}

  static TagMask mask(__m128i selected) noexcept {
    return TagMask{static_cast<std::uint32_t>(_mm_movemask_epi8(selected))};
  }

  __m128i tags_;
#elif defined(__aarch64__) && defined(__ARM_NEON)
  explicit TagGroup(const std::uint8_t* tags) noexcept : tags_{vld1q_u8(tags)} {}

  static TagMask mask(uint8x16_t selected) noexcept {
    static constexpr std::uint8_t weights[16] = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    const uint8x16_t weighted = vandq_u8(selected, vld1q_u8(weights));
    return TagMask{vaddv_u8(vget_low_u8(weighted)) | static_cast<std::uint32_t>(vaddv_u8(vget_high_u8(weighted))) << 8};
  }

  uint8x16_t tags_;
#else
  explicit TagGroup(const std::uint8_t* tags) noexcept : tags_{tags} {}

  detail::TagGroupSwar tags_;
#endif
};

#if defined(__SSE2__)
inline TagMask TagGroup::match(std::uint8_t tag) const noexcept {
  return mask(_mm_cmpeq_epi8(tags_, _mm_set1_epi8(static_cast<char>(tag))));
}
inline TagMask TagGroup::match_less(std::uint8_t limit) const noexcept {
  return ~mask(_mm_cmpeq_epi8(_mm_max_epu8(tags_, _mm_set1_epi8(static_cast<char>(limit))), tags_));
}
inline TagMask TagGroup::match_top_bit() const noexcept { return mask(tags_); }
#elif defined(__aarch64__) && defined(__ARM_NEON)
inline TagMask TagGroup::match(std::uint8_t tag) const noexcept { return mask(vceqq_u8(tags_, vdupq_n_u8(tag))); }
inline TagMask TagGroup::match_less(std::uint8_t limit) const noexcept {
  return mask(vcltq_u8(tags_, vdupq_n_u8(limit)));
}
inline TagMask TagGroup::match_top_bit() const noexcept {
  return mask(vreinterpretq_u8_s8(vshrq_n_s8(vreinterpretq_s8_u8(tags_), 7)));
}
#else
inline TagMask TagGroup::match(std::uint8_t tag) const noexcept { return TagMask{tags_.match(tag)}; }
inline TagMask TagGroup::match_less(std::uint8_t limit) const noexcept { return TagMask{tags_.match_less(limit)}; }
inline TagMask TagGroup::match_top_bit() const noexcept { return TagMask{tags_.match_top_bit()}; }
#endif

}  // namespace ashlar::inline v0
