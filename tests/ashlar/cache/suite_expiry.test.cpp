// SPDX-License-Identifier: BSL-1.0
// Expiry, case by case: exact on read, and nothing leaves before its time or stays long after it.
#include <support/catch.hpp>

#include <ashlar/cache/cache.hpp>
#include <ashlar/cache/eviction/fifo.hpp>
#include <ashlar/cache/expiry.hpp>
#include <ashlar/cache/maintenance.hpp>
#include <ashlar/cache/memory/removal.hpp>
#include <ashlar/cache/memory_tier.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using ashlar::entries;
using ashlar::forever;
using Clock = ashlar::ManualClock;
using PerEntry = ashlar::ExpirePerEntry<Clock>;
using Idle = ashlar::ExpireAfterAccess<Clock>;
using Memory = ashlar::MemoryTier<int, int, PerEntry>;

TEST_CASE("a read in the last millisecond keeps an idle entry from maintenance and from eviction") {
  Clock clock;
  ashlar::MemoryTier<int, int, Idle, ashlar::Fifo, ashlar::SingleThreaded> tier{entries(4), Idle{10ms, clock}};
  tier.put(1, 1);
  tier.put(2, 2);
  clock.advance(9ms);
  CHECK(tier.get(1) == 1);
  clock.advance(1ms);
  CHECK(tier.maintain() == 1);
  CHECK(tier.get(1) == 1);
  tier.put(3, 3);
  tier.put(4, 4);
  tier.put(5, 5);
  clock.advance(9ms);
  CHECK(tier.get(1) == 1);
  clock.advance(1ms);
  tier.put(6, 6);  // 3, 4 and 5 are over: one of them makes room, not the entry that was read
  CHECK(tier.get(1) == 1);
  CHECK(tier.stats().evicted == 0);
}

TEST_CASE("reads that prolong beside maintenance: an entry is there or gone, never wrong") {
  Clock clock;
  ashlar::MemoryTier<int, int, Idle> tier{entries(100), Idle{10ms, clock}};
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  std::thread cleaner{[&] {
    while (!stop) {
      clock.advance(1ms);
      tier.maintain();
    }
  }};
  for (int i = 0; i < 5'000; ++i) {
    const int key = i % 20;
    const auto found = tier.get(key);
    if (!found) {
      tier.put(key, key * 3);
    } else {
      wrong += *found != key * 3;
    }
  }
  stop = true;
  cleaner.join();
  CHECK(wrong == 0);
}

TEST_CASE("nobody finds what was over before he asked, beside writes, evictions and maintenance") {
  // Each value is the millisecond in which it is over. Only this thread moves the clock, so that this is exact.
  Clock clock;
  ashlar::MemoryTier<int, std::int64_t, PerEntry> tier{entries(24), PerEntry{clock}};
  const auto now = [&] { return clock.now().time_since_epoch() / 1ms; };
  constexpr int keys = 40;
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0}, swept{0}, read{0}, visited{0}, read_in_batches{0};
  std::vector<std::thread> others;
  others.emplace_back([&] {
    while (!stop) swept += tier.maintain() > 0;
  });
  others.emplace_back([&] {
    for (int i = 0; !stop; ++i) {
      const std::int64_t asked = now();
      if (const auto found = tier.get_timed(i % keys)) {
        wrong += found->value <= asked;
        ++read;
      }
      visited += tier.visit(i % keys, [&](std::int64_t over) { wrong += over <= asked; });
    }
  });
  others.emplace_back([&] {
    const std::vector<int> some{0, 7, 14, 21, 28, 35};
    while (!stop) {
      const std::int64_t asked = now();
      for (const auto& found : tier.get_many(some)) {
        wrong += found && *found <= asked;
        read_in_batches += found.has_value();
      }
    }
  });
  const auto all_took_part = [&] { return swept > 20 && read > 20 && visited > 20 && read_in_batches > 20; };
  int inserted = 0;
  std::minstd_rand random{3};
  for (int i = 0; i < 2'000 || !all_took_part(); ++i) {
    const int key = static_cast<int>(random() % keys);
    const auto life = std::chrono::milliseconds{1 + random() % 9};
    switch (random() % 4) {
      case 0: tier.put(key, now() + life.count(), life); break;
      case 1: {
        const bool there = tier.contains(key);
        const bool done = tier.insert_if_absent(key, now() + life.count(), life);
        wrong += there == done;
        inserted += done;
        break;
      }
      case 2:
        tier.compute(key, [&](const std::int64_t* over) -> std::optional<std::int64_t> {
          if (over == nullptr) return std::nullopt;
          wrong += *over <= now();
          return *over;  // and the time that it has left
        });
        break;
      default: clock.advance(1ms);
    }
  }
  stop = true;
  for (auto& other : others) other.join();
  CHECK(wrong == 0);
  CHECK(inserted > 100);
}

TEST_CASE("an update changes the time to live, longer, shorter and to none, also beside maintenance") {
  Clock clock;
  Memory tier{entries(100), PerEntry{clock}};
  tier.put(1, 1, 10ms);
  tier.put(1, 2, 1h);
  clock.advance(10ms);
  CHECK(tier.maintain() == 0);
  CHECK(tier.get_timed(1)->ttl == 1h - 10ms);
  tier.put(1, 3, 5ms);
  clock.advance(5ms);
  CHECK(tier.maintain() == 1);
  tier.put(1, 4, 5ms);
  tier.put(1, 5);
  clock.advance(1h);
  CHECK(tier.get_timed(1)->ttl == forever);

  std::atomic<bool> stop{false};
  std::atomic<int> rounds{0};
  std::thread cleaner{[&] {
    for (; !stop; ++rounds) tier.maintain();
  }};
  for (int i = 0; i < 5'000 || rounds < 1'000; ++i) {
    tier.put(2, i, 1ms);
    tier.put(2, i, 1h);
    clock.advance(2ms);
    if (tier.get(2) != i) {
      FAIL_CHECK("an entry with an hour to live was dropped");
      break;
    }
  }
  stop = true;
  cleaner.join();
}

TEST_CASE("a time of zero is over, a huge one is clamped, none is for ever") {
  Clock clock;
  Memory tier{entries(100), PerEntry{clock}};
  tier.put(1, 1, 0ns);
  tier.put(2, 2, std::chrono::nanoseconds::min());
  tier.put(3, 3, std::chrono::hours{24 * 365 * 290});
  tier.put(4, 4, std::chrono::years{100'000});
  tier.put(5, 5, forever);
  CHECK_FALSE(tier.get(1));
  CHECK_FALSE(tier.get(2));
  CHECK(tier.get(3) == 3);
  CHECK(tier.get(4) == 4);
  CHECK(tier.get_timed(4)->ttl > 24h * 20);
  CHECK(tier.get_timed(5)->ttl == forever);
}

TEST_CASE("a clock that goes back makes nothing expire early, and nothing live for ever") {
  Clock clock{1h};
  Memory tier{entries(100), PerEntry{clock}};
  tier.put(1, 1, 10s);
  clock.advance(5s);
  clock.advance(-30min);
  CHECK(tier.get(1) == 1);
  tier.put(2, 2, 10s);
  CHECK(tier.maintain() == 0);
  clock.advance(10s);
  CHECK_FALSE(tier.get(2));
  CHECK(tier.get(1) == 1);
  clock.advance(30min);
  CHECK_FALSE(tier.get(1));
}

TEST_CASE("with maintenance every millisecond each entry goes at its time: not before, and not a millisecond after") {
  Clock clock;
  std::map<int, std::chrono::nanoseconds> gone;
  const auto note = [&](const int& key, int&&, ashlar::RemovalCause cause) {
    if (cause == ashlar::RemovalCause::expired) gone.emplace(key, clock.now().time_since_epoch());
  };
  using Listener = ashlar::OnRemoval<std::function<void(const int&, int&&, ashlar::RemovalCause)>>;
  ashlar::MemoryTier<int, int, PerEntry, Listener> tier{entries(2000), PerEntry{clock}, Listener{note}};
  std::map<int, std::chrono::nanoseconds> due;
  std::minstd_rand random{7};
  for (int step = 0; step < 500; ++step) {
    if (step < 250) {
      for (int i = 0; i < 4; ++i) {
        const int key = step * 4 + i;
        const auto life = std::chrono::milliseconds{1 + static_cast<int>(random() % 240)};
        tier.put(key, key, life);
        due[key] = clock.now().time_since_epoch() + life;
      }
    }
    clock.advance(1ms);
    tier.maintain();
  }
  CHECK(gone == due);
  CHECK(tier.size() == 0);
}

TEST_CASE("after any puts, updates, removals and steps of the clock the tier holds what a model holds") {
  Clock clock;
  Memory tier{entries(1000), PerEntry{clock}};
  std::map<int, std::pair<int, Clock::time_point>> model;
  std::minstd_rand random{11};
  for (int step = 0; step < 20'000; ++step) {
    const int key = static_cast<int>(random() % 60);
    switch (random() % 6) {
      case 0:
      case 1: {
        const auto life = std::chrono::milliseconds{random() % 50};
        tier.put(key, step, life);
        model[key] = {step, clock.now() + life};
        break;
      }
      case 2:
        tier.put(key, step);
        model[key] = {step, Clock::time_point::max()};
        break;
      case 3:
        tier.erase(key);
        model.erase(key);
        break;
      case 4: clock.advance(std::chrono::milliseconds{random() % 4}); break;
      default:
        if (random() % 8 == 0) tier.maintain();
    }
    std::erase_if(model, [&](const auto& entry) { return entry.second.second <= clock.now(); });
    const auto found = tier.get(key);
    const auto wanted = model.find(key);
    REQUIRE(found.has_value() == (wanted != model.end()));
    if (found) REQUIRE(*found == wanted->second.first);
  }
  tier.maintain();
  CHECK(tier.size() == model.size());
}

TEST_CASE("a listener that is told of an expiry may put the entry again, or another one") {
  Clock clock;
  using Function = std::function<void(const int&, int&&, ashlar::RemovalCause)>;
  using Listener = ashlar::OnRemoval<Function>;
  using Tier = ashlar::MemoryTier<int, int, PerEntry, Listener>;
  Tier* self = nullptr;
  int again = 0;
  const Function put_again = [&](const int& key, int&& value, ashlar::RemovalCause cause) {
    if (cause != ashlar::RemovalCause::expired || again == 3) return;
    ++again;
    self->put(key, value + 1, 10ms);
    self->put(key + 100, value, 10ms);
  };
  Tier tier{entries(1000), PerEntry{clock}, Listener{put_again}};
  self = &tier;
  tier.put(1, 0, 10ms);
  clock.advance(10ms);
  CHECK(tier.maintain() == 1);
  CHECK(tier.get(1) == 1);
  CHECK(tier.get(101) == 0);
  clock.advance(10ms);
  CHECK(tier.maintain() == 2);
  CHECK(again == 3);
}

TEST_CASE("promptness without traffic: a thread that maintains frees what has expired") {
  Clock clock;
  ashlar::Cache<Memory> cache{[&] { return Memory{entries(100), PerEntry{clock}}; }};
  for (int i = 0; i < 50; ++i) cache.put(i, i, 1s);
  const ashlar::MaintenanceThread maintenance{cache, 1ms};
  clock.advance(1s);
  while (cache.upper().size() > 0) std::this_thread::sleep_for(1ms);
  CHECK(cache.upper().stats().expired == 50);
}

TEST_CASE("each tier has its own limit of life, the shorter one holds there") {
  Clock clock;
  using Write = ashlar::ExpireAfterWrite<Clock>;
  using Above = ashlar::MemoryTier<int, int, Write>;
  ashlar::Cache<Above, Above> cache{[&] { return Above{entries(10), Write{1min, clock}}; },
                                    [&] { return Above{entries(10), Write{1h, clock}}; }};
  cache.put(1, 1);
  cache.put(2, 2, 10min);
  cache.put(3, 3, 10s);
  CHECK(cache.upper().get_timed(1)->ttl == 1min);
  CHECK(cache.lower().get_timed(1)->ttl == 1h);
  CHECK(cache.upper().get_timed(2)->ttl == 1min);
  CHECK(cache.lower().get_timed(2)->ttl == 10min);
  CHECK(cache.upper().get_timed(3)->ttl == 10s);
  clock.advance(1min);
  CHECK_FALSE(cache.upper().contains(2));
  CHECK(cache.get(2) == 2);  // fills above with what is left, within the limit there
  CHECK(cache.upper().get_timed(2)->ttl == 1min);
  clock.advance(8min + 30s);
  CHECK(cache.get(2) == 2);
  CHECK(cache.upper().get_timed(2)->ttl == 30s);
  CHECK_FALSE(cache.get(3));
}

TEST_CASE("the value decides how long it lives on a level above a store without expiry of its own") {
  Clock clock;
  auto lives = [](const int&, const int& value) { return std::chrono::milliseconds{value}; };
  using ByValue = ashlar::ExpireByValue<decltype(lives), Clock>;
  using Above = ashlar::MemoryTier<int, int, ByValue>;
  ashlar::Cache<Above, Memory> cache{[&] { return Above{entries(10), ByValue{lives, clock}}; },
                                     [&] { return Memory{entries(10), PerEntry{clock}}; }};
  cache.put(1, 5);
  cache.put(2, 50);
  clock.advance(5ms);
  CHECK_FALSE(cache.upper().contains(1));
  CHECK(cache.upper().contains(2));
  CHECK(cache.get(1) == 5);
}
