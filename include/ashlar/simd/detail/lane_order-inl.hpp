// SPDX-License-Identifier: BSL-1.0
// Compiled once per target, through <ashlar/simd/all_targets.hpp>.
#if defined(ASHLAR_SIMD_DETAIL_LANE_ORDER_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef ASHLAR_SIMD_DETAIL_LANE_ORDER_INL
#undef ASHLAR_SIMD_DETAIL_LANE_ORDER_INL
#else
#define ASHLAR_SIMD_DETAIL_LANE_ORDER_INL
#endif

#include <hwy/highway.h>
#include <ashlar/simd/detail/lane_order.hpp>

HWY_BEFORE_NAMESPACE();
namespace ashlar::inline v0::detail::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// The widest vector of T up to 64 bytes; its size is a constant.
template <class T>
using LaneTag = hn::FixedTag<T, (HWY_MAX_BYTES < 64 ? HWY_MAX_BYTES : 64) / sizeof(T)>;
template <class T>
inline constexpr std::size_t lane_count = (HWY_MAX_BYTES < 64 ? HWY_MAX_BYTES : 64) / sizeof(T);

// What `a < b ? a : b` and `a > b ? a : b` give, so b where a is not a number.
template <class V>
HWY_INLINE V lane_min(V a, V b) noexcept {
#if HWY_ARCH_X86
  return hn::Min(a, b);
#else
  return hn::IfThenElse(hn::Lt(a, b), a, b);
#endif
}
template <class V>
HWY_INLINE V lane_max(V a, V b) noexcept {
#if HWY_ARCH_X86
  return hn::Max(a, b);
#else
  return hn::IfThenElse(hn::Lt(b, a), a, b);
#endif
}

// Partial results in `vectors` vectors: as many lanes as the order asks for, whatever the length of one vector.
template <class T, std::size_t vectors>
struct LaneParts {
  using Tag = LaneTag<T>;
  static constexpr std::size_t width = lane_count<T>;

  hn::Vec<Tag> sum;
  hn::Vec<Tag> min;
  hn::Vec<Tag> max;
  LaneParts<T, vectors - 1> rest;

  HWY_INLINE LaneParts() noexcept
      : sum{hn::Zero(Tag{})}, min{hn::Set(Tag{}, LaneSummary<T>{}.min)}, max{hn::Set(Tag{}, LaneSummary<T>{}.max)} {}
  HWY_INLINE void add(const T* values) noexcept {
    const auto value = hn::LoadU(Tag{}, values);
    sum = hn::Add(sum, value);
    min = lane_min(value, min);
    max = lane_max(value, max);
    rest.add(values + width);
  }
  HWY_INLINE void store(T* sums, T* mins, T* maxs) const noexcept {
    hn::StoreU(sum, Tag{}, sums);
    hn::StoreU(min, Tag{}, mins);
    hn::StoreU(max, Tag{}, maxs);
    rest.store(sums + width, mins + width, maxs + width);
  }
};

template <class T>
struct LaneParts<T, 0> {
  HWY_INLINE void add(const T*) noexcept {}
  HWY_INLINE void store(T*, T*, T*) const noexcept {}
};

// As scalar::summarize, to the bit.
template <std::size_t lanes, class T>
HWY_INLINE LaneSummary<T> summarize(const T* values, std::size_t size) noexcept {
  static_assert(lanes % lane_count<T> == 0);
  LaneSummary<T> result;
  std::size_t i = 0;
  if (size >= lanes) {
    LaneParts<T, lanes / lane_count<T>> parts;
    for (; i + lanes <= size; i += lanes) {
      parts.add(values + i);
    }
    T sums[lanes];
    T mins[lanes];
    T maxs[lanes];
    parts.store(sums, mins, maxs);
    result = join_lanes<lanes>(sums, mins, maxs);
  }
  for (; i < size; ++i) {
    result.add(values[i]);
  }
  return result;
}

}  // namespace ashlar::inline v0::detail::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
