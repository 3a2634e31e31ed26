// expect: \[ashlar\] Regions: two regions have the same name
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/regions/regions.hpp>

#ifdef FIXED
using Caches = ashlar::Regions<ashlar::Region<"a", int>, ashlar::Region<"b", double>>;
#else
using Caches = ashlar::Regions<ashlar::Region<"a", int>, ashlar::Region<"a", double>>;
#endif
Caches caches{ashlar::bytes(1000)};
