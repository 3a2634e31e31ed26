// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <bit>
#include <cstdint>

#include <ashlar/cache/detail/memory_sync.hpp>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define ASHLAR_DETAIL_THREAD_SANITIZER
#endif
#endif

namespace ashlar::inline v0::detail {

/// Twelve places in a group: with their tags, marks and guard they fill one half of a cache line.
inline constexpr unsigned group_slots = 12;
inline constexpr std::uint32_t all_slots = (1U << group_slots) - 1;

/// The tag of a hash: its low byte, never 0, which means empty.
constexpr std::uint8_t tag_of(std::uint64_t hash) noexcept {
  const auto low = static_cast<std::uint8_t>(hash);
  return static_cast<std::uint8_t>(low + static_cast<std::uint8_t>(low == 0));
}

/// A copy of a group's twelve tags.
class Tags {
 public:
#if defined(__SSE2__)
  explicit Tags(__m128i bytes) noexcept : bytes_{bytes} {}
  Tags(std::uint64_t low, std::uint64_t high) noexcept
      : bytes_{_mm_set_epi64x(static_cast<long long>(high), static_cast<long long>(low))} {}

  /// The slots whose tag is `tag`, as bits.
  std::uint32_t match(std::uint8_t tag) const noexcept {
    const __m128i wanted = _mm_shuffle_epi32(_mm_cvtsi32_si128(static_cast<int>(tag * 0x0101'0101U)), 0);
    return static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes_, wanted))) & all_slots;
  }
#else
  Tags(std::uint64_t low, std::uint64_t high) noexcept : low_{low}, high_{high} {}

  std::uint32_t match(std::uint8_t tag) const noexcept {
    return (zero_bytes(low_ ^ spread(tag)) | zero_bytes(high_ ^ spread(tag)) << 8) & all_slots;
  }
#endif
  std::uint32_t empty() const noexcept { return match(0); }

 private:
#if defined(__SSE2__)
  __m128i bytes_;
#else
  static std::uint64_t spread(std::uint8_t tag) noexcept { return tag * 0x0101'0101'0101'0101ULL; }
  /// Bit i is set when byte i is zero.
  static std::uint32_t zero_bytes(std::uint64_t word) noexcept {
    constexpr std::uint64_t low_bits = 0x7f7f'7f7f'7f7f'7f7f;
    const std::uint64_t zero = ~(((word & low_bits) + low_bits) | word | low_bits);
    return static_cast<std::uint32_t>((zero >> 7) * 0x0102'0408'1020'4080ULL >> 56);
  }
  std::uint64_t low_, high_;
#endif
};

/// The first half line of a group. Writers hold the shard's lock; readers look at any time.
template <Sync sync>
class alignas(32) GroupHead {
 public:
  Tags tags() const noexcept {
#if defined(__SSE2__) && !defined(__SANITIZE_THREAD__) && !defined(ASHLAR_DETAIL_THREAD_SANITIZER)
    // Both words at once, by an instruction the language does not know: each half is loaded whole, as an acquiring
    // atomic load of this machine is.
    __m128i bytes;
#if defined(__AVX__)
    asm volatile("vmovdqa {%1, %0|%0, %1}" : "=x"(bytes) : "m"(words_));
#else
    asm volatile("movdqa {%1, %0|%0, %1}" : "=x"(bytes) : "m"(words_));
#endif
    return Tags{bytes};
#else
    return Tags{word(0).load(std::memory_order_acquire), word(1).load(std::memory_order_acquire)};
#endif
  }

  /// Beside the tags lie eight four-bit counters: how many entries of each class of hashes wanted to be in this group
  /// and went on to a later one. A search goes on only where its class has.
  bool goes_on(std::uint64_t hash) const noexcept {
    return (word(1).load(std::memory_order_acquire) >> counter_shift(hash) & 15) != 0;
  }

  std::uint8_t tag(unsigned slot) const noexcept { return static_cast<std::uint8_t>(get(slot / 8) >> slot % 8 * 8); }
  void tag(unsigned slot, std::uint8_t value) noexcept {
    const unsigned shift = slot % 8 * 8;
    put(slot / 8, (get(slot / 8) & ~(0xffULL << shift)) | std::uint64_t{value} << shift);
  }

  /// One more entry of the class of `hash` goes on; a full counter stays full.
  void went_on(std::uint64_t hash) noexcept {
    const unsigned shift = counter_shift(hash);
    if ((get(1) >> shift & 15) != 15) put(1, get(1) + (1ULL << shift));
  }
  void came_back(std::uint64_t hash) noexcept {
    const unsigned shift = counter_shift(hash);
    const std::uint64_t count = get(1) >> shift & 15;
    if (count != 0 && count != 15) put(1, get(1) - (1ULL << shift));
  }

  std::uint8_t mark(unsigned slot) const noexcept {
    return std::atomic_ref{const_cast<std::uint8_t&>(marks_[slot])}.load(std::memory_order_relaxed);
  }
  void mark(unsigned slot, std::uint8_t value) noexcept {
    std::atomic_ref{marks_[slot]}.store(value, std::memory_order_relaxed);
  }

  GroupGuard<sync> guard;

 private:
  static unsigned counter_shift(std::uint64_t hash) noexcept { return 32 + 4 * static_cast<unsigned>(hash >> 8 & 7); }
  std::atomic_ref<std::uint64_t> word(unsigned i) const noexcept {
    return std::atomic_ref{const_cast<std::uint64_t&>(words_[i])};
  }
  std::uint64_t get(unsigned i) const noexcept { return word(i).load(std::memory_order_relaxed); }
  void put(unsigned i, std::uint64_t value) noexcept { word(i).store(value, std::memory_order_release); }

  std::uint8_t marks_[group_slots] = {};
  alignas(16) std::uint64_t words_[2] = {};
};
static_assert(sizeof(GroupHead<Sync::none>) == 32);

}  // namespace ashlar::inline v0::detail
