// SPDX-License-Identifier: BSL-1.0
// The parts of a pipeline at work: orders come from another thread, are taken apart, priced by a service that fails now
// and then, put in order again and packed by twos. Then an endless source with a deadline, and two runs that share threads.
#include <ashlar/pipeline.hpp>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace std::chrono_literals;

int main() {
  ashlar::Channel<std::string> orders{2};  // a full channel holds its feeder up
  std::jthread feeder{[&] {
    for (const char* order : {"bolt nut", "# nothing", "anvil", "unicorn", "nut bolt"}) orders.push(order);
    orders.close();
  }};

  std::atomic<int> calls{0};
  const auto price = [&](const std::string& name) {
    if (++calls == 1) throw std::runtime_error{"the service is busy"};
    if (name == "unicorn") throw std::runtime_error{"no such thing"};
    return static_cast<int>(name.size());
  };
  std::vector<std::string> letters;  // needs no lock: the stage is serial
  int seen = 0;
  auto priced = ashlar::dead_letter(
      ashlar::retry(ashlar::serial(price).named("price"), {.times = 2, .first = 1ms}),
      [&](const std::string& name, const std::string& why) { letters.push_back(name + ": " + why); });

  auto shop = ashlar::from(orders) | ashlar::filter([](const std::string& order) { return order[0] != '#'; }) |
              ashlar::flat_map([](const std::string& order) {
                std::istringstream words{order};
                std::vector<std::string> names;
                for (std::string name; words >> name;) names.push_back(name);
                return names;
              }) |
              std::move(priced) | ashlar::ordered() | ashlar::batch<2>() |
              ashlar::serial([](const std::vector<int>& prices) {
                std::printf("a box of %zu\n", prices.size());
                return prices;
              }) |
              ashlar::unbatch() | ashlar::tee<1>([&](int) { ++seen; }) | ashlar::collect();

  ashlar::Executor here{ashlar::inline_execution};  // no threads: the same order each time, as tests like it
  const auto [report, prices] = shop.run({.executor = &here});
  for (const int each : prices) std::printf("price %d\n", each);
  for (const std::string& letter : letters) std::printf("returned: %s\n", letter.c_str());
  std::printf("%d seen, %llu tries repeated\n", seen, static_cast<unsigned long long>(report.stages[3].retries));

  auto endless = ashlar::generate([n = 0]() mutable { return std::optional{++n}; }) | ashlar::sink([](int) {});
  const bool in_time = endless.run({.timeout = 5ms}).outcome == ashlar::Outcome::finished;
  std::printf("the endless source %s\n", in_time ? "ended" : "met its deadline");

  ashlar::Executor two{2};
  const auto count = [&] {
    const std::vector<int> numbers(1000, 1);
    std::atomic<int> sum{0};
    auto adding = ashlar::from(numbers) | ashlar::sink([&](int n) { sum += n; });
    adding.run({.in_flight = 64, .executor = &two, .autotune = true});
    return sum.load();
  };
  int other = 0;
  std::jthread neighbour{[&] { other = count(); }};
  const int mine = count();
  neighbour.join();
  std::printf("two runs on two threads: %d and %d\n", mine, other);
}
