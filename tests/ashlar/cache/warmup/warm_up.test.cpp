// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/cache.hpp>
#include <ashlar/cache/loading/loading.hpp>
#include <ashlar/cache/loading/run_when_told.hpp>
#include <ashlar/cache/null_tier.hpp>
#include <ashlar/cache/warmup/warm_up.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <thread>
#include <vector>

#include <support/cache_tiers.hpp>

using namespace std::chrono_literals;
using ashlar_test::numbers;
using Cache = ashlar::Cache<ashlar_test::MapTier<int, int>>;

TEST_CASE("warming loads what is not there, several at a time but never more than asked for") {
  Cache cache{0};
  cache.put(3, 30);
  std::atomic<int> now{0};
  std::atomic<int> most{0};
  const auto report = ashlar::warm_up(cache, numbers(40),
                                      [&](int key) {
                                        const int running = ++now;
                                        int seen = most;
                                        while (seen < running && !most.compare_exchange_weak(seen, running)) {
                                        }
                                        std::this_thread::sleep_for(1ms);
                                        --now;
                                        return key * 10;
                                      },
                                      {.concurrency = 4});
  CHECK(report.loaded == 39);
  CHECK(report.present == 1);
  CHECK(report.failed + report.empty + report.skipped == 0);
  CHECK(most <= 4);
  CHECK(most >= 2);
  CHECK(report.took > 0ns);
  for (int key = 0; key < 40; ++key) CHECK(cache.peek(key) == key * 10);
}

TEST_CASE("a loader that fails harms its key only, and is reported") {
  Cache cache{0};
  const auto report = ashlar::warm_up(cache, numbers(30), [](int key) -> std::optional<int> {
    if (key % 10 == 3) throw std::runtime_error{"no row " + std::to_string(key)};
    if (key % 10 == 4) return std::nullopt;
    return key;
  });
  CHECK(report.loaded == 24);
  CHECK(report.empty == 3);
  CHECK(report.failed == 3);
  REQUIRE(report.errors.size() == 3);
  CHECK(std::count(report.errors.begin(), report.errors.end(), "no row 13") == 1);
  CHECK_FALSE(cache.contains(13));
  CHECK(cache.contains(15));
}

TEST_CASE("limit, deadline and stop leave the rest to demand") {
  Cache cache{0};
  CHECK(ashlar::warm_up(cache, numbers(10), [] { return 1; }, {.most = 4}).skipped == 6);
  CHECK_FALSE(cache.contains(4));
  CHECK(ashlar::warm_up(cache, numbers(10), [] { return 1; }, {.deadline = 0ns}).skipped == 10);
  std::stop_source source;
  const auto stopped = ashlar::warm_up(cache, numbers(10),
                                       [&] {
                                         source.request_stop();
                                         return 1;
                                       },
                                       {.concurrency = 1, .stop = source.get_token()});
  CHECK(stopped.present == 4);
  CHECK(stopped.loaded == 1);
  CHECK(stopped.skipped == 5);
  CHECK(ashlar::warm_up(cache, {}, [] { return 1; }).skipped == 0);
}

TEST_CASE("stages add up") {
  Cache cache{0};
  auto report = ashlar::warm_up(cache, numbers(3), [] { return 1; });
  report += ashlar::warm_up(cache, numbers(5), [] { return 1; }, {.concurrency = 1});
  CHECK(report.loaded == 5);
  CHECK(report.present == 3);
}

TEST_CASE("a load that goes on in the background when the warm-up is over has a loader of its own") {
  using Timed = ashlar_test::ExpiringMapTier<int, int>;
  using Rules = ashlar::Loading<ashlar::WriteThrough, ashlar::RefreshAhead, ashlar::FreshFor, ashlar::RunWhenTold,
                                ashlar::ManualClock>;
  ashlar::ManualClock clock;
  ashlar::RunWhenTold runner;
  ashlar::Cache<Timed, ashlar::NullTier<int, int>, Rules> warm{
      clock, Rules{ashlar::RefreshAhead{.lead = 5s}, ashlar::FreshFor{10s}, runner, clock}};
  const std::vector<int> keys{1, 2, 3};
  const auto load = [offset = std::make_shared<int>(100)](int key) { return *offset + key; };
  CHECK(ashlar::warm_up(warm, keys, load).loaded == 3);
  clock.advance(6s);
  CHECK(ashlar::warm_up(warm, keys, load).present == 3);
  CHECK(runner.waiting() == 3);
  runner.run_all();
  clock.advance(6s);
  CHECK(warm.get(2) == 102);
}
