// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/detail/memory_sync.hpp>

#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

using ashlar::detail::SharedHold;
using Guard = ashlar::detail::GroupGuard<ashlar::detail::Sync::locked>;

TEST_CASE("Readers share the guard of a group, however many there are") {
  Guard guard;
  guard.start();
  for (int round = 0; round < 3; ++round) {
    const SharedHold first{guard}, second{guard}, third{guard}, fourth{guard};
    CHECK(first);
    CHECK(second);
    CHECK(third);
    CHECK(fourth);
  }
  guard.lock(nullptr);  // ends only where every one of them left
  guard.unlock();
}

TEST_CASE("A reader that leaves makes room for the next, in any order") {
  Guard guard;
  guard.start();
  using Entry = Guard::Entry;
  CHECK(guard.lock_shared() == Entry::first);
  CHECK(guard.lock_shared() == Entry::second);
  CHECK(guard.lock_shared() == Entry::counted);
  CHECK(guard.lock_shared() == Entry::counted);
  guard.unlock_shared(Entry::first);
  CHECK(guard.lock_shared() == Entry::first);
  guard.unlock_shared(Entry::second);
  guard.unlock_shared(Entry::counted);
  CHECK(guard.lock_shared() == Entry::second);
  guard.unlock_shared(Entry::first);
  guard.unlock_shared(Entry::second);
  guard.unlock_shared(Entry::counted);
  guard.lock(nullptr);
  guard.unlock();
}

TEST_CASE("A guard that was given up lets nobody in") {
  Guard guard;
  CHECK_FALSE(SharedHold{guard});
  guard.start();
  CHECK(SharedHold{guard});
  guard.lock(nullptr);
  guard.give_up();
  CHECK_FALSE(SharedHold{guard});
}

TEST_CASE("A writer waits for every kind of reader, and readers wait for it") {
  const std::size_t readers = GENERATE(1u, 2u, 3u, 5u);
  Guard guard;
  guard.start();
  std::vector<Guard::Entry> inside;
  for (std::size_t i = 0; i < readers; ++i) inside.push_back(guard.lock_shared());
  std::atomic<bool> written{false};
  std::thread writer{[&] {
    guard.lock(nullptr);
    written = true;
    guard.unlock();
  }};
  for (std::size_t i = 0; i < readers; ++i) {
    CHECK_FALSE(written);
    guard.unlock_shared(inside[readers - 1 - i]);
  }
  writer.join();
  CHECK(written);
  CHECK(SharedHold{guard});
}

TEST_CASE("What readers see under a guard is never half written") {
  Guard guard;
  guard.start();
  std::size_t left = 0, right = 0;  // equal but for a writer inside
  std::atomic<std::size_t> torn{0};
  std::atomic<bool> done{false};
  std::vector<std::thread> crowd;
  for (int i = 0; i < 4; ++i) {
    crowd.emplace_back([&] {
      while (!done) {
        const SharedHold hold{guard};
        torn += left != right;
      }
    });
  }
  for (std::size_t i = 1; i <= 3'000; ++i) {
    guard.lock(nullptr);
    left = i;
    right = i;
    guard.unlock();
  }
  done = true;
  for (std::thread& thread : crowd) thread.join();
  CHECK(torn == 0);
  CHECK(right == 3'000);
}
