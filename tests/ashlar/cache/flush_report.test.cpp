// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/flush_report.hpp>

TEST_CASE("a flush is complete when nothing waits any more") {
  CHECK(ashlar::FlushReport{}.complete());
  CHECK(ashlar::FlushReport{.written = 3, .waiting = 0, .error = {}}.complete());
  CHECK_FALSE(ashlar::FlushReport{.written = 3, .waiting = 1, .error = {}}.complete());
}
