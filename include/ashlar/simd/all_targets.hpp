// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Brings the kernels of every instruction set into the program and installs the best ones while it starts.
/// One translation unit of a program includes this file; the CMake target `ashlar::ashlar` adds such a unit by itself
/// (`simd/all_targets.cpp`). Several of them do no harm, none leaves the scalar twins. Needs Highway's library.
/// Cost: several seconds of compile time. Which target runs: `ashlar::simd_target()`.
///
/// Highway compiles one set of kernels per translation unit, so give this include a `.cpp` file of its own when the
/// program has Highway kernels too. Kernels that run before this unit is initialised (in constructors of global
/// objects) are the scalar twins; results do not depend on it.

#ifdef HIGHWAY_HWY_FOREACH_TARGET_H_
#error "[ashlar] all_targets: <hwy/foreach_target.h> comes first in this file; move this include to a .cpp of its own"
#endif

// Highway 1.0.3 refuses -march=native on processors that have more than plain AVX-512 unless this is wanted.
#ifndef HWY_WANT_AVX3_DL
#define HWY_WANT_AVX3_DL 1
#endif

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE <ashlar/simd/detail/all_kernels-inl.hpp>
#include <hwy/foreach_target.h>

#include <hwy/highway.h>

#include <ashlar/simd/detail/all_kernels-inl.hpp>
#include <ashlar/simd/detail/start.hpp>

// Kernels that follow would be compiled for one target only: <hwy/foreach_target.h> does nothing a second time.
#undef HWY_BEFORE_NAMESPACE
#define HWY_BEFORE_NAMESPACE()                                                                                  \
  static_assert(false,                                                                                          \
                "[ashlar] all_targets: Highway kernels come after <ashlar/simd/all_targets.hpp> in this file; " \
                "move that include to a .cpp of its own")

namespace ashlar::inline v0::detail {

inline void reset_simd_kernels() noexcept {
  above_kernel.reset();
  byte_histogram_kernel.reset();
  count_byte_kernel.reset();
  crc32c_kernel.reset();
  expiry_scan_kernel.reset();
  find_byte_kernel.reset();
  glob_scan_kernel.reset();
  group_stats_kernel.reset();
  hash_ids_kernel.reset();
  histogram_kernel.reset();
  min_index_kernel.reset();
  squared_deviations_kernel.reset();
  summarize_f64_kernel.reset();
  summarize_i64_kernel.reset();
}

inline const bool simd_started =
    simd_targets.add({"simd", "scalar", 0, &reset_simd_kernels}) && start_simd_targets(hwy::SupportedTargets());

}  // namespace ashlar::inline v0::detail
