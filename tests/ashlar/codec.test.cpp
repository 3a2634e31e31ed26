// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/codec.hpp>

TEST_CASE("the header codec.hpp alone brings in its area") { STATIC_REQUIRE(ashlar::compression<ashlar::Lz4>); }
