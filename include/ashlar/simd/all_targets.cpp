// SPDX-License-Identifier: BSL-1.0
#include <ashlar/simd/all_targets.hpp>
