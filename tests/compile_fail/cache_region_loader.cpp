// expect: \[ashlar\] Regions: the loader must return the region's value, std::optional or Loaded of it
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/regions/regions.hpp>
#include <string>

using Caches = ashlar::Regions<ashlar::Region<"a", int>>;
#ifdef FIXED
int use(Caches& caches) {
  return caches.get_or_load<"a">("1", [] { return 1; });
}
#else
int use(Caches& caches) {
  return caches.get_or_load<"a">("1", [] { return std::string{"1"}; });
}
#endif
