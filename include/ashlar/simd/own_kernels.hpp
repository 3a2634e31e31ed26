// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <string_view>

#include <ashlar/simd/detail/start.hpp>
#include <ashlar/simd/detail/targets.hpp>

namespace ashlar::inline v0 {

/// Offers one instruction set's versions of the kernels of `area`, a name of your own. `name` and `bit` are Highway's
/// (`hwy::TargetName(HWY_TARGET)`, `HWY_TARGET`); "scalar" and 0 for the scalar twins, which run everywhere.
/// `install` puts the versions into their `Kernel`s. Both texts must outlive the program's use of them.
/// Returns true, so that a global can be initialised with it; an (area, bit) that is there already is skipped.
/// Threads: while the program starts only. `examples/12_my_kernel.cpp` shows the whole.
inline bool offer_kernels(std::string_view area, const char* name, std::int64_t bit,
                          void (*install)() noexcept) noexcept {
  return detail::simd_targets.add({area, name, bit, install});
}

/// Installs, in every area, the best target of what was offered for a machine with Highway's `targets`
/// (`hwy::SupportedTargets()`), or the one that the environment variable ASHLAR_SIMD_TARGET names: see `simd_target`.
/// Returns true. Threads: kernels may run meanwhile, starting twice at once may not.
inline bool start_kernels(std::int64_t targets) noexcept { return detail::start_simd_targets(targets); }

}  // namespace ashlar::inline v0
