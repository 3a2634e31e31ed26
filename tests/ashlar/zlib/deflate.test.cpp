// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/zlib/deflate.hpp>
#include <support/codec_checks.hpp>

TEST_CASE("deflate restores what it packed") {
  ashlar_test::check_compression(ashlar::zlib::Deflate<>{});
  ashlar_test::check_compression(ashlar::zlib::Deflate<9>{});
}
