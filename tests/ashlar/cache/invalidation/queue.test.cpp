// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/invalidation/queue.hpp>

#include <atomic>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using Patterns = std::vector<std::string>;

TEST_CASE("high priority comes first, equal ones in the order of arrival") {
  ashlar::InvalidationQueue queue;
  queue.add("low:1", -1);
  queue.add("plain:1");
  queue.add("high:1", 5);
  queue.add("plain:2");
  queue.add("high:2", 5);
  CHECK(queue.size() == 5);
  Patterns seen;
  CHECK(queue.process([&](const std::string& pattern) { seen.push_back(pattern); }) == 5);
  CHECK(seen == Patterns{"high:1", "high:2", "plain:1", "plain:2", "low:1"});
  CHECK(queue.size() == 0);
  CHECK(queue.take() == std::nullopt);
}

TEST_CASE("a pattern waits once, with the highest of its priorities") {
  ashlar::InvalidationQueue queue;
  queue.add("a", 1);
  queue.add("b", 2);
  queue.add("a", 0);
  queue.add("a", 3);
  CHECK(queue.size() == 2);
  CHECK(queue.take() == "a");
  CHECK(queue.take() == "b");
  queue.add("a");
  CHECK(queue.take() == "a");
}

TEST_CASE("what is added while the queue is processed has its turn; an exception leaves the rest") {
  ashlar::InvalidationQueue queue;
  queue.add("first");
  Patterns seen;
  queue.process([&](const std::string& pattern) {
    seen.push_back(pattern);
    if (pattern == "first") queue.add("second");
  });
  CHECK(seen == Patterns{"first", "second"});
  queue.add("x", 2);
  queue.add("y", 1);
  CHECK_THROWS(queue.process([](const std::string&) { throw std::runtime_error{"no"}; }));
  CHECK(queue.take() == "y");
}

TEST_CASE("a pattern that moves up and down many times waits once") {
  ashlar::InvalidationQueue queue;
  for (int priority = 0; priority < 5; ++priority) {
    queue.add("a", priority);
    queue.add("b", 4 - priority);
  }
  CHECK(queue.size() == 2);
  CHECK(queue.take() == "b");
  CHECK(queue.take() == "a");
  CHECK(queue.take() == std::nullopt);
}

TEST_CASE("many threads may add and take") {
  ashlar::InvalidationQueue queue;
  std::atomic<int> taken{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 100; ++i) queue.add(std::to_string(t) + ":" + std::to_string(i), i % 3);
      while (queue.take()) ++taken;
    });
  }
  for (auto& thread : threads) thread.join();
  while (queue.take()) ++taken;
  CHECK(taken == 400);
}
