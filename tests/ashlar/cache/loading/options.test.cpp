// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/cache.hpp>
#include <ashlar/cache/loading/loading.hpp>
#include <ashlar/cache/loading/options.hpp>
#include <ashlar/cache/loading/run_on_threads.hpp>
#include <ashlar/cache/loading/run_when_told.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <latch>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include <support/cache_tiers.hpp>

using namespace std::chrono_literals;
using ashlar::Cache;
using ashlar::FreshFor;
using ashlar::HardTimeout;
using ashlar::Loading;
using ashlar::ManualClock;
using ashlar::RefreshAhead;
using ashlar::RunOnThreads;
using ashlar::RunWhenTold;
using ashlar::SoftTimeout;
using ashlar::StaleIfError;
using ashlar::WriteThrough;
using Timed = ashlar_test::ExpiringMapTier<int, int>;
using Map = ashlar_test::MapTier<int, int>;
using None = ashlar::NullTier<int, int>;

namespace {

struct Refuse {
  static constexpr bool runs_inline = false;
  bool run(const std::function<void()>&) const { return false; }
};

// Moves a manual clock until `done`.
template <class T>
T move_until_ready(ManualClock clock, std::future<T> done) {
  while (done.wait_for(1ms) != std::future_status::ready) clock.advance(1s);
  return done.get();
}

}  // namespace

TEST_CASE("a caller waits no longer than the hard time-out; the load goes on and is stored") {
  ManualClock clock;
  RunWhenTold runner;
  using Rules = Loading<WriteThrough, HardTimeout, RunWhenTold, ManualClock>;
  Cache<Map, None, Rules> cache{0, Rules{HardTimeout{2s}, runner, clock}};
  const auto get = [&] {
    return std::async(std::launch::async, [&] { return cache.get_or_load(1, [] { return 7; }); });
  };
  try {
    static_cast<void>(move_until_ready(clock, get()));
    FAIL("nobody ran the load");
  } catch (const ashlar::Error& error) {
    CHECK(error.code() == ashlar::ErrorCode::timeout);
  }
  const auto result = [&] { return cache.get_or_load(1, [] { return ashlar::Result<int>{8}; }); };
  const auto late = move_until_ready(clock, std::async(std::launch::async, result));
  REQUIRE_FALSE(late);  // joined the load that is under way, and heard of the time-out as its loader reports errors
  CHECK(late.error().code() == ashlar::ErrorCode::timeout);
  CHECK(cache.stats().timeouts == 2);
  CHECK(runner.run_all() == 1);
  CHECK(cache.get(1) == 7);
  CHECK(cache.get_or_load(1, [] { return 0; }) == 7);
}

TEST_CASE("a caller who could have a stale value waits for the soft time-out only") {
  ManualClock clock;
  RunWhenTold runner;
  using Rules = Loading<WriteThrough, StaleIfError, SoftTimeout, HardTimeout, FreshFor, RunWhenTold, ManualClock>;
  Cache<Timed, None, Rules> cache{
      clock, Rules{StaleIfError{.window = 1h}, SoftTimeout{1s}, HardTimeout{100s}, FreshFor{10s}, runner, clock}};
  cache.put(1, 1);
  clock.advance(11s);
  const auto get = [&] { return cache.get_or_load(1, [] { return 2; }); };
  CHECK(move_until_ready(clock, std::async(std::launch::async, get)) == 1);
  CHECK(cache.stats().timeouts == 0);
  CHECK(runner.run_all() == 1);
  CHECK(cache.get(1) == 2);
  SECTION("a hard time-out is an error like others: the stale value is given") {
    using Hard = Loading<WriteThrough, StaleIfError, HardTimeout, FreshFor, RunWhenTold, ManualClock>;
    Cache<Timed, None, Hard> hard{clock,
                                  Hard{StaleIfError{.window = 1h}, HardTimeout{1s}, FreshFor{10s}, runner, clock}};
    hard.put(1, 5);
    clock.advance(11s);
    const auto ask = [&] { return hard.get_or_load(1, [] { return 6; }); };
    CHECK(move_until_ready(clock, std::async(std::launch::async, ask)) == 5);
    CHECK(hard.stats().timeouts == 1);
  }
}

TEST_CASE("with threads of its own a cache renews beside its callers") {
  using Rules = Loading<WriteThrough, ashlar::StaleWhileRevalidate, FreshFor, RunOnThreads, ManualClock>;
  ManualClock clock;
  Cache<Timed, None, Rules> cache{
      clock, Rules{ashlar::StaleWhileRevalidate{.window = 1h}, FreshFor{10s}, RunOnThreads{2}, clock}};
  const auto load = [&](int value) { return cache.get_or_load(1, [value] { return value; }); };
  CHECK(load(1) == 1);
  clock.advance(11s);
  CHECK(load(2) == 1);
  while (cache.get(1) != 2) std::this_thread::sleep_for(1ms);
  CHECK(cache.stats().renewals == 1);
}

TEST_CASE("time-outs in real time: a loader that hangs holds nobody") {
  using Rules = Loading<WriteThrough, HardTimeout, RunOnThreads>;
  auto go = std::make_shared<std::latch>(1);
  Cache<Map, None, Rules> cache{0, Rules{HardTimeout{10ms}, RunOnThreads{1}}};
  const auto hanging = [go] {
    go->wait();
    return 3;
  };
  CHECK_THROWS_AS(cache.get_or_load(1, hanging), ashlar::Error);
  CHECK_THROWS_AS(cache.get_or_load(1, hanging), ashlar::Error);
  go->count_down();
  while (cache.get(1) != 3) std::this_thread::sleep_for(1ms);
  CHECK(cache.get_or_load(2, [] { return 4; }) == 4);
}

TEST_CASE("loads that run on one thread may load further keys, even those that wait for that thread") {
  using Rules = Loading<WriteThrough, HardTimeout, RunOnThreads>;
  Cache<Map, None, Rules> cache{0, Rules{HardTimeout{1h}, RunOnThreads{1}}};
  CHECK(cache.get_or_load(1, [&] { return cache.get_or_load(2, [] { return 20; }) + 1; }) == 21);
  // The load of 4 waits for the thread that the loader of 3 holds, which then wants 4.
  std::latch begun{1};
  std::latch queued{1};
  auto three = std::async(std::launch::async, [&] {
    return cache.get_or_load(3, [&] {
      begun.count_down();
      queued.wait();
      return cache.get_or_load(4, [] { return -1; }) + 1;
    });
  });
  begun.wait();
  auto four = std::async(std::launch::async, [&] { return cache.get_or_load(4, [] { return 40; }); });
  std::this_thread::sleep_for(20ms);  // it has joined by then, or will be the one who is joined
  queued.count_down();
  const int got = four.get();
  CHECK((got == 40 || got == -1));
  CHECK(three.get() == got + 1);
  // Its own key is an error there too, for both.
  CHECK_THROWS_AS(cache.get_or_load(5, [&] { return cache.get_or_load(5, [] { return 0; }); }), ashlar::Error);
}

TEST_CASE("a runner that drops a load tells who waits; one that refuses leaves it to the caller") {
  RunWhenTold runner;
  using Rules = Loading<WriteThrough, HardTimeout, RunWhenTold>;
  Cache<Map, None, Rules> cache{0, Rules{HardTimeout{1h}, runner}};
  auto load = std::async(std::launch::async, [&] { return cache.get_or_load(1, [] { return 1; }); });
  while (!runner.drop_one()) std::this_thread::sleep_for(1ms);
  try {
    static_cast<void>(load.get());
    FAIL("the load was dropped");
  } catch (const ashlar::Error& error) {
    CHECK(error.code() == ashlar::ErrorCode::busy);
  }
  CHECK_FALSE(cache.contains(1));

  ManualClock clock;
  using Refusing = Loading<WriteThrough, HardTimeout, RefreshAhead, FreshFor, Refuse>;
  Cache<Timed, None, Refusing> other{clock, Refusing{HardTimeout{1h}, RefreshAhead{.lead = 5s}, FreshFor{10s}}};
  CHECK(other.get_or_load(1, [] { return 1; }) == 1);
  clock.advance(6s);
  CHECK(other.get_or_load(1, [] { return 2; }) == 1);
  CHECK(other.get(1) == 1);
}

namespace {

// Refuses every task, after `before`.
struct RefuseLate {
  static constexpr bool runs_inline = false;
  std::shared_ptr<std::function<void()>> before = std::make_shared<std::function<void()>>([] {});
  bool run(const std::function<void()>&) const {
    (*before)();
    return false;
  }
};

}  // namespace

TEST_CASE("who waits for a renewal that the runner then refuses loads; who has a value does not") {
  ManualClock clock;
  RefuseLate runner;
  using Rules = Loading<WriteThrough, HardTimeout, RefreshAhead, FreshFor, RefuseLate, ManualClock>;
  Cache<Timed, None, Rules> cache{
      clock, Rules{HardTimeout{ashlar::forever}, RefreshAhead{.lead = 5s}, FreshFor{10s}, runner, clock}};
  using Values = std::vector<std::optional<int>>;
  const std::vector<int> keys{1, 2};
  const auto load_both = [&](int value, int& calls) {
    Values out(keys.size());
    cache.get_or_load_many(keys, out, [value, &calls](std::span<const int> missing) {
      ++calls;
      return std::vector<int>(missing.size(), value);
    });
    return out;
  };
  const auto load_one = [&](int value, int& calls) {
    return Values{cache.get_or_load(1, [value, &calls] {
      ++calls;
      return value;
    })};
  };
  std::future<Values> joined;
  const auto when_refused = [&](auto action, std::uint64_t joins) {
    *runner.before = [&, action, joins, refused = false]() mutable {
      if (std::exchange(refused, true)) return;
      clock.advance(5s);  // now there is nothing above, and who comes waits for the renewal
      joined = std::async(std::launch::async, action);
      while (cache.stats().joined < joins) std::this_thread::sleep_for(1ms);
    };
  };
  int renewals = 0;
  int loads = 0;
  REQUIRE(load_both(1, loads) == Values{1, 1});
  loads = 0;
  clock.advance(6s);
  SECTION("one key") {
    when_refused([&] { return load_one(3, loads); }, 1);
    CHECK(load_one(2, renewals) == Values{1});
    CHECK(joined.get() == Values{3});
    CHECK(loads == 1);
    CHECK(cache.get(1) == 3);
  }
  SECTION("many keys") {
    when_refused([&] { return load_both(3, loads); }, 1);
    CHECK(load_both(2, renewals) == Values{1, 1});
    CHECK(joined.get() == Values{3, 3});
    CHECK(loads == 1);
    CHECK(cache.get(2) == 3);
  }
  SECTION("one of many keys, and many of which one is renewed") {
    when_refused([&] { return load_one(3, loads); }, 1);
    CHECK(load_both(2, renewals) == Values{1, 1});
    CHECK(joined.get() == Values{3});
    CHECK_FALSE(cache.contains(2));  // nobody waited for it
    clock.advance(6s);
    loads = 0;
    when_refused([&] { return load_both(4, loads); }, 2);
    CHECK(load_one(2, renewals) == Values{3});
    CHECK(joined.get() == Values{4, 4});
    CHECK(loads == 2);  // of what was missing, and of what was given up
  }
  CHECK(renewals == 0);
}

TEST_CASE("who waits for a renewal that the runner then drops loads") {
  ManualClock clock;
  RunWhenTold runner;
  using Rules = Loading<WriteThrough, HardTimeout, RefreshAhead, FreshFor, RunWhenTold, ManualClock>;
  Cache<Timed, None, Rules> cache{
      clock, Rules{HardTimeout{ashlar::forever}, RefreshAhead{.lead = 5s}, FreshFor{10s}, runner, clock}};
  cache.put(1, 1);
  clock.advance(6s);
  CHECK(cache.get_or_load(1, [] { return 2; }) == 1);
  clock.advance(5s);
  auto joined = std::async(std::launch::async, [&] { return cache.get_or_load(1, [] { return 3; }); });
  while (cache.stats().joined == 0) std::this_thread::sleep_for(1ms);
  REQUIRE(runner.drop_one());
  while (runner.run_all() == 0) std::this_thread::sleep_for(1ms);
  CHECK(joined.get() == 3);
}

TEST_CASE("who needs the value of a renewal that has not begun loads it, and waits for nobody") {
  ManualClock clock;
  RunWhenTold runner;
  using Rules = Loading<WriteThrough, RefreshAhead, FreshFor, RunWhenTold, ManualClock>;
  Cache<Timed, None, Rules> cache{clock, Rules{RefreshAhead{.lead = 5s}, FreshFor{10s}, runner, clock}};
  int calls = 0;
  const auto load = [&] { return cache.get_or_load(1, [&calls] { return ++calls; }); };
  CHECK(load() == 1);
  clock.advance(6s);
  CHECK(load() == 1);
  CHECK(runner.waiting() == 1);
  clock.advance(4s);  // it is over; the same thread would have to run the renewal
  CHECK(load() == 2);
  CHECK(calls == 2);
  CHECK(runner.run_all() == 1);
  CHECK(calls == 2);
}

TEST_CASE("a cache that goes gives up the renewals that have not begun and waits for those that have") {
  ManualClock clock;
  using Rules = Loading<WriteThrough, RefreshAhead, FreshFor, RunWhenTold, ManualClock>;
  RunWhenTold runner;
  bool ran = false;
  {
    Cache<Timed, None, Rules> cache{clock, Rules{RefreshAhead{.lead = 5s}, FreshFor{10s}, runner, clock}};
    cache.put(1, 1);
    clock.advance(6s);
    CHECK(cache.get_or_load(1, [&ran] {
      ran = true;
      return 2;
    }) == 1);
    CHECK(runner.waiting() == 1);
  }
  CHECK(runner.run_all() == 1);
  CHECK_FALSE(ran);

  using Threaded = Loading<WriteThrough, RefreshAhead, FreshFor, RunOnThreads, ManualClock>;
  std::atomic<bool> finished{false};
  std::latch begun{1};
  {
    Cache<Timed, None, Threaded> cache{clock, Threaded{RefreshAhead{.lead = 5s}, FreshFor{10s}, clock}};
    cache.put(1, 1);
    clock.advance(6s);
    static_cast<void>(cache.get_or_load(1, [&] {
      begun.count_down();
      std::this_thread::sleep_for(10ms);
      finished = true;
      return 2;
    }));
    begun.wait();
  }
  CHECK(finished);
}

TEST_CASE("many callers, renewals, writes and invalidations at once: nobody sees a value older than a finished write") {
  using Rules = Loading<WriteThrough, ashlar::StaleWhileRevalidate, StaleIfError, RefreshAhead, FreshFor, RunOnThreads,
                        ManualClock>;
  ManualClock clock;
  Cache<Timed, Timed, Rules> cache{clock, clock,
                                   Rules{RefreshAhead{.lead = 5s, .rest = 0s}, FreshFor{10s}, RunOnThreads{2}, clock}};
  // The writer raises the source and invalidates; a load that began later must not be behind it, though stale values
  // may be given until the invalidation is done.
  std::atomic<int> source{0};
  std::atomic<int> done{0};
  std::atomic<int> wrong{0};
  std::atomic<int> reads{0};
  std::atomic<bool> stop{false};
  std::vector<std::thread> readers;
  for (int r = 0; r < 3; ++r) {
    readers.emplace_back([&, r] {
      for (int i = 0; !stop; ++i, ++reads) {
        const int before = done;
        try {
          const int value = cache.get_or_load(1, [&, fail = (i + r) % 7 == 0] {
            if (fail) throw std::runtime_error{"sometimes"};
            return source.load();
          });
          wrong += value < before;
        } catch (const std::runtime_error&) {
        }
        if (i % 5 == 0) clock.advance(1s);
      }
    });
  }
  for (int i = 1; i <= 300 || reads < 1'000; ++i) {
    source = i;
    cache.invalidate(1);
    done = i;
    if (i % 16 == 0) std::this_thread::yield();
  }
  stop = true;
  for (auto& reader : readers) reader.join();
  CHECK(wrong == 0);
}
