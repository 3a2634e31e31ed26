// expect: \[ashlar\] zstd: the level is -100 to 22, but not 0
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/zstd.hpp>

#ifdef FIXED
using Mine = ashlar::zstd::Zstd<5>;
#else
using Mine = ashlar::zstd::Zstd<0>;
#endif
static_assert(sizeof(Mine) > 0);
