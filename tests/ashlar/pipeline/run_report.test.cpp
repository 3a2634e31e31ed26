// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/pipeline.hpp>

#include <atomic>
#include <cmath>
#include <thread>
#include <vector>

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

TEST_CASE("a stage is blocked while what it gave waits for the next one; the source, while a limit holds it back") {
  std::atomic<int> through{0};
  const auto report = (ashlar::from(std::vector<int>(6, 1)) | ashlar::transform([&](int i) {
                         ++through;
                         return i;
                       }) |
                       ashlar::sink([&](int) {
                         // Another worker has gone on to the third item, so that the second one waits.
                         while (through < 3) std::this_thread::yield();
                       })).run({.in_flight = 3, .grain = 1, .workers = 2});
  REQUIRE(report.stages.size() == 3);
  CHECK(report.stages[1].blocked.count() > 0);
  CHECK(report.stages[1].blocked <= report.wall);
  CHECK(report.stages[2].blocked.count() == 0);
  CHECK(report.stages[0].blocked == report.blocked);
  CHECK(report.stages[2].waiting >= report.stages[1].blocked);
}
