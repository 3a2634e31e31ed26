// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/invalidation/glob_escape.hpp>
#include <ashlar/simd/glob.hpp>

#include <string>

TEST_CASE("an escaped text fits itself and nothing else") {
  for (const std::string text : {"", "plain", "*", "a?c", "[a-z]", "a\\", "]", "^x", "\\*"}) {
    const ashlar::Glob glob{ashlar::glob_escape(text)};
    CHECK(glob.matches(text));
    CHECK(glob.is_literal());
    CHECK_FALSE(glob.matches(text + "x"));
  }
}
