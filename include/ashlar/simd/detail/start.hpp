// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include <ashlar/simd/detail/targets.hpp>

namespace ashlar::inline v0::detail {

// Installs the best targets for `machine` (Highway's bits), or the one that ASHLAR_SIMD_TARGET names.
inline bool start_simd_targets(std::int64_t machine) noexcept {
  simd_targets.set_machine(machine);
  const char* wanted = std::getenv("ASHLAR_SIMD_TARGET");
  if (wanted == nullptr || *wanted == '\0') {
    simd_targets.use_best();
  } else if (!simd_targets.use(wanted)) {
    simd_targets.use_best();
    std::fprintf(stderr, "ashlar: ASHLAR_SIMD_TARGET=%s is not available here; running %s; choose from:", wanted,
                 simd_targets.current());
    simd_targets.each([](const char* name) { std::fprintf(stderr, " %s", name); });
    std::fputc('\n', stderr);
  }
  return true;
}

}  // namespace ashlar::inline v0::detail
