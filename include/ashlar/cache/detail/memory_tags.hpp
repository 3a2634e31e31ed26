// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
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

/// Sixteen places in a group: with their tags, marks and guard they fill one half of a cache line.
inline constexpr unsigned group_slots = 16;

/// Every tag in all four bytes of a word. The tag of a low byte is the byte itself, but for 0, which means empty.
inline constexpr auto spread_tags = [] {
  std::array<std::uint32_t, 256> words{};
  for (std::uint32_t byte = 0; byte < words.size(); ++byte) words[byte] = (byte == 0 ? 1 : byte) * 0x0101'0101U;
  return words;
}();

/// The tag of a hash, which is given by its low byte.
constexpr std::uint8_t tag_of(std::uint64_t hash) noexcept {
  return static_cast<std::uint8_t>(spread_tags[hash & 255]);
}

/// A copy of a group's tags.
class Tags {
 public:
#if defined(__SSE2__)
  explicit Tags(__m128i bytes) noexcept : bytes_{bytes} {}
  Tags(std::uint64_t low, std::uint64_t high) noexcept
      : bytes_{_mm_set_epi64x(static_cast<long long>(high), static_cast<long long>(low))} {}

  /// The slots whose tag is that of `hash`, as bits.
  std::uint32_t match(std::uint64_t hash) const noexcept {
    const int spread = static_cast<int>(spread_tags[hash & 255]);
    return equal_to(_mm_shuffle_epi32(_mm_cvtsi32_si128(spread), 0));
  }
  std::uint32_t empty() const noexcept { return equal_to(_mm_setzero_si128()); }

 private:
  std::uint32_t equal_to(__m128i wanted) const noexcept {
    return static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes_, wanted)));
  }
  __m128i bytes_;
#else
  Tags(std::uint64_t low, std::uint64_t high) noexcept : low_{low}, high_{high} {}

  std::uint32_t match(std::uint64_t hash) const noexcept {
    return equal_to(spread_tags[hash & 255] * 0x1'0000'0001ULL);
  }
  std::uint32_t empty() const noexcept { return equal_to(0); }

 private:
  std::uint32_t equal_to(std::uint64_t wanted) const noexcept {
    return zero_bytes(low_ ^ wanted) | zero_bytes(high_ ^ wanted) << 8;
  }
  /// Bit i is set when byte i is zero.
  static std::uint32_t zero_bytes(std::uint64_t word) noexcept {
    constexpr std::uint64_t low_bits = 0x7f7f'7f7f'7f7f'7f7f;
    const std::uint64_t zero = ~(((word & low_bits) + low_bits) | word | low_bits);
    return static_cast<std::uint32_t>((zero >> 7) * 0x0102'0408'1020'4080ULL >> 56);
  }
  std::uint64_t low_, high_;
#endif
};

/// What is known of a group without looking at its entries. Writers hold the shard's lock; readers look at any time.
template <Sync sync>
class alignas(32) GroupHead {
 public:
  Tags tags() const noexcept {
#if defined(__SSE2__) && !defined(__SANITIZE_THREAD__) && !defined(ASHLAR_DETAIL_THREAD_SANITIZER)
    if constexpr (sync == Sync::none) return Tags{_mm_load_si128(reinterpret_cast<const __m128i*>(tags_))};
    // Both words at once, by an instruction the language does not know: each half is loaded whole, as an acquiring
    // atomic load of this machine is.
    __m128i bytes;
#if defined(__AVX__)
    asm volatile("vmovdqa {%1, %0|%0, %1}" : "=x"(bytes) : "m"(tags_));
#else
    asm volatile("movdqa {%1, %0|%0, %1}" : "=x"(bytes) : "m"(tags_));
#endif
    return Tags{bytes};
#else
    return Tags{word(0).load(std::memory_order_acquire), word(1).load(std::memory_order_acquire)};
#endif
  }

  std::uint8_t tag(unsigned slot) const noexcept { return static_cast<std::uint8_t>(get(slot / 8) >> slot % 8 * 8); }
  void tag(unsigned slot, std::uint8_t value) noexcept {
#if defined(__SSE2__) && !defined(__SANITIZE_THREAD__) && !defined(ASHLAR_DETAIL_THREAD_SANITIZER)
    // A store of one byte: this machine shows it to a load of sixteen as it does to one of eight.
    std::atomic_ref{reinterpret_cast<std::uint8_t*>(tags_)[slot]}.store(value, std::memory_order_release);
#else
    const unsigned shift = slot % 8 * 8;
    const std::uint64_t others = get(slot / 8) & ~(0xffULL << shift);
    word(slot / 8).store(others | std::uint64_t{value} << shift, std::memory_order_release);
#endif
  }

  /// Eight four-bit counters: how many entries of each class of hashes wanted to be in this group and went on to a
  /// later one. A search goes on only where its class has.
  bool goes_on(std::uint64_t hash) const noexcept {
    return (counters().load(std::memory_order_acquire) >> counter_shift(hash) & 15) != 0;
  }
  /// One more entry of the class of `hash` goes on; a full counter stays full.
  void went_on(std::uint64_t hash) noexcept {
    const std::uint32_t all = counters().load(std::memory_order_relaxed);
    const unsigned shift = counter_shift(hash);
    if ((all >> shift & 15) != 15) counters().store(all + (1U << shift), std::memory_order_release);
  }
  void came_back(std::uint64_t hash) noexcept {
    const std::uint32_t all = counters().load(std::memory_order_relaxed);
    const unsigned shift = counter_shift(hash);
    const std::uint32_t count = all >> shift & 15;
    if (count != 0 && count != 15) counters().store(all - (1U << shift), std::memory_order_release);
  }

  /// Four bits per slot. Readers that change marks of one group at the same time may undo each other: a mark is a guess.
  std::uint8_t mark(unsigned slot) const noexcept {
    return static_cast<std::uint8_t>(marks().load(std::memory_order_relaxed) >> 4 * slot & 15);
  }
  [[gnu::always_inline]] void mark(unsigned slot, std::uint8_t value) noexcept {
    const std::uint64_t others = marks().load(std::memory_order_relaxed) & ~(std::uint64_t{15} << 4 * slot);
    marks().store(others | std::uint64_t{value} << 4 * slot, std::memory_order_relaxed);
  }

 private:
  static unsigned counter_shift(std::uint64_t hash) noexcept { return 4 * static_cast<unsigned>(hash >> 8 & 7); }
  std::atomic_ref<std::uint32_t> counters() const noexcept {
    return std::atomic_ref{const_cast<std::uint32_t&>(counters_)};
  }
  std::atomic_ref<std::uint64_t> marks() const noexcept { return std::atomic_ref{const_cast<std::uint64_t&>(marks_)}; }
  std::atomic_ref<std::uint64_t> word(unsigned i) const noexcept {
    return std::atomic_ref{const_cast<std::uint64_t&>(tags_[i])};
  }
  std::uint64_t get(unsigned i) const noexcept { return word(i).load(std::memory_order_relaxed); }

  alignas(16) std::uint64_t tags_[2] = {};
  std::uint64_t marks_ = 0;
  std::uint32_t counters_ = 0;

 public:
  GroupGuard<sync> guard;
};
static_assert(sizeof(GroupHead<Sync::none>) == 32);

}  // namespace ashlar::inline v0::detail
