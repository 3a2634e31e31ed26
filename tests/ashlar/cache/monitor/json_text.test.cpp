// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/monitor/json_text.hpp>

#include <chrono>
#include <string>
#include <utility>

using namespace std::chrono_literals;
using ashlar::json_text;
using ashlar::StatsNode;
namespace metrics = ashlar::metrics;

TEST_CASE("statistics as JSON keep the tree, numbers by name, and load times in seconds") {
  StatsNode root{.name = "cache \"one\"", .kind = "Cache"};
  root.add(metrics::hits, 3).add(metrics::misses, 1).add(metrics::compression_ratio, 0.25);
  ashlar::DurationHistogram times;
  for (int i = 0; i < 4; ++i) times.record(1ms);
  root.load_times = times.counts();
  StatsNode upper{.name = "upper", .kind = "MemoryTier"};
  upper.add(metrics::evicted, 12345678901234);
  root.parts.push_back(std::move(upper));
  CHECK(json_text(root, 0) ==
        R"({"name":"cache \"one\"","kind":"Cache","hits":3,"misses":1,"compression_ratio":0.25,"hit_ratio":0.75,)"
        R"("load_seconds":{"count":4,"mean":0.001,"p50":0.001015808,"p90":0.001015808,"p99":0.001015808,)"
        R"("max":0.001015808},"parts":[{"name":"upper","kind":"MemoryTier","evicted":12345678901234}]})");
  CHECK(json_text(StatsNode{.name = "a", .kind = "b"}) == "{\n  \"name\": \"a\",\n  \"kind\": \"b\"\n}");
}
