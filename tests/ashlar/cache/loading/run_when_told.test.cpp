// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/loading/run_when_told.hpp>

#include <memory>
#include <vector>

using ashlar::RunWhenTold;

TEST_CASE("a runner may keep its tasks until it is told, in order") {
  RunWhenTold runner;
  RunWhenTold copy = runner;
  std::vector<int> ran;
  CHECK(runner.run([&] { ran.push_back(1); }));
  CHECK(copy.run([&] {
    ran.push_back(2);
    runner.run([&] { ran.push_back(3); });
  }));
  CHECK(ran.empty());
  CHECK(runner.waiting() == 2);
  CHECK(copy.run_one());
  CHECK(ran == std::vector<int>{1});
  CHECK(runner.run_all() == 2);
  CHECK(ran == std::vector<int>{1, 2, 3});
  CHECK_FALSE(runner.run_one());
  auto dropped = std::make_shared<int>();
  runner.run([dropped] { FAIL("ran a dropped task"); });
  CHECK(runner.drop_one());
  CHECK_FALSE(runner.drop_one());
  CHECK(dropped.use_count() == 1);
}
