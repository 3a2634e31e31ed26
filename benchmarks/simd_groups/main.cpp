// SPDX-License-Identifier: BSL-1.0
// What do sum, minimum, maximum and count per (store, day) cost, in the order rows come in and in random order?
#include <support/bench.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <random>
#include <span>
#include <unordered_map>
#include <vector>

#include <ashlar/simd/find_byte.hpp>
#include <ashlar/simd/group_stats.hpp>
#include <ashlar/simd/target.hpp>

namespace {

using ashlar::GroupStats;

constexpr std::uint32_t stores = 38;
constexpr std::uint32_t days = 374;

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

struct Rows {
  std::vector<std::uint32_t> store;
  std::vector<std::uint32_t> day;
  std::vector<double> value;

  std::size_t size() const { return value.size(); }
};

// As a system of record writes them: day after day, each day in batches of one store, nine of ten from the largest.
// `batch`: the mean number of rows in a batch.
Rows in_order_of_insertion(std::size_t size, double batch) {
  std::mt19937_64 random{1};
  std::exponential_distribution<double> length{1 / batch};
  Rows rows;
  while (rows.size() < size) {
    const auto day = static_cast<std::uint32_t>(rows.size() * days / size);
    const auto store = static_cast<std::uint32_t>(random() % 10 == 0 ? random() % stores : 0);
    for (auto left = 1 + static_cast<std::size_t>(length(random)); left != 0 && rows.size() < size; --left) {
      rows.store.push_back(store);
      rows.day.push_back(day);
      rows.value.push_back(static_cast<double>(random() % 10'000) / 100);
    }
  }
  return rows;
}

Rows in_random_order(const Rows& rows) {
  std::vector<std::uint32_t> order(rows.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) {
    order[i] = i;
  }
  std::ranges::shuffle(order, std::mt19937_64{2});
  Rows shuffled;
  for (const std::uint32_t i : order) {
    shuffled.store.push_back(rows.store[i]);
    shuffled.day.push_back(rows.day[i]);
    shuffled.value.push_back(rows.value[i]);
  }
  return shuffled;
}

// Each row in any group, all as likely.
Rows spread_evenly(std::size_t size) {
  std::mt19937_64 random{3};
  Rows rows;
  for (std::size_t i = 0; i < size; ++i) {
    rows.store.push_back(static_cast<std::uint32_t>(random() % stores));
    rows.day.push_back(static_cast<std::uint32_t>(random() % days));
    rows.value.push_back(static_cast<double>(random() % 10'000) / 100);
  }
  return rows;
}

void add(GroupStats& group, double value) {
  group.sum += value;
  group.min = value < group.min ? value : group.min;
  group.max = value > group.max ? value : group.max;
  ++group.count;
}

// What memory gives: a pass of vector loads over one column after the other.
template <class T>
std::size_t read_all(const std::vector<T>& column) {
  const auto bytes = std::as_bytes(std::span{column});
  return ashlar::count_byte(bytes, std::byte{1});
}

__attribute__((noinline)) void dense_loop(const Rows& rows, std::vector<GroupStats>& groups) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    add(groups[std::size_t{rows.store[i]} * days + rows.day[i]], rows.value[i]);
  }
}

}  // namespace

int main(int argc, char** argv) {
  bench::Report report{"simd_groups", argc, argv};
  std::printf("target: %s\n", ashlar::simd_target());
  constexpr std::size_t size = 4'000'000;
  constexpr std::size_t size_in_cache = 500'000;
  const Rows inserted = in_order_of_insertion(size, 400);
  struct Case {
    const char* name;
    Rows rows;
    const char* bar;
  };
  for (const Case& c : {Case{"insertion order", inserted, "<=0.2"},
                        Case{"insertion order, 8 MB", in_order_of_insertion(size_in_cache, 400), "<=0.2"},
                        Case{"batches of 25", in_order_of_insertion(size, 25), "<=1"},
                        Case{"the same in random order", in_random_order(inserted), "<=1"},
                        Case{"random, all groups alike", spread_evenly(size), "<=1"}}) {
    const Rows& rows = c.rows;
    std::vector<GroupStats> expected(stores * days);
    dense_loop(rows, expected);
    const auto per_row = [&](auto&& work) {
      std::vector<GroupStats> groups(stores * days);
      const double start = cpu_seconds();
      work(groups);
      const double taken = cpu_seconds() - start;
      for (std::size_t g = 0; g < groups.size(); ++g) {
        if (groups[g].count != expected[g].count || groups[g].min != expected[g].min ||
            groups[g].max != expected[g].max ||
            std::abs(groups[g].sum - expected[g].sum) > 1e-9 * std::abs(expected[g].sum)) {
          std::fprintf(stderr, "group %zu is wrong\n", g);
          std::exit(1);
        }
      }
      return taken * 1e9 / static_cast<double>(rows.size());
    };
    report.run(c.name, "time", "ns/row",
               {{"ashlar",
                 [&] {
                   return per_row([&](std::vector<GroupStats>& groups) {
                     ashlar::add_group_stats(rows.store, rows.day, days, rows.value, groups);
                   });
                 },
                 bench::Bar{"dense loop", c.bar}},
                {"dense loop", [&] { return per_row([&](auto& groups) { dense_loop(rows, groups); }); }},
                {"only reading the rows",
                 [&] {
                   const double start = cpu_seconds();
                   bench::keep(read_all(rows.store) + read_all(rows.day) + read_all(rows.value));
                   return (cpu_seconds() - start) * 1e9 / static_cast<double>(rows.size());
                 }},
                {"std::unordered_map", [&] {
                   return per_row([&](std::vector<GroupStats>& groups) {
                     std::unordered_map<std::uint64_t, GroupStats> map;
                     for (std::size_t i = 0; i < rows.size(); ++i) {
                       add(map[std::uint64_t{rows.store[i]} * days + rows.day[i]], rows.value[i]);
                     }
                     for (const auto& [key, group] : map) {
                       groups[key] = group;
                     }
                   });
                 }}});
  }
}
