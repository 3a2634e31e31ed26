// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/monitor/table_text.hpp>

#include <chrono>
#include <string>
#include <utility>

using namespace std::chrono_literals;
using ashlar::StatsNode;
using ashlar::table_text;
using ashlar::detail::stats_number;
using ashlar::detail::stats_time;
namespace metrics = ashlar::metrics;

TEST_CASE("the table for people has a line for each part, and '-' for what is not counted") {
  StatsNode root{.name = "orders", .kind = "Cache"};
  root.add(metrics::hits, 12'345).add(metrics::misses, 655).add(metrics::loads, 655);
  ashlar::DurationHistogram times;
  for (int i = 0; i < 100; ++i) times.record(i < 95 ? 2us : 3ms);
  root.load_times = times.counts();
  StatsNode upper{.name = "upper", .kind = "MemoryTier"};
  upper.add(metrics::entries, 90).add(metrics::bytes, 3 << 20).add(metrics::bytes_allowed, 64 << 20);
  upper.add(metrics::evicted, 0).add(metrics::compression_ratio, 0.316);
  root.parts.push_back(std::move(upper));
  CHECK(table_text(root) ==
        "part     kind          hits  misses  hit %  loads      p50      p99  entries     used       of  evicted  "
        "packed\n"
        "orders   Cache       12.3 k     655   95.0    655  1.98 us  3.01 ms        -        -        -        -       "
        "-\n"
        "  upper  MemoryTier       -       -      -      -        -        -       90  3.00 MB  64.0 MB        0    "
        "31.6\n");
}

TEST_CASE("numbers for people have three digits") {
  CHECK(stats_number(0) == "0");
  CHECK(stats_number(7) == "7");
  CHECK(stats_number(0.126) == "0.13");
  CHECK(stats_number(999) == "999");
  CHECK(stats_number(1000) == "1.00 k");
  CHECK(stats_number(12'345) == "12.3 k");
  CHECK(stats_number(999'999) == "1.00 M");
  CHECK(stats_number(5'000'000'000) == "5.00 G");
  CHECK(stats_number(2048, 1024, "B") == "2.00 kB");
  CHECK(stats_number(10, 1024, "B") == "10 B");
  CHECK(stats_time(17ns) == "17 ns");
  CHECK(stats_time(1500ns) == "1.50 us");
  CHECK(stats_time(45ms) == "45 ms");
  CHECK(stats_time(90s) == "90 s");
}
