// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/monitor/stats_node.hpp>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using ashlar::StatsNode;
namespace metrics = ashlar::metrics;

namespace {

StatsNode two_levels() {
  StatsNode root{.name = "cache", .kind = "Cache"};
  root.add(metrics::hits, 8).add(metrics::misses, 2);
  ashlar::DurationHistogram times;
  times.record(1ms);
  root.load_times = times.counts();
  StatsNode upper{.name = "upper", .kind = "MemoryTier"};
  upper.add(metrics::evicted, 3).add(metrics::expired, 4);
  StatsNode lower{.name = "lower", .kind = "Cache"};
  lower.load_times = times.counts();
  StatsNode deep{.name = "upper", .kind = "MemoryTier"};
  deep.add(metrics::evicted, 5u).add(metrics::bytes, 1.5);
  lower.parts.push_back(std::move(deep));
  root.parts.push_back(std::move(upper));
  root.parts.push_back(std::move(lower));
  return root;
}

}  // namespace

TEST_CASE("numbers of a part are found by what they say, and summed over the parts below") {
  const StatsNode root = two_levels();
  CHECK(root.own(metrics::hits) == 8.0);
  CHECK_FALSE(root.own(metrics::evicted));
  CHECK(root.total(metrics::evicted) == 8.0);
  CHECK(root.total(metrics::expired) == 4.0);  // same family, another cause
  CHECK_FALSE(root.total(metrics::loads));
  CHECK(root.all_load_times().count() == 2);
  CHECK(root.hit_ratio() == 0.8);
  CHECK_FALSE(root.parts[0].hit_ratio());
  CHECK_FALSE(StatsNode{.name = "x", .kind = "y"}.add(metrics::hits, 0).add(metrics::misses, 0).hit_ratio());
}

TEST_CASE("parts are found by their path") {
  const StatsNode root = two_levels();
  CHECK(root.find("") == &root);
  CHECK(root.find("upper") == &root.parts[0]);
  CHECK(root.find("lower/upper") == &root.parts[1].parts[0]);
  CHECK(root.find("lower/lower") == nullptr);
  CHECK(root.find("nothing") == nullptr);
  std::vector<std::string> paths;
  ashlar::detail::walk_stats(root,
                             [&](const StatsNode&, const std::string& path, std::size_t) { paths.push_back(path); });
  CHECK(paths == std::vector<std::string>{"cache", "cache/upper", "cache/lower", "cache/lower/upper"});
}

TEST_CASE("a metric is called by its choice where it has one") {
  CHECK(metrics::hits.key() == "hits");
  CHECK(metrics::evicted.key() == "evicted");
  CHECK(metrics::evicted.name == metrics::expired.name);
  CHECK_FALSE(metrics::evicted == metrics::expired);
}
