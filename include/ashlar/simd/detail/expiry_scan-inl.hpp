// SPDX-License-Identifier: BSL-1.0
// Compiled once per target, through <ashlar/simd/all_targets.hpp>.
#if defined(ASHLAR_SIMD_DETAIL_EXPIRY_SCAN_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef ASHLAR_SIMD_DETAIL_EXPIRY_SCAN_INL
#undef ASHLAR_SIMD_DETAIL_EXPIRY_SCAN_INL
#else
#define ASHLAR_SIMD_DETAIL_EXPIRY_SCAN_INL
#endif

#include <hwy/highway.h>
#include <ashlar/simd/detail/expiry_scan_scalar.hpp>
#include <ashlar/simd/detail/lane_order-inl.hpp>

HWY_BEFORE_NAMESPACE();
namespace ashlar::inline v0::detail::HWY_NAMESPACE {

inline std::size_t expiry_scan(const std::uint32_t* deadlines, std::size_t size, std::uint32_t now,
                               std::uint64_t* bitmap) noexcept {
  const LaneTag<std::uint32_t> d;
  constexpr std::size_t width = lane_count<std::uint32_t>;
  const auto limit = hn::Set(d, now);
  std::size_t count = 0;
  for (; size >= 64; deadlines += 64, size -= 64) {
    std::uint64_t later = 0;
    for (std::size_t i = 0; i < 64; i += width) {
      std::uint64_t bits = 0;
      hn::StoreMaskBits(d, hn::Lt(limit, hn::LoadU(d, deadlines + i)), reinterpret_cast<std::uint8_t*>(&bits));
      later |= bits << i;
    }
    *bitmap++ = ~later;
    count += static_cast<std::size_t>(std::popcount(~later));
  }
  return count + scalar::expiry_scan(deadlines, size, now, bitmap);
}

}  // namespace ashlar::inline v0::detail::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
