// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/pipeline.hpp>

#include <algorithm>
#include <numeric>
#include <vector>

TEST_CASE("collect keeps the order of the source, and only what got there") {
  std::vector<int> input(5000);
  std::iota(input.begin(), input.end(), 0);
  auto pipeline = ashlar::from(input) | ashlar::transform([](int i) {
                    if (i % 1000 == 999) throw std::runtime_error{"unlucky"};
                    return i;
                  }) |
                  ashlar::collect();
  const auto [report, items] = pipeline.run({.on_error = ashlar::OnError::collect, .workers = 3});
  CHECK(report.failed == 5);
  REQUIRE(items.size() == 4995);
  CHECK(std::is_sorted(items.begin(), items.end()));
  CHECK_THROWS_AS(pipeline.run(), ashlar::StageError);
}
