// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/cache.hpp>
#include <ashlar/cache/strategy/write_back.hpp>

#include <atomic>
#include <chrono>
#include <future>
#include <latch>
#include <map>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <support/cache_tiers.hpp>
#include <support/soak.hpp>

using namespace std::chrono_literals;
using ashlar::WriteBack;
using ashlar_test::FlakyTier;
using ashlar_test::MapTier;
using Map = MapTier<int, int>;
using Flaky = ashlar::Cache<Map, FlakyTier<Map>, WriteBack>;

namespace {

// A lower tier that keeps the order in which values of a key arrive, and can be held.
class Journal {
 public:
  using key_type = int;
  using mapped_type = int;
  explicit Journal(int) {}
  std::optional<int> get(int key) {
    const std::lock_guard lock{mutex_};
    const auto found = last_.find(key);
    return found == last_.end() ? std::nullopt : found->second;
  }
  void put(int key, int value) { note(key, value); }
  bool erase(int key) {
    const bool there = get(key).has_value();
    note(key, std::nullopt);
    return there;
  }
  std::vector<std::optional<int>> arrived(int key) {
    const std::lock_guard lock{mutex_};
    return arrivals_[key];
  }

 private:
  void note(int key, std::optional<int> value) {
    const std::lock_guard lock{mutex_};
    arrivals_[key].push_back(value);
    last_[key] = value;
  }
  std::mutex mutex_;
  std::map<int, std::vector<std::optional<int>>> arrivals_;
  std::map<int, std::optional<int>> last_;
};

}  // namespace

TEST_CASE("write-back shows a write at once and writes it below later") {
  Flaky cache{0, 0, WriteBack{.linger = 10s}};
  REQUIRE(cache.put(1, 10));
  CHECK(cache.get(1) == 10);
  CHECK(cache.lower().inner.peek(1) == std::nullopt);
  CHECK(cache.writer().backlog() == 1);
  const auto report = cache.flush();
  CHECK(report.complete());
  CHECK(report.written == 1);
  CHECK(cache.lower().inner.peek(1) == 10);
  CHECK(cache.writer().backlog() == 0);
  CHECK(cache.flush().written == 0);
}

TEST_CASE("a write goes below by itself after its rest") {
  Flaky cache{0, 0, WriteBack{.linger = 1ms}};
  REQUIRE(cache.put(1, 10));
  for (int i = 0; i < 2000 && !cache.lower().inner.contains(1); ++i) std::this_thread::sleep_for(1ms);
  CHECK(cache.lower().inner.peek(1) == 10);
}

TEST_CASE("several writes of a key that wait are one, and the last wins") {
  ashlar::Cache<Map, Journal, WriteBack> cache{0, 0, WriteBack{.linger = 10s}};
  for (int i = 1; i <= 100; ++i) REQUIRE(cache.put(1, i));
  REQUIRE(cache.put(2, 5));
  REQUIRE(cache.put(2, 6));
  REQUIRE(cache.erase(2).value());
  CHECK(cache.flush().complete());
  CHECK(cache.lower().arrived(1) == std::vector<std::optional<int>>{100});
  CHECK(cache.lower().arrived(2) == std::vector<std::optional<int>>{std::nullopt});
  CHECK(cache.writer().stats().coalesced == 101);
}

TEST_CASE("what waits is seen by every read, though the upper copy was evicted") {
  Flaky cache{0, 0, WriteBack{.linger = 10s}};
  cache.lower().inner.put(1, -1);
  cache.lower().inner.put(2, -2);
  REQUIRE(cache.put(1, 10));
  REQUIRE(cache.erase(2).value());
  cache.upper().clear();  // as by eviction
  CHECK(cache.peek(1) == 10);
  CHECK(cache.contains(1));
  CHECK(cache.get(1) == 10);
  CHECK_FALSE(cache.contains(2));
  CHECK(cache.get(2) == std::nullopt);
  CHECK(cache.peek(2) == std::nullopt);
  CHECK_FALSE(cache.erase(2).value());
  CHECK(cache.insert_if_absent(1, 5).value() == false);
}

TEST_CASE("erase tells whether the key was there, on whichever level") {
  Flaky cache{0, 0, WriteBack{.linger = 10s}};
  cache.lower().inner.put(1, 10);
  CHECK(cache.erase(1).value());
  CHECK_FALSE(cache.erase(1).value());
  REQUIRE(cache.put(1, 11));
  CHECK(cache.erase(1).value());
}

TEST_CASE("a write that fails is tried again until it works; meanwhile the value is there") {
  Flaky cache{0, 0, WriteBack{.linger = 0ms, .first_retry = 1ms, .last_retry = 4ms}};
  cache.lower().down = true;
  REQUIRE(cache.put(1, 10));
  const auto failed = cache.flush();
  CHECK_FALSE(failed.complete());
  CHECK(failed.waiting == 1);
  REQUIRE(failed.error);
  CHECK(failed.error->code() == ashlar::ErrorCode::io);
  CHECK(cache.get(1) == 10);
  cache.lower().down = false;
  for (int i = 0; i < 2000 && cache.writer().backlog() > 0; ++i) std::this_thread::sleep_for(1ms);
  CHECK(cache.lower().inner.peek(1) == 10);
}

TEST_CASE("a lower tier that throws is a failure like any other") {
  Flaky cache{0, 0, WriteBack{.linger = 0ms, .first_retry = 1ms}};
  std::atomic<int> throws{3};
  cache.lower().before = [&](const char* what) {
    if (std::string{what} == "put" && throws-- > 0) throw std::runtime_error{"broken"};
  };
  REQUIRE(cache.put(1, 10));
  for (int i = 0; i < 2000 && cache.writer().backlog() > 0; ++i) std::this_thread::sleep_for(1ms);
  CHECK(cache.lower().inner.peek(1) == 10);
  CHECK(cache.writer().stats().failures == 3);
}

TEST_CASE("with a lower tier that fails every n-th call everything arrives in the end") {
  Flaky cache{0, 0, WriteBack{.linger = 0ms, .first_retry = 1ms, .last_retry = 2ms, .threads = 2}};
  cache.lower().every = 3;
  for (int i = 0; i < 300; ++i) REQUIRE(cache.put(i, i));
  for (int i = 0; i < 5000 && cache.writer().backlog() > 0; ++i) std::this_thread::sleep_for(1ms);
  for (int i = 0; i < 300; ++i) CHECK(cache.lower().inner.peek(i) == i);
  CHECK(cache.writer().stats().failures > 0);
}

TEST_CASE("a full backlog pushes back, and what it refuses changes nothing") {
  Flaky cache{0, 0,
              WriteBack{.max_backlog = 2, .wait_for_room = 5ms, .linger = 0ms, .first_retry = 1ms, .last_retry = 2ms}};
  cache.lower().down = true;
  REQUIRE(cache.put(1, 10));
  REQUIRE(cache.put(2, 20));
  REQUIRE(cache.put(1, 11));  // takes the place of one that waits
  const auto refused = cache.put(3, 30);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == ashlar::ErrorCode::busy);
  CHECK_FALSE(cache.contains(3));
  CHECK(cache.writer().stats().refused == 1);
  SECTION("a writer that waits gets the room that a finished write leaves") {
    auto later = std::async(std::launch::async, [&] {
      while (!cache.put(3, 30)) {
      }
    });
    cache.lower().down = false;
    later.get();
    CHECK(cache.get(3) == 30);
    CHECK(cache.flush().complete());
    CHECK(cache.lower().inner.peek(3) == 30);
  }
  cache.lower().down = false;
}

TEST_CASE("a slow lower tier holds up no reader and no writer") {
  Flaky cache{0, 0, WriteBack{.linger = 0ms}};
  std::latch begun{1};
  std::latch go{1};
  std::atomic<bool> first{true};
  cache.lower().before = [&](const char* what) {
    if (std::string{what} == "put" && first.exchange(false)) {
      begun.count_down();
      go.wait();
    }
  };
  REQUIRE(cache.put(1, 10));
  begun.wait();
  CHECK(cache.get(1) == 10);
  REQUIRE(cache.put(1, 11));  // while the first write of the key is under way
  CHECK(cache.get(1) == 11);
  cache.upper().clear();
  CHECK(cache.get(1) == 11);
  go.count_down();
  CHECK(cache.flush().complete());
  CHECK(cache.lower().inner.peek(1) == 11);
}

TEST_CASE("the destructor writes what is left") {
  Map store;
  struct Shared {
    using key_type = int;
    using mapped_type = int;
    explicit Shared(Map* to) : map{to} {}
    std::optional<int> get(int key) { return map->get(key); }
    void put(int key, int value) { map->put(key, value); }
    bool erase(int key) { return map->erase(key); }
    Map* map;
  };
  {
    ashlar::Cache<Map, Shared, WriteBack> cache{0, &store, WriteBack{.linger = 1h}};
    for (int i = 0; i < 100; ++i) REQUIRE(cache.put(i, i));
    CHECK(store.size() == 0);
  }
  CHECK(store.size() == 100);
}

TEST_CASE("what the destructor cannot write in time is reported") {
  std::size_t lost = 0;
  std::string why;
  {
    Flaky cache{0, 0,
                WriteBack{.linger = 0ms,
                          .first_retry = 1ms,
                          .last_retry = 1ms,
                          .drain_for = 20ms,
                          .on_loss = [&](std::size_t keys, const ashlar::Error& error) {
                            lost = keys;
                            why = error.what();
                          }}};
    cache.lower().down = true;
    REQUIRE(cache.put(1, 1));
    REQUIRE(cache.put(2, 2));
  }
  CHECK(lost == 2);
  CHECK(why.find("down") != std::string::npos);
}

TEST_CASE("clear forgets what waits; a load is written like a write") {
  Flaky cache{0, 0, WriteBack{.linger = 10s}};
  REQUIRE(cache.put(1, 10));
  REQUIRE(cache.clear());
  CHECK(cache.get(1) == std::nullopt);
  CHECK(cache.flush().written == 0);
  CHECK(cache.get_or_load(2, [] { return 20; }) == 20);
  CHECK(cache.flush().written == 1);
  CHECK(cache.lower().inner.peek(2) == 20);
}

TEST_CASE("values of a key reach the lower tier in order, the last one last, whoever writes") {
  const int rounds = static_cast<int>(300 * ashlar_test::soak());
  ashlar::Cache<Map, Journal, WriteBack> cache{0, 0, WriteBack{.linger = 0ms, .threads = 3}};
  std::vector<std::thread> writers;
  std::atomic<int> failed{0};
  for (int key = 0; key < 3; ++key) {
    writers.emplace_back([&, key] {
      for (int i = 1; i <= rounds; ++i) failed += !cache.put(key, i).has_value();
    });
  }
  for (auto& writer : writers) writer.join();
  CHECK(failed == 0);
  CHECK(cache.flush().complete());
  for (int key = 0; key < 3; ++key) {
    const auto values = cache.lower().arrived(key);
    REQUIRE_FALSE(values.empty());
    CHECK(std::is_sorted(values.begin(), values.end()));
    CHECK(values.back() == rounds);
  }
}

TEST_CASE("caches that defer below others are flushed with them") {
  using Inner = ashlar::Cache<Map, Map, WriteBack>;
  ashlar::Cache<Map, Inner> cache{0, [] { return Inner{0, 0, WriteBack{.linger = 10s}}; }};
  REQUIRE(cache.put(1, 10));
  CHECK(cache.lower().lower().peek(1) == std::nullopt);
  CHECK(cache.flush().written == 1);
  CHECK(cache.lower().lower().peek(1) == 10);
}
