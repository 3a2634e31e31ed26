// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/cache.hpp>
#include <ashlar/cache/warmup/access_log.hpp>
#include <ashlar/cache/warmup/warm_smart.hpp>

#include <chrono>
#include <vector>

#include <support/cache_tiers.hpp>

using namespace std::chrono_literals;
using Cache = ashlar::Cache<ashlar_test::MapTier<int, int>>;
using Log = ashlar::AccessLog<int, ashlar::ManualClock>;

namespace {

/// Key i is read i + 1 times.
void read(Log& log, int keys) {
  for (int key = 0; key < keys; ++key) {
    for (int i = 0; i <= key; ++i) log.record(key);
  }
}

}  // namespace

TEST_CASE("the hottest keys of the log are warmed: so many, or a fraction") {
  ashlar::ManualClock clock;
  Log log{1'000, 1h, clock};
  read(log, 50);
  Cache cache{0};
  CHECK(ashlar::warm_smart(cache, log, [](int key) { return key; }, {}, {.top = 3}).loaded == 3);
  CHECK(cache.contains(49));
  CHECK(cache.contains(47));
  CHECK_FALSE(cache.contains(46));
  const auto report = ashlar::warm_smart(cache, log, [](int key) { return key; });
  CHECK(report.loaded == 7);
  CHECK(report.present == 3);
  CHECK(cache.contains(40));
  CHECK_FALSE(cache.contains(39));
  const std::vector<int> none;
  CHECK(ashlar::hot_keys(log, std::span<const int>{none}, {.top = 2}) == std::vector<int>{49, 48});
}

TEST_CASE("where nothing was read within the window the default is warmed") {
  ashlar::ManualClock clock;
  Log log{1'000, 1h, clock};
  read(log, 10);
  clock.advance(3h);
  Cache cache{0};
  const std::vector<int> by_default{100, 200};
  CHECK(ashlar::warm_smart(cache, log, [](int key) { return key; }, by_default, {.top = 5}).loaded == 2);
  CHECK(cache.contains(200));
  CHECK_FALSE(cache.contains(9));
}
