// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/pipeline.hpp>

#include <atomic>
#include <numeric>
#include <stdexcept>
#include <stop_token>
#include <thread>
#include <vector>

namespace {

std::vector<int> numbers(int n) {
  std::vector<int> all(static_cast<std::size_t>(n));
  std::iota(all.begin(), all.end(), 0);
  return all;
}

}  // namespace

TEST_CASE("an executor has the threads it was asked for, and the inline one none") {
  CHECK(ashlar::Executor{3}.size() == 3);
  CHECK_FALSE(ashlar::Executor{3}.runs_inline());
  ashlar::Executor two{2};
  CHECK(two.runs() == 0);
  unsigned runs = 0;
  ashlar::Pipeline looking{ashlar::from(std::vector{1}), ashlar::sink<1>([&](int) { runs = two.runs(); })};
  looking.run({.executor = &two});
  CHECK(runs == 1);
  CHECK(two.runs() == 0);
  ashlar::Executor alone{ashlar::inline_execution};
  CHECK(alone.size() == 1);
  CHECK(alone.runs_inline());
  CHECK(ashlar::Executor::machine().size() >= 1);
  CHECK(&ashlar::Executor::machine() == &ashlar::Executor::machine());
}

TEST_CASE("the inline executor runs everything on the calling thread, in the same order each time") {
  ashlar::Executor alone{ashlar::inline_execution};
  const auto me = std::this_thread::get_id();
  const std::vector<int> input = numbers(500);
  std::vector<int> first;
  for (int round = 0; round < 2; ++round) {
    std::vector<int> trace;
    bool here = true;
    auto note = [&](int i) {
      here = here && std::this_thread::get_id() == me;
      trace.push_back(i);
      return i;
    };
    (ashlar::from(input) | ashlar::transform<4>(note) | ashlar::transform<2>(note).blocking() | ashlar::sink(note))
        .run({.grain = 3, .executor = &alone});
    CHECK(here);
    CHECK(trace.size() == 1500);
    if (round == 0) first = trace;
    CHECK(trace == first);
  }
}

TEST_CASE("several pipelines share one executor") {
  ashlar::Executor shared{2};
  const std::vector<int> input = numbers(3000);
  std::vector<std::jthread> callers;
  std::atomic<int> right{0};
  for (int c = 0; c < 4; ++c) {
    callers.emplace_back([&] {
      auto done = (ashlar::from(input) | ashlar::transform([](int i) { return i + 1; }) | ashlar::collect())
                      .run({.executor = &shared});
      if (done.items.size() == 3000 && done.items.back() == 3000) ++right;
    });
  }
  callers.clear();
  CHECK(right == 4);
}

TEST_CASE("a pipeline that fails, and one that is stopped, leave the others on their executor alone") {
  ashlar::Executor shared{2};
  const std::vector<int> input = numbers(4000);
  for (int round = 0; round < 10; ++round) {
    std::atomic<int> thrown{0}, stopped{0};
    std::size_t right = 0;
    {
      const std::jthread failing{[&] {
        try {
          (ashlar::from(input) | ashlar::transform([](int i) { return i == 900 ? throw std::runtime_error{"x"} : i; }) |
           ashlar::sink([](int) {
           })).run({.executor = &shared});
        } catch (const ashlar::StageError& error) {
          thrown += error.failure().item == 900 ? 1 : 100;
        }
      }};
      const std::jthread stopping{[&] {
        std::stop_source stop;
        const auto report = (ashlar::from(input) | ashlar::sink([&](int i) {
                               if (i == 700) stop.request_stop();
                             })).run({.stop = stop.get_token(), .executor = &shared});
        stopped += report.outcome == ashlar::Outcome::stopped && report.pulled == report.finished + report.cancelled;
      }};
      right = (ashlar::from(input) | ashlar::transform([](int i) { return i; }) | ashlar::ordered() | ashlar::collect())
                  .run({.executor = &shared})
                  .items.size();
    }
    CHECK(right == input.size());
    CHECK(thrown == 1);
    CHECK(stopped == 1);
  }
}

TEST_CASE("a pipeline can run inside a stage of another on the same executor") {
  ashlar::Executor shared{2};
  const std::vector<int> outer = numbers(20);
  const std::vector<int> inner = numbers(50);
  auto done = (ashlar::from(outer) | ashlar::transform([&](int i) {
                 std::atomic<int> sum{0};
                 (ashlar::from(inner) | ashlar::sink<0>([&](int k) { sum += k; })).run({.executor = &shared});
                 return sum.load() + i;
               }) |
               ashlar::collect())
                  .run({.executor = &shared});
  REQUIRE(done.items.size() == 20);
  CHECK(done.items[0] == 1225);
  CHECK(done.items[19] == 1244);
}
