// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/zstd.hpp>

TEST_CASE("the header zstd.hpp alone brings in its area") { STATIC_REQUIRE(ashlar::compression<ashlar::zstd::Zstd<>>); }
