// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/pipeline/run_report.hpp>

#include <cmath>

using namespace std::chrono_literals;

TEST_CASE("the bottleneck is the stage that is closest to its limit") {
  ashlar::RunReport report;
  CHECK(report.bottleneck() == nullptr);
  report.wall = 1s;
  report.workers = 4;
  report.finished = 500;
  report.stages.resize(3);
  report.stages[1].name = "wide";
  report.stages[1].busy = 2s;
  report.stages[2].name = "narrow";
  report.stages[2].limit = 1;
  report.stages[2].busy = 900ms;
  CHECK(std::abs(report.rate() - 500.0) < 1e-9);
  CHECK(std::abs(report.utilisation(report.stages[1]) - 0.5) < 1e-9);
  CHECK(std::abs(report.utilisation(report.stages[2]) - 0.9) < 1e-9);
  CHECK(report.bottleneck()->name == "narrow");

  report.stages[2].busy = 100ms;
  CHECK(report.bottleneck()->name == "wide");
}

TEST_CASE("a blocking stage is measured against its own threads") {
  ashlar::RunReport report;
  report.wall = 1s;
  report.workers = 2;
  ashlar::StageReport reading;
  reading.blocking = true;
  reading.limit = 32;
  reading.busy = 16s;
  CHECK(std::abs(report.utilisation(reading) - 0.5) < 1e-9);
}
