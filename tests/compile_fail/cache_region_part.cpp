// expect: \[ashlar\] Regions: a part must be a Region<…>, Over<tier> or PackWith<compression>
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/regions/regions.hpp>

#ifdef FIXED
using Caches = ashlar::Regions<ashlar::Region<"a", int>>;
#else
using Caches = ashlar::Regions<ashlar::Region<"a", int>, int>;
#endif
Caches caches{ashlar::bytes(1000)};
