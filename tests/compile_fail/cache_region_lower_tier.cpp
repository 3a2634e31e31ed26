// expect: \[ashlar\] Regions: the lower tier must remove entries by a predicate; add erase_matching\(predicate\)
// expect: \[ashlar\] Regions: the lower tier must take a time to live and tell what is left of it
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/regions/regions.hpp>
#include <optional>
#include <string>

struct Mine {
  using key_type = std::string;
  using mapped_type = std::string;
  std::optional<std::string> get(const std::string&) { return {}; }
  void put(const std::string&, const std::string&) {}
  bool erase(const std::string&) { return false; }
};
#ifdef FIXED
using Caches = ashlar::Regions<ashlar::Region<"a", int>>;
#else
using Caches = ashlar::Regions<ashlar::Region<"a", int>, ashlar::Over<Mine>>;
#endif
static_assert(sizeof(Caches) > 0);
