// SPDX-License-Identifier: BSL-1.0
// Compiled once per target, through <ashlar/simd/all_targets.hpp>.
#if defined(ASHLAR_SIMD_DETAIL_ALL_KERNELS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef ASHLAR_SIMD_DETAIL_ALL_KERNELS_INL
#undef ASHLAR_SIMD_DETAIL_ALL_KERNELS_INL
#else
#define ASHLAR_SIMD_DETAIL_ALL_KERNELS_INL
#endif

#include <hwy/highway.h>
#include <ashlar/simd/byte_histogram.hpp>
#include <ashlar/simd/column_stats.hpp>
#include <ashlar/simd/crc32c.hpp>
#include <ashlar/simd/detail/targets.hpp>
#include <ashlar/simd/expiry_scan.hpp>
#include <ashlar/simd/find_byte.hpp>
#include <ashlar/simd/glob.hpp>
#include <ashlar/simd/group_stats.hpp>
#include <ashlar/simd/hash_ids.hpp>
#include <ashlar/simd/min_index.hpp>
#include <ashlar/simd/top_k.hpp>

// Highway's own stand-ins for a missing instruction set gain nothing over the scalar twins; where vectors have no fixed
// size (SVE, RVV), or cannot be members of a class all the same (SVE's of 128 and 256 bits), the next lower target serves.
#if HWY_TARGET != HWY_SCALAR && HWY_TARGET != HWY_EMU128 && HWY_TARGET != HWY_SVE_256 && HWY_TARGET != HWY_SVE2_128 && \
    !HWY_HAVE_SCALABLE

#include <ashlar/codec/detail/column_kernels-inl.hpp>
#include <ashlar/simd/detail/byte_histogram-inl.hpp>
#include <ashlar/simd/detail/column_stats-inl.hpp>
#include <ashlar/simd/detail/crc32c-inl.hpp>
#include <ashlar/simd/detail/expiry_scan-inl.hpp>
#include <ashlar/simd/detail/find_byte-inl.hpp>
#include <ashlar/simd/detail/glob-inl.hpp>
#include <ashlar/simd/detail/group_stats-inl.hpp>
#include <ashlar/simd/detail/hash_ids-inl.hpp>
#include <ashlar/simd/detail/min_index-inl.hpp>
#include <ashlar/simd/detail/top_k-inl.hpp>

namespace ashlar::inline v0::detail::HWY_NAMESPACE {

inline void install_simd_kernels() noexcept {
  above_kernel.install(&above);
  byte_histogram_kernel.install(&byte_histogram);
  count_byte_kernel.install(&count_byte);
  crc32c_kernel.install(&crc32c);
  expiry_scan_kernel.install(&expiry_scan);
  find_byte_kernel.install(&find_byte);
  glob_scan_kernel.install(&glob_scan);
  group_stats_kernel.install(&group_stats);
  hash_ids_kernel.install(&hash_ids);
  histogram_kernel.install(&histogram);
  min_index_kernel.install(&min_index);
  squared_deviations_kernel.install(&squared_deviations);
  summarize_f64_kernel.install(&summarize_f64);
  summarize_i64_kernel.install(&summarize_i64);
}

inline const bool simd_kernels_added =
    simd_targets.add({"simd", hwy::TargetName(HWY_TARGET), HWY_TARGET, &install_simd_kernels});

}  // namespace ashlar::inline v0::detail::HWY_NAMESPACE

#endif
#endif
