// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/warmup/access_log.hpp>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using Log = ashlar::AccessLog<std::string, ashlar::ManualClock>;

TEST_CASE("the hottest keys come first") {
  ashlar::ManualClock clock{100h};
  Log log{1000, 1h, clock};
  CHECK(log.top(10).empty());
  for (int key = 0; key < 10; ++key) {
    for (int i = 0; i <= key; ++i) log.record("store:" + std::to_string(key));
  }
  const auto hot = log.top(3);
  REQUIRE(hot.size() == 3);
  CHECK(hot[0].key == "store:9");
  CHECK(hot[0].reads == 10);
  CHECK(hot[2].key == "store:7");
  CHECK(log.top_fraction(0.2).size() == 2);
  CHECK(log.top_fraction(0).size() == 1);
  CHECK(log.top_fraction(1).size() == 10);
  CHECK(log.top(100).size() == 10);
}

TEST_CASE("reads leave the window with time") {
  ashlar::ManualClock clock{100h};
  Log log{1000, 1h, clock};
  for (int i = 0; i < 5; ++i) log.record("early");
  clock.advance(30min);
  log.record("late");
  CHECK(log.top(1)[0].key == "early");
  clock.advance(31min);
  REQUIRE(log.top(5).size() == 1);
  CHECK(log.top(5)[0].key == "late");
  log.record("early");
  CHECK(log.top(5).size() == 2);
  CHECK(log.top(5)[0].reads == 1);
  clock.advance(24h);
  CHECK(log.top(5).empty());
}

TEST_CASE("the log is bounded: old keys make room, else the new key is dropped") {
  ashlar::ManualClock clock{100h};
  Log log{160, 1h, clock};
  for (int i = 0; i < 10'000; ++i) log.record(std::to_string(i));
  CHECK(log.top(10'000).size() <= 160);
  CHECK(log.dropped() > 9'000);
  clock.advance(2h);
  log.record("new");
  REQUIRE(log.top(10).size() == 1);
  CHECK(log.top(10)[0].key == "new");
}

TEST_CASE("where one read in many is recorded, it counts for all of them") {
  ashlar::AccessLog<int> log{1000, 1h, {}, 16};
  for (int i = 0; i < 160'000; ++i) log.record(i % 4 == 0 ? 1 : i % 3);  // 2 of 4 reads are of key 1
  const auto hot = log.top(3);
  REQUIRE(hot.size() == 3);
  CHECK(hot[0].key == 1);
  std::uint64_t reads = 0;
  for (const auto& one : hot) {
    CHECK(one.reads % 16 == 0);
    reads += one.reads;
  }
  CHECK(reads > 140'000);
  CHECK(reads < 180'000);
  CHECK(hot[0].reads > 65'000);
  CHECK(hot[0].reads < 95'000);
  CHECK(log.dropped() == 0);
}

TEST_CASE("threads that make a few reads each are recorded like one that makes them all") {
  ashlar::AccessLog<int> log{1000, 1h, {}, 16};
  for (int t = 0; t < 2'000; ++t) {
    std::thread{[&] {
      for (int key = 0; key < 8; ++key) log.record(key);
    }}.join();
  }
  const auto hot = log.top(100);
  CHECK(hot.size() == 8);
  std::uint64_t reads = 0;
  for (const auto& one : hot) reads += one.reads;
  CHECK(reads > 8'000);  // of 16,000; what is drawn strays by 500
  CHECK(reads < 24'000);
}

TEST_CASE("many threads may record; what is not counted is counted as dropped") {
  ashlar::AccessLog<int> log;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 2000; ++i) log.record(i % 10);
    });
  }
  for (auto& thread : threads) thread.join();
  std::uint64_t reads = 0;
  for (const auto& hot : log.top(100)) reads += hot.reads;
  CHECK(reads + log.dropped() == 8000);
}
