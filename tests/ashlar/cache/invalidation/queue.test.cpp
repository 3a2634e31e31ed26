// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/cache.hpp>
#include <ashlar/cache/invalidation/invalidating.hpp>
#include <ashlar/cache/invalidation/queue.hpp>

#include <atomic>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <support/cache_tiers.hpp>

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
  CHECK(queue.process([&](const ashlar::QueuedInvalidation& next) { seen.push_back(next.text); }) == 5);
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
  CHECK(queue.take()->text == "a");
  CHECK(queue.take()->text == "b");
  queue.add("a");
  CHECK(queue.take()->text == "a");
}

TEST_CASE("what is added while the queue is processed has its turn; an exception leaves the rest") {
  ashlar::InvalidationQueue queue;
  queue.add("first");
  Patterns seen;
  queue.process([&](const ashlar::QueuedInvalidation& next) {
    seen.push_back(next.text);
    if (next.text == "first") queue.add("second");
  });
  CHECK(seen == Patterns{"first", "second"});
  queue.add("x", 2);
  queue.add("y", 1);
  CHECK_THROWS(queue.process([](const ashlar::QueuedInvalidation&) { throw std::runtime_error{"no"}; }));
  CHECK(queue.take()->text == "y");
}

TEST_CASE("a pattern that moves up and down many times waits once") {
  ashlar::InvalidationQueue queue;
  for (int priority = 0; priority < 5; ++priority) {
    queue.add("a", priority);
    queue.add("b", 4 - priority);
  }
  CHECK(queue.size() == 2);
  CHECK(queue.take()->text == "b");
  CHECK(queue.take()->text == "a");
  CHECK(queue.take() == std::nullopt);
}

TEST_CASE("what waits is as of the moment at which it was added last, and tags wait beside patterns of the same text") {
  ashlar::InvalidationQueue queue;
  const auto first = ashlar::InvalidationLog::next();
  queue.add("a", 0, first);
  queue.add_tag("a", 0, first + 1);
  queue.add("a", -1, first + 7);  // waits already, and at a higher priority
  queue.add("a", 0, first + 3);
  CHECK(queue.size() == 2);
  using ashlar::InvalidationSubject;
  CHECK(queue.take() == ashlar::QueuedInvalidation{InvalidationSubject::pattern, "a", first + 7});
  CHECK(queue.take() == ashlar::QueuedInvalidation{InvalidationSubject::tag, "a", first + 1});
  queue.add("b");
  CHECK(queue.take()->when > first);
}

TEST_CASE("a queue is carried out in a cache: what was put meanwhile stays") {
  using Tier = ashlar_test::MapTier<std::string, ashlar::Tagged<int>>;
  ashlar::Invalidating<ashlar::Cache<Tier>> cache{0};
  cache.put("order:1", 1);
  cache.put("customer:1", 2, ashlar::Tags{"vip"});
  ashlar::InvalidationQueue queue;
  queue.add("order:*");
  queue.add_tag("vip", 9);
  cache.put("order:2", 3);
  cache.put("customer:2", 4, ashlar::Tags{"vip"});
  CHECK(queue.carry_out(cache) == 2);
  CHECK_FALSE(cache.contains("order:1"));
  CHECK_FALSE(cache.contains("customer:1"));
  CHECK(cache.get("order:2") == 3);
  CHECK(cache.get("customer:2") == 4);

  using Plain = ashlar_test::MapTier<std::string, ashlar::Stamped<int>>;
  ashlar::Invalidating<ashlar::Cache<Plain>> untagged{0};
  untagged.put("order:1", 1);
  queue.add("order:*");
  queue.add_tag("vip");
  CHECK(queue.carry_out(untagged) == 2);
  CHECK_FALSE(untagged.contains("order:1"));
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
