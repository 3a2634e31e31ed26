// SPDX-License-Identifier: BSL-1.0
// Compiled once per target, through <ashlar/simd/all_targets.hpp>.
#if defined(ASHLAR_SIMD_DETAIL_HASH_IDS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef ASHLAR_SIMD_DETAIL_HASH_IDS_INL
#undef ASHLAR_SIMD_DETAIL_HASH_IDS_INL
#else
#define ASHLAR_SIMD_DETAIL_HASH_IDS_INL
#endif

#include <hwy/highway.h>
#include <ashlar/simd/detail/hash_ids_scalar.hpp>
#include <ashlar/simd/detail/lane_order-inl.hpp>

HWY_BEFORE_NAMESPACE();
namespace ashlar::inline v0::detail::HWY_NAMESPACE {

// The low 64 bits of the product; where there is no instruction for it, of three 32-bit products.
template <class V>
HWY_INLINE V multiply_ids(V values, std::uint64_t factor) noexcept {
  const hn::DFromV<V> d;
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3
  return V{_mm512_mullo_epi64(values.raw, hn::Set(d, factor).raw)};
#else
  const hn::Repartition<std::uint32_t, decltype(d)> d32;
  const auto narrow = hn::BitCast(d32, values);
  const auto narrow_factor = hn::BitCast(d32, hn::Set(d, factor));
  const auto high_values = hn::BitCast(d32, hn::ShiftRight<32>(values));
  const auto high_factor = hn::BitCast(d32, hn::Set(d, factor >> 32));
  const auto low = hn::MulEven(narrow, narrow_factor);
  const auto cross = hn::Add(hn::MulEven(high_values, narrow_factor), hn::MulEven(narrow, high_factor));
  return hn::Add(low, hn::ShiftLeft<32>(cross));
#endif
}

inline void hash_ids(const std::uint64_t* ids, std::size_t size, std::uint64_t seed, std::uint64_t* hashes) noexcept {
  const LaneTag<std::uint64_t> d;
  constexpr std::size_t width = lane_count<std::uint64_t>;
  const auto step = hn::Set(d, (seed + 1) * id_step);
  std::size_t i = 0;
  for (; i + width <= size; i += width) {
    auto x = hn::Add(hn::LoadU(d, ids + i), step);
    x = multiply_ids(hn::Xor(x, hn::ShiftRight<30>(x)), id_first_factor);
    x = multiply_ids(hn::Xor(x, hn::ShiftRight<27>(x)), id_second_factor);
    hn::StoreU(hn::Xor(x, hn::ShiftRight<31>(x)), d, hashes + i);
  }
  scalar::hash_ids(ids + i, size - i, seed, hashes + i);
}

}  // namespace ashlar::inline v0::detail::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
