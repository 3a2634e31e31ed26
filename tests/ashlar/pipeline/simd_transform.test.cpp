// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/pipeline.hpp>

#include <span>
#include <vector>

TEST_CASE("simd_transform changes rows of numbers where they lie") {
  std::vector<std::vector<float>> rows(10, std::vector<float>(1000, 1.5F));
  std::vector<std::span<float>> views(rows.begin(), rows.end());
  auto done = (ashlar::from(views) | ashlar::simd_transform([](std::span<float> row) {
                 for (float& x : row) x *= 2;
               }) |
               ashlar::collect())
                  .run({.workers = 2});
  CHECK(done.items[3].data() == rows[3].data());
  CHECK(rows[9][999] == 3.0F);
  CHECK(done.report.stages[1].bytes == 40'000);
}

TEST_CASE("what holds no numbers, or constant ones, is refused") {
  using Twice = decltype(ashlar::simd_transform([](std::span<int>) {}));
  CHECK(Twice::takes<std::vector<int>>);
  CHECK_FALSE(Twice::takes<int>);
  CHECK_FALSE(Twice::takes<std::vector<std::vector<int>>>);
  CHECK_FALSE(Twice::takes<std::span<const int>>);
}
