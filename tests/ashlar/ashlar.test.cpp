// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/ashlar.hpp>

TEST_CASE("the header ashlar.hpp alone brings in its area") {
  STATIC_REQUIRE(std::is_empty_v<ashlar::NoCompression> && ashlar::tier<ashlar::NullTier<int, int>>);
}
