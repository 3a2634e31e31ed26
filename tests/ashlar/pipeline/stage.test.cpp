// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/pipeline.hpp>

#include <vector>

TEST_CASE("a stage can be given a name, and threads of its own") {
  auto plain = ashlar::transform<3>([](int i) { return i; });
  CHECK(plain.name() == "transform");
  CHECK_FALSE(plain.is_blocking());
  CHECK(decltype(plain)::limit == 3);
  auto adjusted = std::move(plain).named("fetch").blocking();
  CHECK(adjusted.name() == "fetch");
  CHECK(adjusted.is_blocking());
  auto report = (ashlar::from(std::vector<int>{1}) | std::move(adjusted) | ashlar::sink([](int) {})).run();
  CHECK(report.stages[1].name == "fetch");
  CHECK(report.stages[1].blocking);
}
