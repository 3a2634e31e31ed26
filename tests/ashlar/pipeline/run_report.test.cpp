// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/pipeline.hpp>

#include <atomic>
#include <chrono>
#include <cmath>
#include <future>
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

TEST_CASE("blocked time of the source ends when there is room, not when a worker comes for it") {
  ashlar::Executor one{1};
  std::promise<void> first_began, worker_is_held, first_is_through;
  const auto now = [] { return std::chrono::steady_clock::now(); };
  const auto began = now();
  std::chrono::nanoseconds through{0};
  ashlar::RunReport report;
  std::jthread run{[&] {
    ashlar::Pipeline held_up{ashlar::from(std::vector{0, 1}), ashlar::transform<1>([&](int n) {
                                                                if (n == 0) {
                                                                  first_began.set_value();
                                                                  worker_is_held.get_future().wait();
                                                                }
                                                                return n;
                                                              }).blocking(),
                             ashlar::sink<1>([](int) {}).blocking()};
    report = held_up.run({.progress =
                              [&](const ashlar::Progress& progress) {
                                if (progress.finished == 0 || through.count() != 0) return;
                                through = now() - began;
                                first_is_through.set_value();
                              },
                          .progress_every = std::chrono::milliseconds{1},
                          .in_flight = 1,
                          .executor = &one});
  }};
  first_began.get_future().wait();
  // The only worker has found the limit reached; now it is kept from seeing that there is room again.
  ashlar::Pipeline holds_the_worker{ashlar::from(std::vector{0}), ashlar::sink<1>([&](int) {
                                      worker_is_held.set_value();
                                      first_is_through.get_future().wait();
                                      std::this_thread::sleep_for(std::chrono::milliseconds{30});
                                    })};
  holds_the_worker.run({.executor = &one});
  run.join();
  CHECK(report.finished == 2);
  CHECK(report.blocked > std::chrono::nanoseconds{0});
  CHECK(report.blocked <= through);
}
