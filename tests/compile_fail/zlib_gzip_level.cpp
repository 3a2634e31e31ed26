// expect: \[ashlar\] zlib: the level is 1 \(fast\) to 9 \(small\)
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/zlib.hpp>

#ifdef FIXED
using Mine = ashlar::zlib::Gzip<5>;
#else
using Mine = ashlar::zlib::Gzip<0>;
#endif
static_assert(sizeof(Mine) > 0);
