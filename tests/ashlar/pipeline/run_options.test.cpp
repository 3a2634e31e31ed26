// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/pipeline/run_options.hpp>

#include <cmath>

using namespace std::chrono_literals;

TEST_CASE("progress knows its rate and the time left") {
  ashlar::Progress progress;
  CHECK(progress.rate() == 0.0);
  CHECK(progress.eta() < 0s);
  progress.finished = 50;
  progress.total = 200;
  progress.elapsed = 5s;
  CHECK(std::abs(progress.rate() - 10.0) < 1e-9);
  CHECK(std::abs(progress.eta().count() - 15.0) < 1e-9);
  progress.finished = 300;
  CHECK(std::abs(progress.eta().count() - 0.0) < 1e-9);
}
