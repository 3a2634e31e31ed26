// SPDX-License-Identifier: BSL-1.0
// A function given to a tier may read it. One that writes to it is stopped: always where it would wait for itself, and
// in debug builds wherever.
#include <support/catch.hpp>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <optional>
#include <thread>
#include <vector>

#include <ashlar/cache/eviction/unbounded.hpp>
#include <ashlar/cache/simulate.hpp>
#include <support/access_patterns.hpp>
#include <support/memory_tiers.hpp>
#include <support/processes.hpp>

using namespace ashlar_test;

namespace {

/// True when a process of its own lives through `body`.
template <class Body>
bool survives(Body&& body) {
  Process child{[&] {
    std::fclose(stderr);
    body();
    return true;
  }};
  return child.succeeded();
}

template <class T>
struct Full {
  using Value = typename T::mapped_type;
  T tier{ashlar::entries(10)};
  Full() { tier.put(1, Value{1}); }
};

}  // namespace

// The first, since each of the others starts threads.
TEST_CASE("a function that is shown an entry starts the first thread of its program") {
  // While it is the only thread, a tier spares itself some atomics. What was begun so must count for those that follow.
  if (!ashlar::detail::is_only_thread()) WARN("other threads have run before, or the C library does not tell");
  Tier<U64, Boxed> tier{ashlar::entries(1)};
  tier.put(1, Boxed{1});
  std::atomic<bool> written{false}, read{false};
  std::jthread writer;
  bool held = false;
  tier.visit(U64{1}, [&](const Boxed& outer) {
    std::jthread{[&] { tier.visit(U64{1}, [&](const Boxed& inner) { read = inner.number() == 1; }); }};
    writer = std::jthread{[&] {
      tier.put(1, Boxed{2});
      written = true;
    }};
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
    held = !written && outer.number() == 1;
  });
  writer.join();
  const auto last = tier.get(1);
  CHECK(read);
  CHECK(held);
  REQUIRE(last);
  CHECK(last->number() == 2);
}

TEMPLATE_TEST_CASE("a function that a tier calls may read it", "", (Tier<U64, U64>), (Tier<U64, Boxed>),
                   (Tier<U64, Boxed, ashlar::SingleThreaded>)) {
  using Value = typename TestType::mapped_type;
  Full<TestType> full;
  full.tier.compute(1, [&](const Value*) {
    CHECK(full.tier.contains(1));
    return std::optional<Value>{Value{2}};
  });
  Full<TestType> other;
  full.tier.visit(1, [&](const Value& value) { other.tier.put(1, value); });
  full.tier.for_each([&](U64 key, const Value& value) { other.tier.put(key, value); });
  CHECK(other.tier.get(1) == Value{2});
}

// Each entry lies in a group that others read and write too, and a reader holds one group while it wants another.
TEST_CASE("a function that is shown an entry reads others while all of them are written") {
  constexpr U64 keys = 24;
  Tier<U64, Boxed> tier{ashlar::entries(keys)};
  for (U64 key = 0; key < keys; ++key) tier.put(key, key);
  std::atomic<int> running{4};
  std::atomic<U64> wrong{0};
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      Chance chance{static_cast<U64>(thread)};
      for (int i = 0; i < 3'000; ++i) {
        const U64 first = chance.below(keys), second = chance.below(keys);
        tier.visit(first, [&](const Boxed& outer) {
          tier.visit(second, [&](const Boxed& inner) { wrong += inner.number() % keys != second; });
          tier.contains(first);
          wrong += outer.number() % keys != first;
        });
      }
      --running;
    });
  }
  for (U64 writer = 0; writer < 2; ++writer) {
    threads.emplace_back([&, writer] {
      for (U64 i = writer; running != 0; ++i) tier.put(i % keys, Boxed{i % keys + keys * (i % 100)});
    });
  }
  threads.clear();
  CHECK(wrong == 0);
}

TEST_CASE("a function that is shown an entry reads others while the table grows") {
  for (int round = 0; round < 20; ++round) {
    Tier<U64, Boxed, ashlar::Unbounded> tier;
    for (U64 key = 0; key < 64; ++key) tier.put(key, key);
    std::atomic<bool> done{false};
    std::vector<std::jthread> readers;
    for (U64 thread = 0; thread < 2; ++thread) {
      readers.emplace_back([&, thread] {
        for (U64 i = thread; !done; i += 7) {
          tier.visit(i % 64, [&](const Boxed&) {
            for (U64 key = 0; key < 64; ++key) {
              if (!tier.contains(key)) std::abort();
            }
          });
        }
      });
    }
    for (U64 key = 64; key < 4'000; ++key) tier.put(key, key);
    done = true;
  }
}

// One reader is inside until the next one is, or until none came for a while, so that a writer which lets them in again
// and again would never find the group empty.
TEST_CASE("a writer gets in between readers that relieve one another") {
  Tier<U64, Boxed> tier{ashlar::entries(100)}, outer{ashlar::entries(100)};
  for (U64 key = 0; key < 50; ++key) {
    tier.put(key, key);
    outer.put(key, key);
  }
  std::atomic<bool> done{false};
  std::atomic<U64> entered{0};
  std::vector<std::jthread> readers;
  for (U64 reader = 0; reader < 4; ++reader) {
    readers.emplace_back([&, reader] {
      while (!done) {
        (reader % 2 == 0 ? outer : tier).visit(10 + reader, [&](const Boxed&) {
          tier.visit(U64{7}, [&](const Boxed&) {
            const U64 turn = ++entered;
            for (int i = 0; i < 40 && entered == turn && !done; ++i) {
              std::this_thread::sleep_for(std::chrono::microseconds{50});
            }
          });
        });
      }
    });
  }
  for (U64 put = 0; put < 20; ++put) {
    const U64 before = entered;
    while (entered == before) std::this_thread::yield();
    tier.put(7, Boxed{put});
  }
  done = true;
  readers.clear();
  CHECK(tier.get(7) == Boxed{19});
}

// The function waits for a lock whose holder reads the same entry, and a writer waits for the function.
TEST_CASE("a reader gets in beside a writer that waits for a function which waits for the reader") {
  Tier<U64, Boxed> tier{ashlar::entries(100)};
  tier.put(1, 1);
  for (int round = 0; round < 100; ++round) {
    std::atomic<bool> inside{false}, read{false};
    std::jthread visitor{[&] {
      tier.visit(U64{1}, [&](const Boxed&) {
        inside = true;
        while (!read) std::this_thread::yield();
      });
    }};
    while (!inside) std::this_thread::yield();
    std::jthread writer{[&] { tier.put(1, Boxed{2}); }};
    for (int i = 0; i < round; ++i) std::this_thread::yield();
    tier.contains(U64{1});
    read = true;
  }
  CHECK(tier.get(1) == Boxed{2});
}

// In release builds, too: these would wait for themselves.
TEMPLATE_TEST_CASE("a function that would wait for its own end ends the program", "", (Tier<U64, Boxed>),
                   (Tier<U64, Boxed, ashlar::WeighBytes>)) {
  TestType tier{capacity_for<TestType>(10)};
  tier.put(1, Boxed{1});
  CHECK_FALSE(survives([&] { tier.visit(1, [&](const Boxed&) { tier.put(1, Boxed{3}); }); }));
  CHECK_FALSE(survives([&] { tier.visit(1, [&](const Boxed&) { tier.erase(1); }); }));
  CHECK_FALSE(survives([&] { tier.visit(1, [&](const Boxed&) { tier.clear(); }); }));
  CHECK_FALSE(survives([&] { tier.visit(1, [&](const Boxed&) { tier.contains(1), tier.take(1); }); }));
  CHECK_FALSE(survives([&] {
    tier.compute(1, [&](const Boxed*) {
      tier.put(1, Boxed{3});
      return std::optional<Boxed>{};
    });
  }));
  CHECK_FALSE(survives([&] { tier.for_each([&](U64 key, const Boxed&) { tier.erase(key); }); }));
  CHECK_FALSE(survives([&] { tier.for_each([&](U64, const Boxed&) { tier.for_each([](U64, const Boxed&) {}); }); }));
  CHECK_FALSE(survives([&] { tier.erase_matching([&](U64 key) { return tier.erase(key); }); }));
  CHECK_FALSE(survives([&] { tier.visit(1, [&](const Boxed&) { tier.for_each([](U64, const Boxed&) {}); }); }));
  // Nor for one that waits for it: it holds the lock of the shard, and waits for the entry.
  CHECK_FALSE(survives([&] {
    std::atomic<bool> inside{false};
    std::jthread writer{[&] {
      while (!inside) std::this_thread::yield();
      for (U64 i = 0;; ++i) tier.put(1, Boxed{i});
    }};
    tier.visit(1, [&](const Boxed&) {
      inside = true;
      for (;;) tier.put(2, Boxed{3});
    });
  }));
  // Nor does a table that grows wait for the one who makes it grow.
  Tier<U64, Boxed, ashlar::Unbounded> growing;
  growing.put(1, Boxed{1});
  CHECK_FALSE(survives([&] {
    growing.visit(1, [&](const Boxed&) {
      for (U64 key = 2; key < 10'000; ++key) growing.put(key, Boxed{key});
    });
  }));
  // Another tier is another matter.
  CHECK(survives([&] {
    TestType other{capacity_for<TestType>(10)};
    tier.visit(1, [&](const Boxed& value) { other.put(1, value); });
    tier.put(1, Boxed{3});
    tier.for_each([&](U64 key, const Boxed& value) { other.put(key, value); });
  }));
}

#ifndef NDEBUG
TEMPLATE_TEST_CASE("a function that a tier calls must not write to it", "", (Tier<U64, U64>), (Tier<U64, Boxed>),
                   (Tier<U64, Boxed, ashlar::SingleThreaded>)) {
  using Value = typename TestType::mapped_type;
  Full<TestType> full;
  TestType& tier = full.tier;
  CHECK(survives([&] { tier.put(1, Value{3}); }));
  CHECK_FALSE(survives([&] {
    tier.compute(1, [&](const Value*) {
      tier.put(1, Value{3});
      return std::optional<Value>{};
    });
  }));
  CHECK_FALSE(survives([&] { tier.for_each([&](U64 key, const Value&) { tier.erase(key); }); }));
  CHECK(survives([&] { tier.visit(1, [&](const Value&) { tier.contains(1); }); }));
  CHECK_FALSE(survives([&] { tier.visit(1, [&](const Value&) { tier.put(1, Value{3}); }); }));
  CHECK_FALSE(survives([&] { tier.visit(1, [&](const Value&) { tier.put(2, Value{3}); }); }));
  CHECK_FALSE(survives([&] { tier.visit(1, [&](const Value&) { tier.erase(1); }); }));
  CHECK_FALSE(survives([&] { tier.visit(1, [&](const Value&) { tier.clear(); }); }));
  CHECK_FALSE(survives([&] { tier.visit(1, [&](const Value&) { tier.resize_capacity(ashlar::entries(1)); }); }));
  CHECK(survives([&] {
    TestType other{ashlar::entries(10)};
    tier.visit(1, [&](const Value&) { other.put(1, Value{3}); });
    tier.put(1, Value{3});
  }));
  CHECK_FALSE(survives([&] {
    tier.erase_matching([&](U64 key) {
      tier.put(key, Value{3});
      return true;
    });
  }));
}
#endif
