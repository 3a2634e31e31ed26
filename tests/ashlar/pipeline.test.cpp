// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/pipeline.hpp>

TEST_CASE("the header pipeline.hpp alone brings in its area") { STATIC_REQUIRE(sizeof(ashlar::RunReport) > 0); }
