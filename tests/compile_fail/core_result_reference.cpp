// expect: \[ashlar\] Result: T must be an object type
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/core/result.hpp>

#ifdef FIXED
using Found = ashlar::Result<int*>;
#else
using Found = ashlar::Result<int&>;
#endif
static_assert(sizeof(Found) > 0);
