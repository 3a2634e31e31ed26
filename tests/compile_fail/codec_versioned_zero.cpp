// expect: \[ashlar\] versioned: versions start at 1
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/codec/versioned.hpp>

#ifdef FIXED
ashlar::Versioned<int, 1> value;
#else
ashlar::Versioned<int, 0> value;
#endif
