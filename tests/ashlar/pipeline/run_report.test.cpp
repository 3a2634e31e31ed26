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

namespace {

using Clock = std::chrono::steady_clock;

/// A run that keeps a worker which has looked for work everywhere else, until it may go on and for a while longer.
class HoldsTheWorker final : public ashlar::Executor::Job {
 public:
  bool work(unsigned) noexcept override { return false; }
  bool has_work(unsigned) noexcept override {
    if (holds_.exchange(true)) return false;
    held.set_value();
    go_on.get_future().wait();
    std::this_thread::sleep_for(30ms);
    released = Clock::now();
    return false;
  }

  std::promise<void> held, go_on;
  Clock::time_point released;

 private:
  std::atomic<bool> holds_{false};
};

}  // namespace

TEST_CASE("blocked time of the source ends when there is room, not when a worker comes for it") {
  HoldsTheWorker other;
  ashlar::Executor one{1};
  std::promise<void> first_began;
  const auto began = Clock::now();
  Clock::time_point through{};
  ashlar::RunReport report;
  std::jthread run{[&] {
    ashlar::Pipeline held_up{ashlar::from(std::vector{0, 1}), ashlar::transform<1>([&](int n) {
                                                                if (n == 0) {
                                                                  first_began.set_value();
                                                                  other.held.get_future().wait();
                                                                }
                                                                return n;
                                                              }).blocking(),
                             ashlar::sink<1>([](int) {}).blocking()};
    report = held_up.run({.progress =
                              [&](const ashlar::Progress& progress) {
                                if (progress.finished == 0 || through != Clock::time_point{}) return;
                                through = Clock::now();
                                other.go_on.set_value();
                              },
                          .progress_every = std::chrono::milliseconds{1},
                          .in_flight = 1,
                          .executor = &one});
  }};
  first_began.get_future().wait();
  // The only worker finds the limit reached; then it is kept from seeing that there is room again.
  const ashlar::Executor::Seat seat{one, other};
  run.join();
  const auto joined = Clock::now();
  CHECK(report.finished == 2);
  CHECK(report.blocked > 0ns);
  // While the worker was held there was room; once it was not, the second item came to the limit.
  CHECK(report.blocked <= (through - began) + (joined - other.released));
}
