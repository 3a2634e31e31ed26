// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/monitor/durations.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <random>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using ashlar::DurationCounts;
using ashlar::DurationHistogram;
using Buckets = ashlar::detail::DurationBuckets;

TEST_CASE("the buckets of a duration histogram follow each other without a gap") {
  std::int64_t end = 0;
  for (std::size_t i = 0; i < Buckets::count; ++i) {
    REQUIRE(Buckets::lower(i) == end);
    REQUIRE(Buckets::upper(i) > Buckets::lower(i));
    REQUIRE(Buckets::of(Buckets::lower(i) + 1) == i);
    REQUIRE(Buckets::of(Buckets::upper(i)) == i);
    end = Buckets::upper(i);
  }
  CHECK(end == std::int64_t{1} << Buckets::octaves);
  CHECK(Buckets::of(end + 1) == Buckets::count - 1);
  CHECK(Buckets::of(0) == 0);
  CHECK(Buckets::of(-5) == 0);
  CHECK(Buckets::of(INT64_MAX) == Buckets::count - 1);
}

TEST_CASE("a histogram without records is all zero") {
  const DurationCounts none = DurationHistogram{}.counts();
  CHECK(none.count() == 0);
  CHECK(none.mean() == 0ns);
  CHECK(none.quantile(0.99) == 0ns);
}

TEST_CASE("quantiles of a duration histogram are at most 6.25 % off, count and mean are exact") {
  std::mt19937_64 random{7};
  std::lognormal_distribution<double> length{12.0, 3.0};
  DurationHistogram histogram;
  std::vector<std::int64_t> lengths;
  std::int64_t sum = 0;
  for (int i = 0; i < 5000; ++i) {
    const auto ns = std::min<std::int64_t>(static_cast<std::int64_t>(length(random)) + 1, std::int64_t{1} << 40);
    lengths.push_back(ns);
    sum += ns;
    histogram.record(std::chrono::nanoseconds{ns});
  }
  std::sort(lengths.begin(), lengths.end());
  const DurationCounts counts = histogram.counts();
  CHECK(counts.count() == lengths.size());
  CHECK(counts.sum.count() == sum);
  CHECK(counts.mean().count() == sum / 5000);
  for (const double q : {0.0, 0.01, 0.25, 0.5, 0.9, 0.99, 0.999, 1.0}) {
    const auto rank = static_cast<std::size_t>(std::max(1.0, std::ceil(q * 5000.0)));
    const auto exact = static_cast<double>(lengths[rank - 1]);
    const auto told = static_cast<double>(counts.quantile(q).count());
    INFO(q << ": " << told << " instead of " << exact);
    REQUIRE(std::abs(told - exact) <= 0.0625 * exact + 0.5);
  }
}

TEST_CASE("counts up to a power of two are exact, and pictures can be added and subtracted") {
  DurationHistogram histogram;
  for (const auto duration : {1000ns, 1024ns, 1025ns, 2048ns}) histogram.record(duration);
  const DurationCounts before = histogram.counts();
  CHECK(before.up_to(1024ns) == 2);
  CHECK(before.up_to(2048ns) == 4);
  CHECK(before.up_to(512ns) == 0);
  histogram.record(5ms);
  DurationCounts since = histogram.counts();
  since -= before;
  CHECK(since.count() == 1);
  CHECK(since.sum == 5ms);
  since += before;
  CHECK(since == histogram.counts());
}

TEST_CASE("threads that record at once lose nothing") {
  DurationHistogram histogram;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&histogram, t] {
        for (int i = 0; i < 5000; ++i) histogram.record(std::chrono::microseconds{t + 1});
      });
    }
  }
  CHECK(histogram.counts().count() == 20000);
  CHECK(histogram.counts().sum == 5000 * 10us);
}
