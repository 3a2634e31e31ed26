// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/pipeline.hpp>

#include <atomic>
#include <numeric>
#include <string>
#include <vector>

namespace {
struct Word {
  std::string text;
  std::size_t length() const { return text.size(); }
};
}  // namespace

TEST_CASE("transform gives f of each item, whatever can be called") {
  const std::vector<Word> words{{"a"}, {"bc"}};
  CHECK((ashlar::from(words) | ashlar::transform(&Word::length) | ashlar::collect()).run().items ==
        std::vector<std::size_t>{1, 2});
  auto with_stop = [](int i, std::stop_token stop) { return stop.stop_requested() ? -1 : i * 2; };
  CHECK((ashlar::from(std::vector<int>{1, 2}) | ashlar::transform(with_stop) | ashlar::collect()).run().items ==
        std::vector<int>{2, 4});
}

TEST_CASE("transform<N> is never in more than N threads, serial in one") {
  const std::vector<int> input(400, 1);
  std::atomic<int> in{0}, most{0}, in_serial{0}, most_serial{0};
  auto count = [](std::atomic<int>& now, std::atomic<int>& highest) {
    return [&](int i) {
      const int n = ++now;
      for (int h = highest; n > h && !highest.compare_exchange_weak(h, n);) {
      }
      std::this_thread::yield();
      --now;
      return i;
    };
  };
  (ashlar::from(input) | ashlar::transform<2>(count(in, most)) | ashlar::serial(count(in_serial, most_serial)) |
   ashlar::sink<0>([](int) {
   })).run({.grain = 1, .workers = 4});
  CHECK(most <= 2);
  CHECK(most_serial == 1);
}

TEST_CASE("a Result is taken apart: its value goes on, its error fails the item") {
  const std::vector<int> input{1, 2, 3, 4};
  auto odd = [](int i) -> ashlar::Result<std::string> {
    if (i % 2 == 0) return ashlar::Error{ashlar::ErrorCode::corrupt, "even"};
    return std::to_string(i);
  };
  auto done = (ashlar::from(input) | ashlar::transform(odd).named("odd") | ashlar::collect())
                  .run({.on_error = ashlar::OnError::collect});
  CHECK(done.items == std::vector<std::string>{"1", "3"});
  REQUIRE(done.report.failures.size() == 2);
  CHECK(done.report.failures[0].stage_name == "odd");
  CHECK(done.report.failures[0].reason == "even");
}

TEST_CASE("a blocking stage runs on threads of its own, at most N") {
  const std::vector<int> input(60, 1);
  std::atomic<int> in{0}, most{0};
  auto report = (ashlar::from(input) | ashlar::transform<8>([&](int i) {
                                         const int n = ++in;
                                         for (int h = most; n > h && !most.compare_exchange_weak(h, n);) {
                                         }
                                         std::this_thread::sleep_for(std::chrono::milliseconds{2});
                                         --in;
                                         return i;
                                       }).blocking() |
                 ashlar::sink([](int) {
                 })).run({.workers = 1});
  CHECK(report.finished == 60);
  CHECK(most > 1);
  CHECK(most <= 8);
  CHECK(report.stages[1].blocking);
}
