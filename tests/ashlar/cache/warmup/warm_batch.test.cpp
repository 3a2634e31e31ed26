// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/cache.hpp>
#include <ashlar/cache/warmup/warm_batch.hpp>

#include <atomic>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <support/cache_tiers.hpp>

using ashlar_test::numbers;
using Cache = ashlar::Cache<ashlar_test::MapTier<int, int>>;

TEST_CASE("a batch is one call of the loader, for what is missing only") {
  Cache cache{0};
  cache.put(1, 10);
  std::atomic<int> calls{0};
  std::size_t told = 0;
  const auto report = ashlar::warm_batch(cache, numbers(25), 10,
                                         [&](std::span<const int> missing) {
                                           ++calls;
                                           std::vector<std::optional<int>> values;
                                           for (const int key : missing) {
                                             values.push_back(key == 7 ? std::nullopt : std::optional{key * 10});
                                           }
                                           return values;
                                         },
                                         {.concurrency = 2, .progress = [&](std::size_t done, std::size_t of) {
                                            CHECK(of == 25);
                                            CHECK(done > told);
                                            told = done;
                                          }});
  CHECK(calls == 3);
  CHECK(told == 25);
  CHECK(report.loaded == 23);
  CHECK(report.present == 1);
  CHECK(report.empty == 1);
  CHECK(report.failed + report.skipped == 0);
  for (int key = 0; key < 25; ++key) CHECK(cache.peek(key).has_value() == (key != 7));
}

TEST_CASE("a loader that fails harms its batch only, and limits leave the rest to demand") {
  Cache cache{0};
  const auto loader = [](std::span<const int> missing) {
    if (missing.front() == 10) throw std::runtime_error{"no rows from 10"};
    return std::vector<int>(missing.begin(), missing.end());
  };
  const auto report = ashlar::warm_batch(cache, numbers(40), 10, loader, {.concurrency = 3, .most = 35});
  CHECK(report.loaded == 25);
  CHECK(report.failed == 10);
  CHECK(report.skipped == 5);
  REQUIRE(report.errors.size() == 1);
  CHECK(report.errors[0] == "no rows from 10");
  CHECK_FALSE(cache.contains(15));
  CHECK(cache.contains(34));
  CHECK_FALSE(cache.contains(35));
  CHECK(ashlar::warm_batch(cache, numbers(10), 4, loader, {.deadline = std::chrono::nanoseconds{0}}).skipped == 10);
  CHECK(ashlar::warm_batch(cache, {}, 4, loader).skipped == 0);
  CHECK(ashlar::warm_batch(cache, numbers(3), static_cast<std::size_t>(-1), loader).present == 3);
}
