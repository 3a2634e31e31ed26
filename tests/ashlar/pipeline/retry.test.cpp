// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/pipeline.hpp>

#include <atomic>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

using namespace std::chrono_literals;

TEST_CASE("retry tries again, after growing pauses, and counts") {
  const std::vector<std::string> input{"a", "b", "c"};
  std::atomic<int> left{3};
  auto flaky = [&](std::string s) {
    if (s == "b" && left-- > 0) throw std::runtime_error{"not yet"};
    return s + "!";
  };
  auto done =
      (ashlar::from(input) |
       ashlar::retry(ashlar::transform(flaky).named("flaky"), {.times = 3, .first = 1ms, .factor = 2, .most = 3ms}) |
       ashlar::collect())
          .run();
  CHECK(done.items == std::vector<std::string>{"a!", "b!", "c!"});
  CHECK(done.report.stages[1].name == "flaky");
  CHECK(done.report.stages[1].retries == 3);
  CHECK(done.report.stages[1].busy >= 6ms);  // 1 + 2 + 3
}

TEST_CASE("after the last try the item fails; a stop cuts the pause short") {
  const std::vector<int> input{1};
  int calls = 0;
  auto broken = [&](int) -> int {
    ++calls;
    throw std::runtime_error{"never"};
  };
  auto report = (ashlar::from(input) | ashlar::retry(ashlar::transform(broken), {.times = 4, .first = 10us}) |
                 ashlar::sink([](int) {
                 })).run({.on_error = ashlar::OnError::collect});
  CHECK(calls == 5);
  CHECK(report.failed == 1);

  auto stopped =
      (ashlar::from(input) | ashlar::retry(ashlar::transform(broken), {.times = 1, .first = 1h, .most = 1h}) |
       ashlar::sink([](int) {
       })).run({.on_error = ashlar::OnError::collect, .timeout = 20ms});
  CHECK(stopped.wall < 30s);
  CHECK(stopped.outcome == ashlar::Outcome::timed_out);
}

TEST_CASE("a dead letter takes the failed items, and the run goes on even when the policy is to stop") {
  const std::vector<std::string> input{"good", "bad", "good", "worse"};
  std::mutex mutex;
  std::vector<std::string> letters;
  auto parse = [](const std::string& s) {
    if (s != "good") throw std::runtime_error{"cannot parse"};
    return s.size();
  };
  auto done = (ashlar::from(input) |
               ashlar::dead_letter(ashlar::retry(ashlar::transform(parse), {.times = 1, .first = 10us}),
                                   [&](std::string item, const std::string& reason) {
                                     const std::lock_guard lock{mutex};
                                     letters.push_back(item + ": " + reason);
                                   }) |
               ashlar::collect())
                  .run({.grain = 1, .workers = 1});
  CHECK(done.items == std::vector<std::size_t>{4, 4});
  CHECK(letters == std::vector<std::string>{"bad: cannot parse", "worse: cannot parse"});
  CHECK(done.report.failed == 2);
  CHECK(done.report.stages[1].retries == 2);
}
