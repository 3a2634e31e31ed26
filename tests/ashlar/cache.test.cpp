// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache.hpp>

TEST_CASE("the header cache.hpp alone brings in its area") {
  STATIC_REQUIRE(ashlar::tier<ashlar::Cache<ashlar::MemoryTier<int, int>>>);
}
