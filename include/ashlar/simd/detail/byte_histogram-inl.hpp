// SPDX-License-Identifier: BSL-1.0
// Compiled once per target, through <ashlar/simd/all_targets.hpp>.
#if defined(ASHLAR_SIMD_DETAIL_BYTE_HISTOGRAM_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef ASHLAR_SIMD_DETAIL_BYTE_HISTOGRAM_INL
#undef ASHLAR_SIMD_DETAIL_BYTE_HISTOGRAM_INL
#else
#define ASHLAR_SIMD_DETAIL_BYTE_HISTOGRAM_INL
#endif

#include <hwy/highway.h>
#include <ashlar/simd/detail/byte_histogram_scalar.hpp>

HWY_BEFORE_NAMESPACE();
namespace ashlar::inline v0::detail::HWY_NAMESPACE {

// A vector whose bytes are all the same is counted at once; the rest goes through the tables.
inline void byte_histogram(const std::byte* bytes, std::size_t size, std::uint64_t* counts) noexcept {
  namespace hn = hwy::HWY_NAMESPACE;
  const hn::CappedTag<std::uint8_t, 64> d;
  const std::size_t width = hn::Lanes(d);
  if (size < 64 || width < 8) {
    return scalar::byte_histogram(bytes, size, counts);
  }
  ByteCounters counters;
  for (; size >= width; bytes += width, size -= width) {
    const auto values = hn::LoadU(d, reinterpret_cast<const std::uint8_t*>(bytes));
    if (hn::AllTrue(d, hn::Eq(values, hn::Set(d, std::to_integer<std::uint8_t>(bytes[0]))))) {
      counters.add(bytes[0], width);
      continue;
    }
    for (std::size_t i = 0; i < width; i += 8) {
      std::uint64_t word;
      std::memcpy(&word, bytes + i, 8);
      counters.add_word(word);
    }
  }
  for (std::size_t i = 0; i < size; ++i) {
    counters.add(bytes[i]);
  }
  counters.add_to(counts);
}

}  // namespace ashlar::inline v0::detail::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
