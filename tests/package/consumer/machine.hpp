// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Whether ashlar's kernels must have found something better than their scalar twins on this machine.
inline bool machine_has_simd() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx2") != 0;
#elif defined(__aarch64__)
  return true;
#else
  return false;
#endif
}
