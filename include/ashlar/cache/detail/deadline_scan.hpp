// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <ashlar/cache/expiry.hpp>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace ashlar::inline v0::detail {

/// Which deadlines are over at a moment: those that `is_over` says, and those at most `span` ticks after `last`, from when
/// on deadlines are in order. No `span` where it is negative. 0 is never over.
struct DeadlineScan {
  static constexpr std::size_t width = 16;

  Deadline now;
  Deadline last;
  std::int64_t span;

  bool is_past(Deadline when) const noexcept {
    return when != 0 && (is_over(when, now) || static_cast<Deadline>(when - last) <= span);
  }

  /// Bit i is set when `deadlines[i]` is over.
  std::uint32_t operator()(const std::array<Deadline, width>& deadlines) const noexcept {
#if defined(__SSE2__)
    const auto all = [](std::uint32_t word) { return _mm_set1_epi32(static_cast<int>(word)); };
    constexpr std::uint32_t sign = 0x8000'0000;
    const bool spans = span >= 0;
    // A difference is compared as an unsigned number by flipping the sign of both sides.
    const auto most = static_cast<std::uint32_t>(span > 0xffff'ffff ? 0xffff'ffff : span) ^ sign;
    const auto past = [&](std::size_t i) {
      const __m128i when = _mm_loadu_si128(reinterpret_cast<const __m128i*>(deadlines.data() + i));
      const __m128i late = _mm_cmpgt_epi32(_mm_sub_epi32(all(now), when), all(0xffff'ffff));
      const __m128i since = _mm_xor_si128(_mm_sub_epi32(when, all(last)), all(sign));
      const __m128i in_span = _mm_andnot_si128(_mm_cmpgt_epi32(since, all(most)), all(spans ? 0xffff'ffff : 0));
      return _mm_andnot_si128(_mm_cmpeq_epi32(when, _mm_setzero_si128()), _mm_or_si128(late, in_span));
    };
    const __m128i low = _mm_packs_epi32(past(0), past(4));
    const __m128i high = _mm_packs_epi32(past(8), past(12));
    return static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_packs_epi16(low, high)));
#else
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < width; ++i) bits |= static_cast<std::uint32_t>(is_past(deadlines[i])) << i;
    return bits;
#endif
  }
};

}  // namespace ashlar::inline v0::detail
