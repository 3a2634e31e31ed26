// SPDX-License-Identifier: BSL-1.0
#include <ashlar/simd.hpp>

const char* target_in_a_static();
const char* target_in_a_static() { return ashlar::simd_target(); }
