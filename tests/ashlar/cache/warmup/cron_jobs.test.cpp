// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/warmup/cron_jobs.hpp>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using Jobs = ashlar::CronJobs<ashlar::ManualClock, ashlar::UtcZone>;

namespace {

ashlar::CronSchedule every(const char* text) { return ashlar::CronSchedule::parse(text).value(); }

}  // namespace

TEST_CASE("jobs are done when they are due, and once for all the times that were missed") {
  ashlar::ManualClock clock;
  Jobs jobs{clock};
  int five = 0;
  int hourly = 0;
  CHECK(jobs.add("five", every("*/5 * * * *"), [&] { ++five; }));
  CHECK(jobs.add("hourly", every("@hourly"), [&] { ++hourly; }));
  CHECK_FALSE(jobs.add("five", every("* * * * *"), [] {}));
  CHECK(jobs.next_due() == std::chrono::sys_seconds{5min});
  CHECK(jobs.run_due().empty());
  clock.advance(5min);
  CHECK(jobs.run_due().size() == 1);
  CHECK(jobs.run_due().empty());
  clock.advance(60min);
  const std::vector<ashlar::CronRun> runs = jobs.run_due();
  REQUIRE(runs.size() == 2);
  CHECK(runs[0].job == "five");
  CHECK(runs[0].due == std::chrono::sys_seconds{10min});
  CHECK(runs[1].job == "hourly");
  CHECK(five == 2);
  CHECK(hourly == 1);
  CHECK(jobs.next_due() == std::chrono::sys_seconds{70min});
}

TEST_CASE("a job that throws is reported and harms no other") {
  ashlar::ManualClock clock;
  Jobs jobs{clock};
  int done = 0;
  jobs.add("bad", every("* * * * *"), [] { throw std::runtime_error{"no source"}; });
  jobs.add("worse", every("* * * * *"), [] { throw 7; });
  jobs.add("good", every("* * * * *"), [&] { ++done; });
  clock.advance(1min);
  const std::vector<ashlar::CronRun> runs = jobs.run_due();
  REQUIRE(runs.size() == 3);
  CHECK(runs[0].error == "no source");
  CHECK(runs[1].error == "an exception that is no std::exception");
  CHECK(runs[2].error.empty());
  CHECK(done == 1);
}

TEST_CASE("jobs may add and remove jobs, themselves too") {
  ashlar::ManualClock clock;
  Jobs jobs{clock};
  int first = 0;
  int second = 0;
  jobs.add("first", every("* * * * *"), [&] {
    ++first;
    jobs.remove("first");
    jobs.add("second", every("* * * * *"), [&] { ++second; });
  });
  clock.advance(1min);
  jobs.run_due();
  clock.advance(1min);
  jobs.run_due();
  CHECK(first == 1);
  CHECK(second == 1);
  CHECK(jobs.remove("second"));
  CHECK_FALSE(jobs.remove("second"));
  CHECK_FALSE(jobs.next_due());
}

TEST_CASE("one that never comes is kept and never done") {
  ashlar::ManualClock clock;
  Jobs jobs{clock};
  jobs.add("never", every("0 0 30 2 *"), [] {});
  CHECK_FALSE(jobs.next_due());
  clock.advance(std::chrono::hours{24 * 400});
  CHECK(jobs.run_due().empty());
}

TEST_CASE("however many threads ask, a job is done once for each time it is due and never twice at a time") {
  ashlar::ManualClock clock;
  Jobs jobs{clock};
  std::atomic<int> inside{0};
  std::atomic<int> done{0};
  std::atomic<bool> overlapped{false};
  jobs.add("job", every("* * * * *"), [&] {
    if (++inside != 1) overlapped = true;
    ++done;
    --inside;
  });
  for (int minute = 0; minute < 100; ++minute) {
    clock.advance(1min);
    std::vector<std::jthread> threads;
    for (int i = 0; i < 3; ++i) threads.emplace_back([&] { jobs.run_due(); });
  }
  jobs.run_due();
  CHECK_FALSE(overlapped);
  CHECK(done == 100);
}

TEST_CASE("run does what is due on the thread of the user until it is stopped") {
  ashlar::ManualClock clock;
  Jobs jobs{clock};
  std::atomic<int> told{0};
  std::stop_source stop;
  std::jthread thread{
      [&] { jobs.run(stop.get_token(), [&](const ashlar::CronRun& run) { told += run.job == "job"; }); }};
  jobs.add("job", every("* * * * *"), [] {});
  clock.advance(1min);
  jobs.add("wakes it", every("@yearly"), [] {});
  while (told == 0) std::this_thread::yield();
  stop.request_stop();
  thread.join();
  CHECK(told == 1);
}
