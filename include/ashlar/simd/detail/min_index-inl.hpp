// SPDX-License-Identifier: BSL-1.0
// Compiled once per target, through <ashlar/simd/all_targets.hpp>.
#if defined(ASHLAR_SIMD_DETAIL_MIN_INDEX_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef ASHLAR_SIMD_DETAIL_MIN_INDEX_INL
#undef ASHLAR_SIMD_DETAIL_MIN_INDEX_INL
#else
#define ASHLAR_SIMD_DETAIL_MIN_INDEX_INL
#endif

#include <hwy/highway.h>
#include <ashlar/simd/detail/find_byte-inl.hpp>
#include <ashlar/simd/detail/min_index_scalar.hpp>

HWY_BEFORE_NAMESPACE();
namespace ashlar::inline v0::detail::HWY_NAMESPACE {

// The smallest value first, then where it stands. 16 lanes: short arrays are what this is for.
inline std::size_t min_index(const std::uint8_t* counters, std::size_t size) noexcept {
  const hn::FixedTag<std::uint8_t, 16> d;
  if (size < 16) {
    return scalar::min_index(counters, size);
  }
  auto smallest = hn::LoadU(d, counters + size - 16);
  for (std::size_t i = 0; i + 16 <= size; i += 16) {
    smallest = hn::Min(smallest, hn::LoadU(d, counters + i));
  }
  smallest = hn::Min(smallest, hn::CombineShiftRightBytes<8>(d, smallest, smallest));
  smallest = hn::Min(smallest, hn::CombineShiftRightBytes<4>(d, smallest, smallest));
  smallest = hn::Min(smallest, hn::CombineShiftRightBytes<2>(d, smallest, smallest));
  smallest = hn::Min(smallest, hn::CombineShiftRightBytes<1>(d, smallest, smallest));
  return find_byte(reinterpret_cast<const std::byte*>(counters), size, std::byte{hn::GetLane(smallest)});
}

}  // namespace ashlar::inline v0::detail::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
