// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/pipeline.hpp>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

TEST_CASE("threads feed a pipeline through a channel; every item arrives, each feeder's in order") {
  ashlar::Channel<std::pair<int, int>> channel{8};
  std::vector<std::jthread> feeders;
  for (int f = 0; f < 3; ++f) {
    feeders.emplace_back([&, f] {
      for (int i = 0; i < 2000; ++i) channel.push({f, i});
    });
  }
  std::jthread closer{[&] {
    feeders.clear();
    channel.close();
  }};
  auto done = (ashlar::from(channel) | ashlar::collect()).run({.workers = 2});
  REQUIRE(done.items.size() == 6000);
  std::vector<int> next(3, 0);
  bool in_order = true;
  for (const auto& [feeder, i] : done.items) in_order = in_order && i == next[static_cast<std::size_t>(feeder)]++;
  CHECK(in_order);
}

TEST_CASE("a full channel holds its feeder up; a closed one refuses") {
  ashlar::Channel<std::unique_ptr<int>> channel{2};
  CHECK(channel.try_push(std::make_unique<int>(1)));
  CHECK(channel.try_push(std::make_unique<int>(2)));
  auto third = std::make_unique<int>(3);
  CHECK_FALSE(channel.try_push(std::move(third)));
  CHECK(third != nullptr);
  CHECK(channel.size() == 2);

  std::atomic<bool> in{false};
  std::jthread feeder{[&] { in = channel.push(std::move(third)); }};
  std::this_thread::sleep_for(std::chrono::milliseconds{5});
  CHECK_FALSE(in);
  std::jthread closer{[&] {
    while (!in) std::this_thread::yield();
    channel.close();
  }};
  CHECK((ashlar::from(channel) | ashlar::collect()).run().items.size() == 3);
  CHECK(channel.closed());
  CHECK_FALSE(channel.push(std::make_unique<int>(4)));
}

TEST_CASE("a run that waits for a channel can be stopped") {
  ashlar::Channel<int> channel;
  std::stop_source stop;
  std::jthread stopper{[&] {
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
    stop.request_stop();
  }};
  CHECK((ashlar::from(channel) | ashlar::sink([](int) {})).run({.stop = stop.get_token()}).outcome ==
        ashlar::Outcome::stopped);
}
