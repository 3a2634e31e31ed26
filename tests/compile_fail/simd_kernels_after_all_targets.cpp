// expect: \[ashlar\] all_targets: Highway kernels come after <ashlar/simd/all_targets.hpp> in this file
// SPDX-License-Identifier: BSL-1.0
#ifndef FIXED
#include <ashlar/simd/all_targets.hpp>
#endif

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE __BASE_FILE__
#include <hwy/foreach_target.h>

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace HWY_NAMESPACE {
int twice(int x) { return 2 * x; }
}  // namespace HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
HWY_EXPORT(twice);
int main() { return HWY_DYNAMIC_DISPATCH(twice)(0); }
#endif
