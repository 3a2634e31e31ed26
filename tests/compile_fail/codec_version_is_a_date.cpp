// expect: \[ashlar\] versioned: a version above 1000; count layouts from 1 up
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/codec/versioned.hpp>

#ifdef FIXED
ashlar::Versioned<int, 1> value;
#else
ashlar::Versioned<int, 20260101> value;
#endif
