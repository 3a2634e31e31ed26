// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <ashlar/simd/detail/targets.hpp>

namespace ashlar::inline v0 {

/// The name of the instruction set whose kernels run now: "scalar" in a program without `simd/all_targets.hpp`,
/// else Highway's name for the best one that machine and program have ("AVX2", "AVX3_ZEN4", "NEON", …).
///
/// The environment variable `ASHLAR_SIMD_TARGET` names another one, read once while the program starts. A name that
/// is unknown, or that this machine or this program lacks, is ignored: the best target runs, and one line on standard
/// error lists the names that would work. Kernels give the same results on every target.
/// Threads: any. Cost: one load.
inline const char* simd_target() noexcept { return detail::simd_targets.current(); }

}  // namespace ashlar::inline v0
