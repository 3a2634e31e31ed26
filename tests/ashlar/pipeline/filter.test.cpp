// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/pipeline.hpp>

#include <numeric>
#include <stdexcept>
#include <vector>

TEST_CASE("filter passes on what the predicate likes, and positions of failures behind it are right") {
  std::vector<int> input(1000);
  std::iota(input.begin(), input.end(), 0);
  auto done = (ashlar::from(input) | ashlar::filter([](int i) { return i % 3 == 0; }) | ashlar::transform([](int i) {
                 if (i == 600) throw std::runtime_error{"six hundred"};
                 return i;
               }) |
               ashlar::filter([](const int& i) { return i % 2 == 0; }) | ashlar::transform([](int i) {
                 if (i == 900) throw std::runtime_error{"nine hundred"};
                 return i;
               }) |
               ashlar::collect())
                  .run({.on_error = ashlar::OnError::collect});
  CHECK(done.items.size() == 165);
  CHECK(done.items[1] == 6);
  REQUIRE(done.report.failures.size() == 2);
  CHECK(done.report.failures[0].item + done.report.failures[1].item == 1500);
  CHECK(done.report.finished == 998);
}
