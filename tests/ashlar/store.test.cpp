// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/store.hpp>

TEST_CASE("the header store.hpp alone brings in its area") { STATIC_REQUIRE(ashlar::backend<ashlar::FilePerKey>); }
