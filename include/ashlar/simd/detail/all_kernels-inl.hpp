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
#include <ashlar/simd/crc32c.hpp>
#include <ashlar/simd/detail/targets.hpp>
#include <ashlar/simd/glob.hpp>

// Highway's own stand-ins for a missing instruction set gain nothing over the scalar twins; where vectors have no fixed
// size (SVE, RVV) the next lower target serves.
#if HWY_TARGET != HWY_SCALAR && HWY_TARGET != HWY_EMU128 && !HWY_HAVE_SCALABLE

#include <ashlar/simd/detail/byte_histogram-inl.hpp>
#include <ashlar/simd/detail/crc32c-inl.hpp>
#include <ashlar/simd/detail/glob-inl.hpp>

namespace ashlar::inline v0::detail::HWY_NAMESPACE {

inline void install_simd_kernels() noexcept {
  byte_histogram_kernel.install(&byte_histogram);
  crc32c_kernel.install(&crc32c);
  glob_scan_kernel.install(&glob_scan);
}

inline const bool simd_kernels_added =
    simd_targets.add({"simd", hwy::TargetName(HWY_TARGET), HWY_TARGET, &install_simd_kernels});

}  // namespace ashlar::inline v0::detail::HWY_NAMESPACE

#endif
#endif
