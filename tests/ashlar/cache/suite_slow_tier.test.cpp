// SPDX-License-Identifier: BSL-1.0
// A lower tier that does not answer: how long the time-outs of Loading let callers wait for it.
#include <support/catch.hpp>

#include <ashlar/cache/cache.hpp>
#include <ashlar/cache/loading/loading.hpp>
#include <ashlar/cache/loading/run_on_threads.hpp>
#include <ashlar/cache/loading/run_when_told.hpp>
#include <ashlar/cache/source_tier.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <latch>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include <support/cache_tiers.hpp>

using namespace std::chrono_literals;
using ashlar::Cache;
using ashlar::FreshFor;
using ashlar::HardTimeout;
using ashlar::Loading;
using ashlar::ManualClock;
using ashlar::RunOnThreads;
using ashlar::RunWhenTold;
using ashlar::SoftTimeout;
using ashlar::StaleIfError;
using ashlar::WriteThrough;
using ashlar_test::ExpiringMapTier;

namespace {

/// A tier whose reads hang until it is let go.
class Held {
 public:
  using key_type = int;
  using mapped_type = int;
  explicit Held(ManualClock clock) : inner{std::move(clock)} {}

  std::optional<int> get(int key) {
    wait();
    return inner.get(key);
  }
  std::optional<ashlar::Timed<int>> get_timed(int key) {
    wait();
    return inner.get_timed(key);
  }
  void put(int key, int value) { inner.put(key, value); }
  void put(int key, int value, std::chrono::nanoseconds ttl) { inner.put(key, value, ttl); }
  bool erase(int key) { return inner.erase(key); }

  void hang() { go.store(false); }
  void let_go() {
    go.store(true);
    go.notify_all();
  }
  ExpiringMapTier<int, int> inner;
  std::atomic<bool> go{true};
  std::atomic<int> asked{0};

 private:
  void wait() {
    ++asked;
    go.wait(false);
  }
};

using Timed = ExpiringMapTier<int, int>;
using Values = std::vector<std::optional<int>>;

// Moves a manual clock until `done`.
template <class T>
T move_until_ready(ManualClock clock, std::future<T> done) {
  while (done.wait_for(1ms) != std::future_status::ready) clock.advance(1s);
  return done.get();
}

template <class... Option>
struct Setting {
  using Rules = Loading<WriteThrough, Option..., FreshFor, RunOnThreads, ManualClock>;
  ManualClock clock;
  Cache<Timed, Held, Rules> cache;
  explicit Setting(Option... options)
      : cache{clock, [&] { return Held{clock}; }, Rules{options..., FreshFor{10s}, RunOnThreads{2}, clock}} {}
  ~Setting() { cache.lower().let_go(); }
  template <class F>
  auto patiently(F f) {
    return move_until_ready(clock, std::async(std::launch::async, f));
  }
};

}  // namespace

TEST_CASE("a lower tier that hangs: reads are misses after the hard time-out, loads an error, and the work goes on") {
  Setting<HardTimeout> s{HardTimeout{5s}};
  s.cache.put(1, 10, 10'000h);
  s.cache.upper().erase(1);
  s.cache.lower().hang();
  CHECK(s.patiently([&] { return s.cache.get(1); }) == std::nullopt);
  CHECK(s.patiently([&] { return s.cache.get_timed(1).has_value(); }) == false);
  CHECK(s.patiently([&] { return s.cache.visit(1, [](int) {}); }) == false);
  CHECK(s.patiently([&] {
    Values out(2);
    return s.cache.get_many(std::vector<int>{1, 2}, out);
  }) == 0);
  CHECK(s.patiently([&] { return s.cache.get_or_load(1, [] { return ashlar::Result<int>{11}; }); }).error().code() ==
        ashlar::ErrorCode::timeout);
  CHECK(s.cache.stats().timeouts == 6);
  s.cache.lower().let_go();
  while (s.cache.upper().get(1) != 10) std::this_thread::sleep_for(1ms);  // what waited for the tier fills
  CHECK(s.cache.get(1) == 10);
}

TEST_CASE("a lower tier that hangs: a hit above waits for nothing") {
  Setting<HardTimeout> s{HardTimeout{5s}};
  s.cache.put(1, 10);
  s.cache.lower().hang();
  const int asked = s.cache.lower().asked;
  CHECK(s.cache.get(1) == 10);
  CHECK(s.cache.get_or_load(1, [] { return 0; }) == 10);
  Values out(1);
  s.cache.get_or_load_many(std::vector<int>{1}, out, [](std::span<const int>) { return std::vector<int>{0}; });
  CHECK(out == Values{10});
  CHECK(s.cache.lower().asked == asked);
  CHECK(s.cache.stats().timeouts == 0);
}

TEST_CASE("a lower tier that hangs: the stale value above is given after the soft time-out") {
  Setting<StaleIfError, SoftTimeout, HardTimeout> s{StaleIfError{.window = 10'000h}, SoftTimeout{1s},
                                                    HardTimeout{100s}};
  s.cache.put(1, 10);
  s.clock.advance(11s);
  s.cache.lower().hang();
  const auto begun = s.clock.now();
  CHECK(s.patiently([&] { return s.cache.get_or_load(1, [] { return 11; }); }) == 10);
  CHECK(s.cache.stats().timeouts == 0);
  CHECK(s.cache.stats().stale == 1);
  SECTION("and without one, the hard time-out is what remains") {
    CHECK_THROWS_AS(s.patiently([&] { return s.cache.get_or_load(2, [] { return 22; }); }), ashlar::Error);
    CHECK(s.clock.now() - begun >= 100s);
  }
  SECTION("of many keys too, all in all after one time-out") {
    s.cache.upper().put(2, 20, 9000h);
    s.clock.advance(11s);
    CHECK(s.patiently([&] {
      Values out(2);
      s.cache.get_or_load_many(std::vector<int>{1, 2}, out,
                               [](std::span<const int> keys) { return std::vector<int>(keys.size(), 5); });
      return out;
    }) == Values{10, 20});
    CHECK(s.cache.stats().timeouts == 0);
  }
  s.cache.lower().let_go();
  while (s.cache.get(1) != 11) std::this_thread::sleep_for(1ms);
}

TEST_CASE("many keys wait all in all no longer than the hard time-out, and are stored when they come") {
  ManualClock clock;
  RunWhenTold runner;
  using Rules = Loading<WriteThrough, HardTimeout, RunWhenTold, ManualClock>;
  Cache<Timed, Timed, Rules> cache{clock, clock, Rules{HardTimeout{5s}, runner, clock}};
  const auto ask = [&] {
    Values out(3);
    cache.get_or_load_many(std::vector<int>{1, 2, 1}, out, [](std::span<const int> missing) {
      return std::vector<int>(missing.begin(), missing.end());
    });
    return out;
  };
  CHECK_THROWS_AS(move_until_ready(clock, std::async(std::launch::async, ask)), ashlar::Error);
  CHECK(runner.waiting() == 1);
  auto again = std::async(std::launch::async, ask);  // joins
  std::this_thread::sleep_for(20ms);
  CHECK(runner.run_all() == 1);
  CHECK(again.get() == Values{1, 2, 1});
  CHECK(cache.upper().get(2) == 2);
  CHECK(cache.lower().get(2) == 2);
  SECTION("a loader that throws is heard by all") {
    const auto fail = [&] {
      Values out(2);
      cache.get_or_load_many(std::vector<int>{8, 9}, out,
                             [](std::span<const int>) -> std::vector<int> { throw std::runtime_error{"no"}; });
    };
    auto failing = std::async(std::launch::async, fail);
    while (!runner.run_one()) std::this_thread::sleep_for(1ms);
    CHECK_THROWS_AS(failing.get(), std::runtime_error);
    CHECK_FALSE(cache.contains(8));
  }
  SECTION("a runner that drops them tells who waits") {
    auto dropped = std::async(std::launch::async, [&] {
      Values out(2);
      cache.get_or_load_many(std::vector<int>{8, 9}, out,
                             [](std::span<const int> keys) { return std::vector<int>(keys.size()); });
    });
    while (!runner.drop_one()) std::this_thread::sleep_for(1ms);
    CHECK_THROWS_AS(dropped.get(), ashlar::Error);
  }
}

TEST_CASE("with time-outs a loader on the only thread may load batches, also one that waits for that thread") {
  using Rules = Loading<WriteThrough, HardTimeout, RunOnThreads>;
  using Map = ashlar_test::MapTier<int, int>;
  Cache<Map, ashlar::NullTier<int, int>, Rules> cache{0, Rules{HardTimeout{ashlar::forever}, RunOnThreads{1}}};
  const auto tens = [](std::span<const int> keys) {
    std::vector<int> out;
    for (const int key : keys) out.push_back(key * 10);
    return out;
  };
  std::latch begun{1};
  std::latch queued{1};
  auto single = std::async(std::launch::async, [&] {
    return cache.get_or_load(1, [&] {
      begun.count_down();
      queued.wait();
      Values out(2);
      cache.get_or_load_many(std::vector<int>{5, 6}, out, tens);  // queued behind this very load
      return *out[0] + *out[1];
    });
  });
  begun.wait();
  auto many = std::async(std::launch::async, [&] {
    Values out(3);
    cache.get_or_load_many(std::vector<int>{4, 5, 6}, out, tens);
    return out;
  });
  std::this_thread::sleep_for(20ms);  // it waits for the thread by then, or will find 5 and 6 loaded
  queued.count_down();
  CHECK(single.get() == 110);
  CHECK(many.get() == Values{40, 50, 60});
  // A batch whose loader asks for one of its keys is told so, and nobody waits for ever.
  Values out(2);
  CHECK_THROWS_AS(cache.get_or_load_many(std::vector<int>{7, 8}, out,
                                         [&](std::span<const int> keys) {
                                           static_cast<void>(cache.get_or_load(8, [] { return 0; }));
                                           return std::vector<int>(keys.size());
                                         }),
                  ashlar::Error);
}

TEST_CASE("a time-out without end waits for as long as it takes, by whatever clock") {
  using Forever = Loading<WriteThrough, StaleIfError, SoftTimeout, HardTimeout, RunOnThreads>;
  Cache<ashlar_test::ExpiringMapTier<int, int>, ashlar::NullTier<int, int>, Forever> cache{
      ManualClock{}, Forever{SoftTimeout{ashlar::forever}, HardTimeout{ashlar::forever}}};
  CHECK(cache.get_or_load(1, [] {
    std::this_thread::sleep_for(5ms);
    return 1;
  }) == 1);
  ManualClock late{ashlar::forever - 1s};
  using Manual = Loading<WriteThrough, HardTimeout, RunOnThreads, ManualClock>;
  Cache<ashlar_test::MapTier<int, int>, ashlar::NullTier<int, int>, Manual> other{0, Manual{HardTimeout{1h}, late}};
  CHECK(other.get_or_load(1, [] {
    std::this_thread::sleep_for(5ms);
    return 1;
  }) == 1);
  CHECK(other.stats().timeouts == 0);
}

TEST_CASE("a source below that hangs is waited for no longer than a loader") {
  ManualClock clock;
  std::latch go{1};
  using Source = ashlar::SourceTier<int, int, ashlar::ReadOnly>;
  using Rules = Loading<WriteThrough, HardTimeout, RunOnThreads, ManualClock>;
  Cache<Timed, Source, Rules> cache{clock,
                                    [&] {
                                      return Source{[&](int key) -> std::optional<int> {
                                        go.wait();
                                        return key;
                                      }};
                                    },
                                    Rules{HardTimeout{2s}, RunOnThreads{1}, clock}};
  CHECK(move_until_ready(clock, std::async(std::launch::async, [&] { return cache.get(3); })) == std::nullopt);
  go.count_down();
  while (cache.upper().get(3) != 3) std::this_thread::sleep_for(1ms);
}
