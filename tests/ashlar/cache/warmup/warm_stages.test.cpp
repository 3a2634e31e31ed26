// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/cache.hpp>
#include <ashlar/cache/warmup/warm_stages.hpp>

#include <atomic>
#include <chrono>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include <support/cache_tiers.hpp>

using namespace std::chrono_literals;
using Cache = ashlar::Cache<ashlar_test::MapTier<int, int>>;

namespace {

const std::vector<int> ranked{10, 11, 12, 13, 14, 15, 16, 17, 18, 19};

}  // namespace

TEST_CASE("stages follow each other: everybody's, hot several at a time, of the cold so many") {
  Cache cache{0};
  const auto stages = ashlar::usual_stages<int>({1}, ranked, 0.25, 4, 5);
  REQUIRE(stages.size() == 3);
  CHECK(stages[1].keys == std::vector<int>{10, 11, 12});
  CHECK(stages[1].concurrency == 4);
  std::atomic<bool> hot_done{false};
  bool in_order = true;
  std::vector<std::string> seen;
  const auto report = ashlar::warm_in_stages(
      cache, std::span{stages},
      [&](int key) {
        if (key >= 13 && !hot_done) in_order = false;
        return key;
      },
      {.progress = [&](std::string_view stage, std::size_t done, std::size_t of) {
        seen.push_back(std::string{stage} + " " + std::to_string(done) + "/" + std::to_string(of));
        if (stage == "hot" && done == of) hot_done = true;
      }});
  CHECK(in_order);
  CHECK(seen == std::vector<std::string>{"everybody's 1/1", "hot 1/3", "hot 2/3", "hot 3/3", "cold 1/5", "cold 2/5",
                                         "cold 3/5", "cold 4/5", "cold 5/5"});
  REQUIRE(report.stages.size() == 3);
  CHECK(report.stages[2].report.loaded == 5);
  CHECK(report.stages[2].report.skipped == 2);
  CHECK(report.total.loaded == 9);
  CHECK(report.total.skipped == 2);
  CHECK(cache.contains(17));
  CHECK_FALSE(cache.contains(18));
}

TEST_CASE("deadline and stop hold for all stages together") {
  Cache cache{0};
  const auto stages = ashlar::usual_stages<int>({1}, ranked);
  const auto late = ashlar::warm_in_stages(cache, std::span{stages}, [](int key) { return key; }, {.deadline = 0ns});
  CHECK(late.total.skipped == 11);
  std::stop_source source;
  const auto stopped = ashlar::warm_in_stages(cache, std::span{stages},
                                              [&](int key) {
                                                source.request_stop();
                                                return key;
                                              },
                                              {.stop = source.get_token()});
  CHECK(stopped.total.loaded == 1);
  CHECK(stopped.total.skipped == 10);
}

TEST_CASE("fractions of nothing, of all and beyond are what they say") {
  const std::vector<int> none;
  CHECK(ashlar::usual_stages<int>({}, std::span<const int>{none})[1].keys.empty());
  CHECK(ashlar::usual_stages<int>({}, ranked, 0.0)[1].keys.empty());
  CHECK(ashlar::usual_stages<int>({}, ranked, 1.0)[2].keys.empty());
  CHECK(ashlar::usual_stages<int>({}, ranked, 7.0)[1].keys.size() == 10);
}
