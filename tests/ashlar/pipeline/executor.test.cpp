// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/pipeline.hpp>

#include <atomic>
#include <chrono>
#include <future>
#include <numeric>
#include <optional>
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

/// A run that holds one worker once it is told to, after the other one has looked for work everywhere but here.
class Holding final : public ashlar::Executor::Job {
 public:
  bool work(unsigned) noexcept override {
    if (!ready_.load() || held_.load() || taken_.exchange(true)) return false;
    held_ = true;
    held_.notify_all();
    // The limit turns a hang into a failure.
    stalled_ = over_.get_future().wait_for(std::chrono::seconds{30}) != std::future_status::ready;
    return true;
  }
  bool has_work(unsigned) noexcept override {
    looked_ = true;
    looked_.notify_all();
    held_.wait(false);
    return false;
  }
  void wait_for_a_look() noexcept { looked_.wait(false); }
  void hold_the_next() noexcept { ready_ = true; }
  void let_go() { over_.set_value(); }
  bool stalled() const noexcept { return stalled_; }

 private:
  std::atomic<bool> looked_{false}, ready_{false}, held_{false}, taken_{false}, stalled_{false};
  std::promise<void> over_;
};

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

TEST_CASE("a worker that leaves a run for another one does not leave it unattended") {
  for (const bool autotune : {false, true}) {
    CAPTURE(autotune);
    Holding other;
    ashlar::Executor two{2};
    std::promise<void> began;
    int sum = 0;
    std::jthread run{[&] {
      (ashlar::from(numbers(5)) | ashlar::sink<1>([&](int i) {
         sum += i;
         if (i != 0) return;
         began.set_value();
         other.wait_for_a_look();  // one worker found no room here, and now looks elsewhere
         std::this_thread::sleep_for(std::chrono::milliseconds{2});  // longer than a worker's turn
         other.hold_the_next();
       })).run({.in_flight = 1, .grain = 1, .executor = &two, .autotune = autotune});
      other.let_go();
    }};
    began.get_future().wait();
    const ashlar::Executor::Seat seat{two, other};
    run.join();
    CHECK(sum == 10);
    CHECK_FALSE(other.stalled());
  }
}

TEST_CASE("two runs that tune themselves share an executor, and one waits inside a stage") {
  ashlar::Executor shared{2};
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds{150};
  std::atomic<std::uint64_t> sums[2] = {};
  std::uint64_t finished[2] = {};
  {
    std::vector<std::jthread> callers;
    for (std::size_t me = 0; me < 2; ++me) {
      callers.emplace_back([&, me] {
        int next = 0;
        finished[me] = (ashlar::generate([&]() -> std::optional<int> {
                          if (next >= 100 && std::chrono::steady_clock::now() > until) return std::nullopt;
                          return ++next;
                        }) |
                        ashlar::transform([me](int i) {
                          if (me == 1) std::this_thread::sleep_for(std::chrono::microseconds{300});
                          return i;
                        }) |
                        ashlar::sink([&sums, me](int i) { sums[me] += static_cast<std::uint64_t>(i); }))
                           .run({.executor = &shared, .autotune = true})
                           .finished;
      });
    }
  }
  for (std::size_t me = 0; me < 2; ++me) {
    CHECK(finished[me] >= 100);
    CHECK(sums[me] == finished[me] * (finished[me] + 1) / 2);
  }
}
