// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/pipeline.hpp>

#include <atomic>
#include <set>
#include <vector>

TEST_CASE("a sink gets every item once; a failing Result counts as a failure") {
  std::vector<int> input;
  for (int i = 0; i < 2000; ++i) input.push_back(i);
  std::multiset<int> seen;  // sink<1> needs no lock
  (ashlar::from(input) | ashlar::transform([](int i) { return i; }) | ashlar::sink([&](int i) {
     seen.insert(i);
   })).run({.workers = 3});
  CHECK(seen == std::multiset<int>(input.begin(), input.end()));

  std::atomic<int> called{0};
  auto report = (ashlar::from(input) | ashlar::sink<4>([&](int i) -> ashlar::Result<void> {
                   ++called;
                   if (i == 1234) return ashlar::Error{ashlar::ErrorCode::no_space, "full"};
                   return {};
                 })).run({.on_error = ashlar::OnError::collect});
  CHECK(called == 2000);
  REQUIRE(report.failures.size() == 1);
  CHECK(report.failures[0].item == 1234);
}
