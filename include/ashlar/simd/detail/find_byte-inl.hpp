// SPDX-License-Identifier: BSL-1.0
// Compiled once per target, through <ashlar/simd/all_targets.hpp>.
#if defined(ASHLAR_SIMD_DETAIL_FIND_BYTE_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef ASHLAR_SIMD_DETAIL_FIND_BYTE_INL
#undef ASHLAR_SIMD_DETAIL_FIND_BYTE_INL
#else
#define ASHLAR_SIMD_DETAIL_FIND_BYTE_INL
#endif

#include <hwy/highway.h>
#include <ashlar/simd/detail/find_byte_scalar.hpp>
#include <ashlar/simd/detail/lane_order-inl.hpp>

HWY_BEFORE_NAMESPACE();
namespace ashlar::inline v0::detail::HWY_NAMESPACE {

inline std::size_t find_byte(const std::byte* bytes, std::size_t size, std::byte wanted) noexcept {
  const LaneTag<std::uint8_t> d;
  constexpr std::size_t width = lane_count<std::uint8_t>;
  const auto* values = reinterpret_cast<const std::uint8_t*>(bytes);
  const auto byte = hn::Set(d, std::to_integer<std::uint8_t>(wanted));
  std::size_t i = 0;
  for (; i + width <= size; i += width) {
    const auto at = hn::FindFirstTrue(d, hn::Eq(hn::LoadU(d, values + i), byte));
    if (at >= 0) {
      return i + static_cast<std::size_t>(at);
    }
  }
  if (i == size) {
    return size;
  }
  if (size < width) {
    return scalar::find_byte(bytes, size, wanted);
  }
  // The last vector overlaps the one before, where nothing was found.
  const auto at = hn::FindFirstTrue(d, hn::Eq(hn::LoadU(d, values + size - width), byte));
  return at < 0 ? size : size - width + static_cast<std::size_t>(at);
}

inline std::size_t count_byte(const std::byte* bytes, std::size_t size, std::byte wanted) noexcept {
  const LaneTag<std::uint8_t> d;
  const hn::Repartition<std::uint64_t, decltype(d)> d64;
  constexpr std::size_t width = lane_count<std::uint8_t>;
  const auto* values = reinterpret_cast<const std::uint8_t*>(bytes);
  const auto byte = hn::Set(d, std::to_integer<std::uint8_t>(wanted));
  auto total = hn::Zero(d64);
  std::size_t i = 0;
  while (i + width <= size) {
    // A true lane is -1: a byte counts to 255 before it must be added up.
    auto counts = hn::Zero(d);
    for (std::size_t round = 0; round < 255 && i + width <= size; ++round, i += width) {
      counts = hn::Sub(counts, hn::VecFromMask(d, hn::Eq(hn::LoadU(d, values + i), byte)));
    }
    total = hn::Add(total, hn::SumsOf8(counts));
  }
  const std::size_t count = hn::GetLane(hn::SumOfLanes(d64, total));
  return count + scalar::count_byte(bytes + i, size - i, wanted);
}

}  // namespace ashlar::inline v0::detail::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
