// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <span>
#include <vector>

#include <ashlar/simd/support/every_target.hpp>

#include <ashlar/simd/group_stats.hpp>

namespace {

using ashlar::GroupStats;

constexpr std::uint32_t stores = 7;
constexpr std::uint32_t days = 5;

struct Rows {
  std::vector<std::uint32_t> store;
  std::vector<std::uint32_t> day;
  std::vector<double> value;

  // Runs of up to `longest` rows of one group.
  Rows(std::size_t size, std::size_t longest, unsigned seed) {
    std::minstd_rand random{seed};
    while (value.size() < size) {
      const auto s = static_cast<std::uint32_t>(random() % stores);
      const auto d = static_cast<std::uint32_t>(random() % days);
      for (std::size_t left = 1 + random() % longest; left != 0 && value.size() < size; --left) {
        store.push_back(s);
        day.push_back(d);
        value.push_back(static_cast<double>(random() % 100'000) / 100.0 - 300.0);
      }
    }
  }
};

// The rows from `offset` on: the columns then begin at any alignment.
std::vector<GroupStats> on_this_target(const Rows& rows, std::size_t offset) {
  std::vector<GroupStats> groups(stores * days);
  const auto column = [offset](const auto& values) { return std::span{values}.subspan(offset); };
  ashlar::add_group_stats(column(rows.store), column(rows.day), days, column(rows.value), groups);
  return groups;
}

void check_near(const GroupStats& group, const GroupStats& expected) {
  REQUIRE(group.count == expected.count);
  REQUIRE(group.min == expected.min);
  REQUIRE(group.max == expected.max);
  REQUIRE(std::abs(group.sum - expected.sum) <= 1e-9 * (1 + std::abs(expected.sum)));
}

}  // namespace

TEST_CASE("Groups get the statistics of a plain loop, to the bit the same on every target") {
  for (const std::size_t longest : {std::size_t{1}, std::size_t{3}, std::size_t{40}, std::size_t{2000}}) {
    for (std::size_t size = 0; size < 20'000; size = size < 140 ? size + 1 : size * 3) {
      const Rows rows{size, longest, static_cast<unsigned>(size + longest)};
      const std::size_t offset = std::min(size, (size + longest) % 7);
      std::vector<GroupStats> expected(stores * days);
      for (std::size_t i = offset; i < size; ++i) {
        GroupStats& group = expected[rows.store[i] * days + rows.day[i]];
        group.sum += rows.value[i];
        group.min = std::min(group.min, rows.value[i]);
        group.max = std::max(group.max, rows.value[i]);
        ++group.count;
      }
      std::vector<GroupStats> first;
      ashlar_test::on_every_target([&] {
        const std::vector<GroupStats> groups = on_this_target(rows, offset);
        if (first.empty()) {
          first = groups;
        }
        REQUIRE(groups == first);
      });
      for (std::size_t g = 0; g < expected.size(); ++g) {
        check_near(first[g], expected[g]);
      }
    }
  }
}

TEST_CASE("A later day's rows are added to what the groups hold") {
  std::vector<GroupStats> groups(2);
  ashlar::add_group_stats(std::vector<std::uint32_t>{0, 0, 1}, std::vector<double>{1, 2, 3}, groups);
  ashlar::add_group_stats(std::vector<std::uint32_t>{1, 1}, std::vector<double>{-4, 9}, groups);
  REQUIRE(groups[0] == GroupStats{3, 1, 2, 2});
  REQUIRE(groups[1] == GroupStats{8, -4, 9, 3});
  REQUIRE(groups[0].mean() == 1.5);
  REQUIRE(std::isnan(GroupStats{}.mean()));
}

TEST_CASE("A value that is not a number spoils the sum of its group alone, on every target") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<std::uint32_t> code(100, 0);
  std::vector<double> value(100, 2.0);
  value[0] = value[37] = value[99] = nan;
  value[50] = 1.0;
  ashlar_test::on_every_target([&] {
    std::vector<GroupStats> groups(1);
    ashlar::add_group_stats(code, value, groups);
    REQUIRE(std::isnan(groups[0].sum));
    REQUIRE(groups[0].min == 1.0);
    REQUIRE(groups[0].max == 2.0);
    REQUIRE(groups[0].count == 100);
  });
}
