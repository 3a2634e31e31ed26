// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include <ashlar/simd/support/every_target.hpp>

#include <ashlar/simd/top_k.hpp>

namespace {

using ashlar::RankedValue;

std::vector<RankedValue> by_sorting(std::span<const double> values, std::size_t k) {
  std::vector<RankedValue> all;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i] == values[i]) {
      all.push_back({values[i], static_cast<std::uint32_t>(i)});
    }
  }
  std::ranges::stable_sort(all, [](const RankedValue& a, const RankedValue& b) { return a.value > b.value; });
  all.resize(std::min(all.size(), k));
  return all;
}

void check(std::span<const double> values) {
  for (const std::size_t k : {std::size_t{0}, std::size_t{1}, std::size_t{10}, std::size_t{300}, values.size()}) {
    const auto expected = by_sorting(values, k);
    ashlar_test::on_every_target([&] {
      CAPTURE(values.size(), k);
      const bool same = ashlar::top_k(values, k) == expected;
      REQUIRE(same);
    });
  }
}

}  // namespace

TEST_CASE("The largest values come first, of equal ones the first, on every target") {
  std::minstd_rand random{12};
  for (const std::size_t size : ashlar_test::lengths_around_vectors(sizeof(double))) {
    const ashlar_test::Placed<double> placed{size, random() % 8};
    const auto kinds = size % 3 == 0 ? 5u : 1'000'000u;  // few kinds make equal values
    for (double& value : placed.values()) {
      value = static_cast<double>(random() % kinds) - 3;
    }
    check(placed.values());
  }
}

TEST_CASE("Ascending, descending and constant values are no trouble on any target") {
  std::vector<double> values(20'000);
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<double>(i);
  }
  check(values);
  std::ranges::reverse(values);
  check(values);
  std::ranges::fill(values, 1.5);
  check(values);
}

TEST_CASE("What is not a number has no rank, minus infinity the last, on every target") {
  std::vector<double> values(500, std::numeric_limits<double>::quiet_NaN());
  check(values);
  for (std::size_t i = 0; i < values.size(); i += 3) {
    values[i] = -std::numeric_limits<double>::infinity();
  }
  values[77] = -0.0;
  values[79] = 0.0;
  values[400] = std::numeric_limits<double>::infinity();
  check(values);
}
