// expect: \[ashlar\] all_targets: <hwy/foreach_target.h> comes first in this file
// SPDX-License-Identifier: BSL-1.0
#ifndef FIXED
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE <cstddef>
#include <hwy/foreach_target.h>
#endif
#include <ashlar/simd/all_targets.hpp>

int main() {}
