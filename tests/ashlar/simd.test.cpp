// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/simd.hpp>

TEST_CASE("the header simd.hpp alone brings in its area") {
  STATIC_REQUIRE(sizeof(ashlar::ByteHistogram) == 256 * sizeof(std::uint64_t));
}
