// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include <ashlar/simd/support/every_target.hpp>

#include <ashlar/simd/column_stats.hpp>

namespace {

using ashlar::ColumnStats;
using ashlar_test::Placed;

template <class T, class Make>
Placed<T> column(std::size_t size, std::size_t offset, Make make) {
  Placed<T> placed{size, offset};
  for (T& value : placed.values()) {
    value = make();
  }
  return placed;
}

bool near(double a, double b) { return std::abs(a - b) <= 1e-9 * (1 + std::abs(b)); }

}  // namespace

TEST_CASE("A column of doubles has the same statistics on every target, those of a plain loop") {
  std::minstd_rand random{3};
  for (const std::size_t size : ashlar_test::lengths_around_vectors(sizeof(double))) {
    const auto placed =
        column<double>(size, random() % 8, [&] { return static_cast<double>(random() % 1000) / 7 - 50; });
    const std::span<const double> values = placed.values();
    ColumnStats<double> expected{.count = size};
    for (const double value : values) {
      expected.sum += value;
      expected.min = std::min(expected.min, value);
      expected.max = std::max(expected.max, value);
    }
    ColumnStats<double> first = ashlar::column_stats(values);
    REQUIRE(near(first.sum, expected.sum));
    expected.sum = first.sum;
    ashlar_test::on_every_target([&] { REQUIRE(ashlar::column_stats(values) == expected); });
  }
}

TEST_CASE("A column of integers has the same statistics on every target") {
  std::mt19937_64 random{4};
  for (const std::size_t size : ashlar_test::lengths_around_vectors(sizeof(std::int64_t))) {
    const auto placed = column<std::int64_t>(size, random() % 8, [&] { return static_cast<std::int64_t>(random()); });
    const std::span<const std::int64_t> values = placed.values();
    ColumnStats<std::int64_t> expected{.count = size};
    std::uint64_t sum = 0;
    for (const std::int64_t value : values) {
      sum += static_cast<std::uint64_t>(value);
      expected.min = std::min(expected.min, value);
      expected.max = std::max(expected.max, value);
    }
    expected.sum = static_cast<std::int64_t>(sum);
    ashlar_test::on_every_target([&] { REQUIRE(ashlar::column_stats(values) == expected); });
  }
}

TEST_CASE("Values that are not a number, infinities and empty columns have defined statistics on every target") {
  const double infinity = std::numeric_limits<double>::infinity();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  std::vector<double> values(70, nan);
  values[3] = 4;
  values[66] = -4;
  const std::vector<double> infinite(40, -infinity);
  ashlar_test::on_every_target([&] {
    const auto stats = ashlar::column_stats(values);
    REQUIRE(std::isnan(stats.sum));
    REQUIRE(stats.min == -4);
    REQUIRE(stats.max == 4);
    REQUIRE(ashlar::column_stats(infinite) == ColumnStats<double>{40, -infinity, -infinity, -infinity});
    REQUIRE(ashlar::column_stats(std::span<const double>{}) == ColumnStats<double>{0, 0, infinity, -infinity});
  });
}

TEST_CASE("The variance is that of the definition on every target") {
  REQUIRE(ashlar::variance(std::vector<double>{5}) == 0);
  REQUIRE(ashlar::variance(std::vector<double>{1, 3}) == 1);
  REQUIRE(ashlar::variance(std::vector<double>{1, 3}, true) == 2);
  std::minstd_rand random{5};
  for (std::size_t size = 2; size < 200; ++size) {
    const auto placed = column<double>(size, 0, [&] { return 1e6 + static_cast<double>(random() % 1000); });
    double mean = 0;
    for (const double value : placed.values()) {
      mean += value / static_cast<double>(size);
    }
    double expected = 0;
    for (const double value : placed.values()) {
      expected += (value - mean) * (value - mean);
    }
    expected /= static_cast<double>(size);
    ashlar_test::on_every_target([&] { REQUIRE(near(ashlar::variance(placed.values()), expected)); });
  }
}

TEST_CASE("A histogram puts every value in its bin, or beside them, on every target") {
  std::minstd_rand random{6};
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const std::size_t size : ashlar_test::lengths_around_vectors(sizeof(double))) {
    const auto placed = column<double>(size, random() % 8, [&] {
      const auto kind = random() % 40;
      return kind == 0 ? nan : kind == 1 ? -1e300 : kind == 2 ? 1e300 : static_cast<double>(random() % 1200) / 100 - 1;
    });
    std::vector<std::uint64_t> expected(10);
    ashlar::OutsideBins beside;
    for (const double value : placed.values()) {
      if (std::isnan(value)) {
        ++beside.not_a_number;
      } else if (value < 0) {
        ++beside.below;
      } else if (value >= 10) {
        ++beside.above;
      } else {
        ++expected[static_cast<std::size_t>(value)];
      }
    }
    ashlar_test::on_every_target([&] {
      std::vector<std::uint64_t> bins(10);
      REQUIRE(ashlar::add_to_histogram(placed.values(), 0, 10, bins) == beside);
      REQUIRE(bins == expected);
    });
  }
}

TEST_CASE("A value just below the upper end falls in the last bin on every target") {
  const std::vector<double> values(20, std::nextafter(0.3, 0.0));
  ashlar_test::on_every_target([&] {
    std::vector<std::uint64_t> bins(3);
    REQUIRE(ashlar::add_to_histogram(values, 0.0, 0.3, bins) == ashlar::OutsideBins{});
    REQUIRE(bins == std::vector<std::uint64_t>{0, 0, 20});
  });
}
