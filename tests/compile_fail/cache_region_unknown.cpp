// expect: NoRegionOfThatName|no region of that name
// expect: inventry.*product_info.*inventory
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/regions/regions.hpp>

using Caches = ashlar::Regions<ashlar::Region<"product_info", int>, ashlar::Region<"inventory", int>>;
#ifdef FIXED
void use(Caches& caches) { static_cast<void>(caches.get<"inventory">("1")); }
#else
void use(Caches& caches) { static_cast<void>(caches.get<"inventry">("1")); }
#endif
