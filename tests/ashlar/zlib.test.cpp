// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/zlib.hpp>

TEST_CASE("the header zlib.hpp alone brings in its area") { STATIC_REQUIRE(ashlar::compression<ashlar::zlib::Gzip<>>); }
