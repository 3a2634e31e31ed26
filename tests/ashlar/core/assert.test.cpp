// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/core/assert.hpp>

TEST_CASE("a true assertion is silent and evaluates nothing twice") {
  int evaluated = 0;
  ASHLAR_ASSERT(++evaluated == 1, "counts one evaluation, or none where NDEBUG is defined");
  CHECK(evaluated <= 1);
}
