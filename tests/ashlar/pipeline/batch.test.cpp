// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/pipeline.hpp>

#include <memory>
#include <numeric>
#include <optional>
#include <stop_token>
#include <vector>

TEST_CASE("batch gives consecutive items in the order of the source; the last may be shorter") {
  std::vector<int> input(1003);
  std::iota(input.begin(), input.end(), 0);
  auto pipeline =
      ashlar::from(input) | ashlar::transform([](int i) { return i; }) | ashlar::batch<10>() | ashlar::collect();
  for (int round = 0; round < 2; ++round) {
    auto done = pipeline.run({.workers = 3});
    REQUIRE(done.items.size() == 101);
    CHECK(done.items[7] == std::vector<int>{70, 71, 72, 73, 74, 75, 76, 77, 78, 79});
    CHECK(done.items[100] == std::vector<int>{1000, 1001, 1002});
  }
}

TEST_CASE("batches of batches, of items that only move, of an empty source") {
  int left = 7;
  auto done = (ashlar::generate([&]() -> std::optional<std::unique_ptr<int>> {
                 if (left-- == 0) return std::nullopt;
                 return std::make_unique<int>(left);
               }) |
               ashlar::batch<2>() | ashlar::batch<3>() | ashlar::collect())
                  .run();
  REQUIRE(done.items.size() == 2);
  CHECK(done.items[0].size() == 3);
  CHECK(done.items[1].size() == 1);
  CHECK(done.items[1][0].size() == 1);
  CHECK((ashlar::from(std::vector<int>{}) | ashlar::batch<4>() | ashlar::collect()).run().items.empty());
}

TEST_CASE("what waits in a batch when the run is stopped is counted as cancelled") {
  std::vector<int> input(100, 1);
  std::stop_source stop;
  int seen = 0;
  auto report = (ashlar::from(input) | ashlar::serial([&](int i) {
                   if (++seen == 5) stop.request_stop();
                   return i;
                 }) |
                 ashlar::batch<64>() | ashlar::sink([](const std::vector<int>&) {
                 })).run({.stop = stop.get_token(), .grain = 1});
  CHECK(report.outcome == ashlar::Outcome::stopped);
  CHECK(report.pulled == report.cancelled);
}
