// SPDX-License-Identifier: BSL-1.0
#include <ashlar/simd.hpp>

const char* target_in_a_shared();
const char* target_in_a_shared() { return ashlar::simd_target(); }
