// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/loading/run_on_threads.hpp>

#include <atomic>
#include <chrono>
#include <latch>
#include <memory>
#include <thread>

using ashlar::RunOnThreads;

TEST_CASE("a runner with threads runs every task on one of them") {
  std::atomic<int> ran{0};
  std::latch all{100};
  RunOnThreads runner{3};
  for (int i = 0; i < 100; ++i) {
    CHECK(runner.run([&] {
      ++ran;
      all.count_down();
    }));
  }
  all.wait();
  CHECK(ran == 100);
}

TEST_CASE("a runner with threads refuses what its queue has no room for, and drops what waits when it goes") {
  std::latch begun{1};
  std::latch go{1};
  std::atomic<int> ran{0};
  std::thread release;
  {
    RunOnThreads runner{1, 2};
    CHECK(runner.run([&] {
      begun.count_down();
      go.wait();
      ++ran;
    }));
    begun.wait();
    CHECK(runner.run([&] { ran += 100; }));
    CHECK(runner.run([&] { ran += 100; }));
    CHECK_FALSE(runner.run([&] { ran += 100; }));
    const auto held = std::make_shared<RunOnThreads>(runner);  // a copy that goes first ends nothing
    release = std::thread{[&] {
      std::this_thread::sleep_for(std::chrono::milliseconds{20});
      go.count_down();
    }};
  }
  release.join();
  CHECK(ran == 1);
}
