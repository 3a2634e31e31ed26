// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/pipeline.hpp>

#include <atomic>
#include <numeric>
#include <thread>
#include <vector>

TEST_CASE("behind ordered() stages of limit 1 see the order of the source") {
  std::vector<int> input(2000);
  std::iota(input.begin(), input.end(), 0);
  std::vector<int> first, second;
  (ashlar::from(input) | ashlar::transform([](int i) {
     if (i % 64 == 7) std::this_thread::sleep_for(std::chrono::microseconds{200});
     return i;
   }) |
   ashlar::ordered() | ashlar::serial([&](int i) {
     first.push_back(i);
     return i;
   }) |
   ashlar::sink([&](int i) {
     second.push_back(i);
   })).run({.grain = 1, .workers = 4});
  CHECK(first == input);
  CHECK(second == input);
}

TEST_CASE("items that wait their turn do not hold the others up, up to the window") {
  std::vector<int> input(300);
  std::iota(input.begin(), input.end(), 0);
  std::atomic<int> passed{0};
  int passed_at_first = 0;
  bool in_order = true;
  int next = 0;
  auto report = (ashlar::from(input) | ashlar::transform([&](int i) {
                   while (i == 0 && passed < 150) std::this_thread::yield();
                   ++passed;
                   return i;
                 }) |
                 ashlar::ordered() | ashlar::sink([&](int i) {
                   if (next == 0) passed_at_first = passed;
                   in_order = in_order && i == next++;
                 })).run({.in_flight = 4, .window = 200, .grain = 1, .workers = 2});
  CHECK(in_order);
  CHECK(passed_at_first >= 150);
  CHECK(report.most_in_flight <= 200);
}
