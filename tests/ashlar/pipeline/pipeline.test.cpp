// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/pipeline.hpp>

#include <atomic>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

namespace {

std::vector<int> numbers(int n) {
  std::vector<int> all(static_cast<std::size_t>(n));
  std::iota(all.begin(), all.end(), 0);
  return all;
}
auto same() {
  return ashlar::transform([](int i) { return i; });
}

}  // namespace

TEST_CASE("parts compose with commas, with bars, and as pipelines without ends") {
  const std::vector<int> input = numbers(100);
  auto twice = ashlar::transform([](int i) { return 2 * i; }) | ashlar::transform([](int i) { return i + 1; });
  ashlar::Pipeline whole{ashlar::from(input), twice, ashlar::collect()};
  const auto by_comma = whole.run().items;
  const auto by_bar = (ashlar::from(input) | twice | ashlar::collect()).run().items;
  CHECK(by_comma == by_bar);
  CHECK(by_comma[99] == 199);
}

TEST_CASE("the first failure stops everything and is thrown with stage and item") {
  const std::vector<int> input = numbers(10'000);
  std::atomic<int> seen{0};
  auto pipeline = ashlar::from(input) | same() | ashlar::transform([&](int i) {
                                                   ++seen;
                                                   if (i == 500) throw std::range_error{"five hundred"};
                                                   return i;
                                                 }).named("check") |
                  ashlar::sink([](int) { std::this_thread::sleep_for(20us); });
  try {
    pipeline.run({.workers = 2});
    FAIL("must throw");
  } catch (const ashlar::StageError& error) {
    CHECK(std::string{error.what()} == "stage 2 (check), item 500: five hundred");
    CHECK_THROWS_AS(std::rethrow_if_nested(error), std::range_error);
  }
  CHECK(seen < 9'000);
}

TEST_CASE("with OnError::collect the work goes on and the list is bounded") {
  const std::vector<int> input = numbers(1000);
  std::atomic<int> told{0};
  auto report =
      (ashlar::from(input) | ashlar::transform([](int i) {
         if (i % 2 == 1) throw std::runtime_error{"odd"};
         return i;
       }) |
       ashlar::sink([](int) {
       })).run({.on_error = ashlar::OnError::collect, .keep_failures = 10, .failed = [&](const ashlar::Failure& f) {
                  told += f.item % 2 == 1 ? 1 : 1000;
                }});
  CHECK(report.failed == 500);
  CHECK(report.finished == 500);
  CHECK(report.failures.size() == 10);
  CHECK(told == 500);
}

TEST_CASE("a stop request ends the run soon; every item is accounted for") {
  std::stop_source stop;
  std::atomic<int> reached{0};
  const std::vector<int> input = numbers(100'000);
  auto report = (ashlar::from(input) | same() | ashlar::sink([&](int) {
                   if (++reached == 100) stop.request_stop();
                   std::this_thread::sleep_for(10us);
                 })).run({.stop = stop.get_token(), .workers = 2});
  CHECK(report.outcome == ashlar::Outcome::stopped);
  CHECK(report.finished == static_cast<std::uint64_t>(reached));
  CHECK(report.pulled == report.finished + report.cancelled);
  CHECK(report.pulled < 100'000);
}

TEST_CASE("a token that is already triggered lets nothing start") {
  std::stop_source stop;
  stop.request_stop();
  auto report = (ashlar::from(numbers(10)) | ashlar::sink([](int) {})).run({.stop = stop.get_token()});
  CHECK(report.pulled == 0);
  CHECK(report.outcome == ashlar::Outcome::stopped);
}

TEST_CASE("the deadline ends a run") {
  auto report = (ashlar::from(numbers(100'000)) | ashlar::sink([](int) {
                   std::this_thread::sleep_for(1ms);
                 })).run({.timeout = 30ms});
  CHECK(report.outcome == ashlar::Outcome::timed_out);
  CHECK(report.wall < 5s);
  CHECK(report.pulled == report.finished + report.cancelled);
}

TEST_CASE("no more items are in flight than asked for") {
  struct Counted {
    std::atomic<int>* alive = nullptr;
    explicit Counted(std::atomic<int>& a, std::atomic<int>& most) : alive{&a} {
      const int n = ++a;
      for (int h = most; n > h && !most.compare_exchange_weak(h, n);) {
      }
    }
    Counted(Counted&& other) noexcept : alive{std::exchange(other.alive, nullptr)} {}
    Counted& operator=(Counted&&) = delete;
    ~Counted() {
      if (alive != nullptr) --*alive;
    }
  };
  std::atomic<int> alive{0}, most{0};
  int left = 1000;
  auto report = (ashlar::generate([&]() -> std::optional<Counted> {
                   if (left-- == 0) return std::nullopt;
                   return std::optional<Counted>{std::in_place, alive, most};
                 }) |
                 ashlar::transform<4>([](Counted c) { return c; }).blocking() | ashlar::transform<1>([](Counted c) {
                   std::this_thread::yield();
                   return c;
                 }) |
                 ashlar::sink<2>([](Counted) {}).blocking())
                    .run({.in_flight = 10, .workers = 3});
  CHECK(report.finished == 1000);
  CHECK(report.most_in_flight <= 10);
  CHECK(most <= 10);
  CHECK(alive == 0);
}

TEST_CASE("no more bytes are in flight than asked for, and what can never fit fails") {
  std::vector<std::string> input(200, std::string(1000, 'x'));
  input[77] = std::string(5001, 'y');
  auto report = (ashlar::from(input) | ashlar::transform<8>([](std::string s) { return s; }).blocking() |
                 ashlar::sink([](std::string) {
                 })).run({.on_error = ashlar::OnError::collect, .bytes = 5000, .workers = 2});
  CHECK(report.most_bytes <= 5000);
  CHECK(report.most_bytes >= 1000);
  CHECK(report.finished == 199);
  REQUIRE(report.failures.size() == 1);
  CHECK(report.failures[0].item == 77);
  CHECK(report.failures[0].stage == 0);
}

TEST_CASE("progress is told while it runs and at the end; a callback that throws stops the run") {
  const std::vector<int> input = numbers(300);
  int calls = 0;
  ashlar::Progress last;
  auto pipeline = ashlar::from(input) | ashlar::sink([](int) { std::this_thread::sleep_for(200us); });
  pipeline.run({.progress =
                    [&](const ashlar::Progress& p) {
                      ++calls;
                      last = p;
                    },
                .progress_every = 5ms});
  CHECK(calls >= 2);
  CHECK(last.last);
  CHECK(last.finished == 300);
  CHECK(last.total == 300);
  CHECK_THROWS_AS(pipeline.run({.progress = [](const ashlar::Progress&) { throw std::runtime_error{"no"}; },
                                .progress_every = 1ms}),
                  std::runtime_error);
}

TEST_CASE("the report has a row for each stage") {
  const std::vector<int> input = numbers(1000);
  auto report = (ashlar::from(input) | same().named("a") | ashlar::filter([](int i) { return i < 10; }) |
                 ashlar::sink<2>([](int) {
                   std::this_thread::sleep_for(5ms);
                 })).run();
  REQUIRE(report.stages.size() == 4);
  CHECK(report.stages[0].name == "from");
  CHECK(report.stages[0].items == 1000);
  CHECK(report.stages[1].name == "a");
  CHECK(report.stages[2].out == 10);
  CHECK(report.stages[3].items == 10);
  CHECK(report.stages[3].limit == 2);
  CHECK(report.stages[3].busy >= 1ms);
  CHECK(report.stages[3].p50 >= 80us);
  CHECK(report.bottleneck()->name == "sink");
}

TEST_CASE("autotune keeps every limit, finishes the work and says what it chose") {
  std::atomic<int> inside{0}, most{0};
  const auto report = (ashlar::from(numbers(1500)) | ashlar::transform<6>([&](int i) {
                                                       const int n = ++inside;
                                                       for (int m = most; n > m && !most.compare_exchange_weak(m, n);) {
                                                       }
                                                       std::this_thread::sleep_for(500us);
                                                       --inside;
                                                       return i;
                                                     }).blocking() |
                       ashlar::ordered() | ashlar::sink([](int) {
                       })).run({.in_flight = 40, .workers = 3, .autotune = true});
  CHECK(report.finished == 1500);
  CHECK(most <= 6);
  CHECK(report.most_in_flight <= 1024);
  CHECK(report.stages[1].limit == 6);
  CHECK(report.stages[1].chosen >= 1);
  CHECK(report.stages[1].chosen <= 6);
  CHECK(report.in_flight_chosen >= 6);
  CHECK(report.in_flight_chosen <= 40);
  CHECK(report.workers_chosen >= 1);
  CHECK(report.workers_chosen <= 3);
}

TEST_CASE("autotune finishes the work and says how many workers did most") {
  const std::vector<int> input = numbers(600);
  auto report = (ashlar::from(input) | ashlar::sink<0>([](int) {
                   std::this_thread::sleep_for(500us);
                 })).run({.workers = 4, .autotune = true});
  CHECK(report.finished == 600);
  CHECK(report.workers == 4);
  CHECK(report.workers_chosen >= 1);
  CHECK(report.workers_chosen <= 4);
}
