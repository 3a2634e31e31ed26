// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/pipeline.hpp>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

namespace {

/// Throws at one of its moves.
struct Fragile {
  Fragile(int number, int moves) : value{number}, moves_left{moves} {}
  Fragile(Fragile&& other) : value{other.value}, moves_left{other.moves_left - 1} {
    if (moves_left == 0) throw std::runtime_error{"moved too often"};
  }
  Fragile& operator=(Fragile&&) = delete;
  int value;
  int moves_left;
};
constexpr int many = 1000;

}  // namespace

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

TEST_CASE("an item that throws when it is put in leaves its place to others") {
  ashlar::Channel<Fragile> channel{1};
  CHECK_THROWS_AS(channel.push(Fragile{1, 1}), std::runtime_error);
  CHECK(channel.size() == 0);
  REQUIRE(channel.try_push(Fragile{2, many}));
  CHECK_FALSE(channel.try_push(Fragile{3, many}));
  channel.close();
  int sum = 0;
  (ashlar::from(channel) | ashlar::sink<1>([&](const Fragile& item) { sum += item.value; })).run();
  CHECK(sum == 2);
}

TEST_CASE("an item that throws when the run takes it fails the run; the next run gets the others") {
  for (const int moves : {2, 3}) {  // out of the queue, and into the run
    CAPTURE(moves);
    ashlar::Channel<Fragile> channel{3};
    channel.push(Fragile{1, many});
    channel.push(Fragile{10, moves});
    channel.push(Fragile{100, many});
    int sum = 0;
    auto adding = ashlar::from(channel) | ashlar::sink<1>([&](const Fragile& item) { sum += item.value; });
    CHECK_THROWS_AS(adding.run({.grain = 1}), ashlar::StageError);
    REQUIRE(channel.size() == 1);
    CHECK(channel.try_push(Fragile{1000, many}));
    CHECK(channel.try_push(Fragile{10000, many}));
    CHECK_FALSE(channel.try_push(Fragile{0, many}));
    channel.close();
    adding.run();
    CHECK(sum >= 11100);  // the first run may have dropped its first item when it stopped
  }
}
