// expect: \[ashlar\] Region: the name is a key prefix
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/regions/region.hpp>

#ifdef FIXED
using Mine = ashlar::Region<"product_info", int>;
#else
using Mine = ashlar::Region<"product:*", int>;
#endif
constexpr auto name = Mine::name;
