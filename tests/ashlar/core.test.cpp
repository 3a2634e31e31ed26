// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/core.hpp>

TEST_CASE("the header core.hpp alone brings in its area") { STATIC_REQUIRE(ashlar::clock<ashlar::ManualClock>); }
