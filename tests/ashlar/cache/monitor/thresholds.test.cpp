// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/cache.hpp>
#include <ashlar/cache/memory_tier.hpp>
#include <ashlar/cache/monitor/collect_stats.hpp>
#include <ashlar/cache/monitor/thresholds.hpp>
#include <ashlar/core/clock.hpp>

#include <atomic>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using ashlar::Alert;
using ashlar::ManualClock;
using ashlar::StatsNode;
using ashlar::Thresholds;
namespace metrics = ashlar::metrics;

namespace {

struct Bell {
  std::vector<Alert> rung;
  auto rope() {
    return [this](const Alert& alert) { rung.push_back(alert); };
  }
};
StatsNode reads(double hits, double misses) {
  return StatsNode{.name = "cache", .kind = "Cache"}.add(metrics::hits, hits).add(metrics::misses, misses);
}
StatsNode bytes(double used) { return StatsNode{.name = "cache", .kind = "Cache"}.add(metrics::bytes, used); }

}  // namespace

TEST_CASE("a threshold rings once when its limit is passed and once when the value is back over the other") {
  Bell bell;
  Thresholds<ManualClock> watch;
  watch.above("memory", ashlar::amount(metrics::bytes), 100, 80, 0s, bell.rope());
  for (const double used : {50., 100., 101., 150., 99., 81., 120.}) watch.check(bytes(used));
  REQUIRE(bell.rung.size() == 1);
  CHECK(bell.rung[0].rule == "memory");
  CHECK(bell.rung[0].raised);
  CHECK(bell.rung[0].value == 101);
  CHECK(bell.rung[0].limit == 100);
  CHECK(watch.raised() == std::vector<std::string>{"memory"});
  CHECK(watch.check(bytes(80)) == 1);
  REQUIRE(bell.rung.size() == 2);
  CHECK_FALSE(bell.rung[1].raised);
  CHECK(bell.rung[1].limit == 80);
  CHECK(watch.raised().empty());
  CHECK(watch.check(bytes(101)) == 1);
}

TEST_CASE("a hit ratio is judged over a window, not since the start") {
  Bell bell;
  const ManualClock clock;
  ManualClock hands = clock;
  Thresholds watch{clock};
  watch.below("hit ratio", ashlar::hit_ratio("", 10), 0.5, 0.6, 1min, bell.rope());
  watch.check(reads(0, 1000));  // bad, but there is no window yet
  CHECK(bell.rung.empty());
  hands.advance(1min);
  watch.check(reads(1000, 1000));  // 100 % in the last minute
  CHECK(bell.rung.empty());
  hands.advance(1min);
  watch.check(reads(1040, 1060));  // 40 %
  REQUIRE(bell.rung.size() == 1);
  CHECK(bell.rung[0].value == Approx(0.4));
  hands.advance(1min);
  watch.check(reads(1041, 1060));  // one read says nothing
  CHECK(watch.raised().size() == 1);
  hands.advance(1min);
  watch.check(reads(1100, 1110));  // 54 %: above the limit, not back
  CHECK(watch.raised().size() == 1);
  hands.advance(1min);
  watch.check(reads(1200, 1130));
  CHECK(watch.raised().empty());
  CHECK(bell.rung.size() == 2);
}

TEST_CASE("a window compares with the last check that is old enough, however often one checks") {
  Bell bell;
  const ManualClock clock;
  ManualClock hands = clock;
  Thresholds watch{clock};
  watch.above("evictions", ashlar::rate(metrics::evicted), 10, 5, 10s, bell.rope());
  double evicted = 0;
  const auto pass = [&](int seconds, double per_second) {
    for (int i = 0; i < seconds * 20; ++i) {
      hands.advance(50ms);
      evicted += per_second / 20;
      watch.check(StatsNode{.name = "cache", .kind = "Cache"}.add(metrics::evicted, evicted));
    }
  };
  pass(30, 8);
  CHECK(bell.rung.empty());
  pass(20, 40);
  REQUIRE(bell.rung.size() == 1);
  CHECK(bell.rung[0].value == Approx(10).margin(1));
  pass(20, 1);
  REQUIRE(bell.rung.size() == 2);
  CHECK(bell.rung[1].value == Approx(5).margin(1));
}

TEST_CASE("a clock that goes back raises nothing") {
  Bell bell;
  const ManualClock clock{1h};
  ManualClock hands = clock;
  Thresholds watch{clock};
  watch.above("evictions", ashlar::rate(metrics::evicted), 10, 5, 10s, bell.rope());
  const auto check = [&](double evicted) {
    watch.check(StatsNode{.name = "cache", .kind = "Cache"}.add(metrics::evicted, evicted));
  };
  check(0);
  hands.advance(-30min);
  check(100'000);
  hands.advance(31min);
  check(100'010);
  CHECK(bell.rung.size() == 1);  // 100,010 in a minute after all
}

TEST_CASE("slow loads, full budgets and parts by their path can be watched") {
  Bell bell;
  const ManualClock clock;
  ManualClock hands = clock;
  Thresholds watch{clock};
  watch.above("slow", ashlar::load_seconds(0.99), 0.1, 0.05, 1s, bell.rope());
  watch.above("full", ashlar::bytes_filled("upper"), 0.9, 0.8, 0s, bell.rope());
  watch.above("no such part", ashlar::bytes_filled("lower/upper"), 0.9, 0.8, 0s, bell.rope());
  ashlar::DurationHistogram times;
  const auto check = [&](double used) {
    StatsNode node{.name = "cache", .kind = "Cache"};
    node.load_times = times.counts();
    StatsNode upper{.name = "upper", .kind = "MemoryTier"};
    upper.add(metrics::bytes, used).add(metrics::bytes_allowed, 100);
    node.parts.push_back(std::move(upper));
    watch.check(std::move(node));
    hands.advance(1s);
  };
  times.record(500ms);
  check(50);
  check(50);  // no load in this window
  CHECK(bell.rung.empty());
  for (int i = 0; i < 10; ++i) times.record(200ms);
  check(95);
  REQUIRE(bell.rung.size() == 2);
  CHECK(bell.rung[0].rule == "slow");
  CHECK(bell.rung[0].value == Approx(0.2).epsilon(0.07));
  CHECK(bell.rung[1].rule == "full");
  for (int i = 0; i < 10; ++i) times.record(10ms);
  check(70);
  CHECK(bell.rung.size() == 4);
  CHECK(watch.raised().empty());
}

TEST_CASE("callbacks may add rules, and one that throws does not keep the others from being told") {
  Bell bell;
  Thresholds<ManualClock> watch;
  watch.above("first", ashlar::amount(metrics::bytes), 1, 1, 0s, [](const Alert&) { throw std::runtime_error{"no"}; });
  watch.above("second", ashlar::amount(metrics::bytes), 1, 1, 0s,
              [&](const Alert&) { watch.above("third", ashlar::amount(metrics::bytes), 1, 1, 0s, bell.rope()); });
  CHECK_THROWS_AS(watch.check(bytes(2)), std::runtime_error);
  CHECK(watch.check(bytes(2)) == 1);
  CHECK(bell.rung.size() == 1);
  CHECK(watch.raised() == std::vector<std::string>{"first", "second", "third"});
}

TEST_CASE("a measure that throws does not keep other rules from being judged and told") {
  Bell bell;
  Thresholds<ManualClock> watch;
  watch.above("first", ashlar::amount(metrics::bytes), 1, 1, 0s, bell.rope());
  watch.above(
      "bad", [](const auto&...) -> std::optional<double> { throw std::runtime_error{"no"}; }, 1, 1, 0s, bell.rope());
  watch.above("last", ashlar::amount(metrics::bytes), 1, 1, 0s, bell.rope());
  CHECK_THROWS_AS(watch.check(bytes(5)), std::runtime_error);
  REQUIRE(bell.rung.size() == 2);
  CHECK(bell.rung[1].rule == "last");
}

TEST_CASE("a cache in use is watched from several threads") {
  ashlar::Cache<ashlar::MemoryTier<int, int, ashlar::CountHits>> cache{ashlar::entries(100)};
  Thresholds watch;
  std::atomic<int> rung{0};
  watch.above("loads", ashlar::amount(metrics::loads), 50, 0, 0s, [&](const Alert&) { ++rung; });
  std::vector<std::jthread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 100; ++i) {
        static_cast<void>(cache.get_or_load(i, [i] { return i; }));
        if (i % 10 == 0) watch.check(ashlar::collect_stats(cache));
      }
    });
  }
  threads.clear();
  watch.check(ashlar::collect_stats(cache));
  CHECK(rung == 1);
}
