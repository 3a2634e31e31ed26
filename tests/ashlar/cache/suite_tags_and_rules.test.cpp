// SPDX-License-Identifier: BSL-1.0
// Tags and patterns together with the rules of Loading: what is invalidated is stale for everybody, whatever the rules
// say about old values, and a renewal keeps what its loader says about tags.
#include <support/catch.hpp>

#include <ashlar/cache/cache.hpp>
#include <ashlar/cache/invalidation/invalidating.hpp>
#include <ashlar/cache/loading/loading.hpp>
#include <ashlar/cache/loading/run_on_threads.hpp>
#include <ashlar/cache/loading/run_when_told.hpp>
#include <ashlar/cache/memory_tier.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <support/cache_tiers.hpp>

using namespace std::chrono_literals;
using ashlar::Cache;
using ashlar::FreshFor;
using ashlar::Invalidating;
using ashlar::Loading;
using ashlar::ManualClock;
using ashlar::RefreshAhead;
using ashlar::RunWhenTold;
using ashlar::StaleIfError;
using ashlar::StaleWhileRevalidate;
using ashlar::Tags;
using ashlar::WriteThrough;

namespace {

using Tier = ashlar_test::ExpiringMapTier<std::string, ashlar::Tagged<int>>;

template <class... Option>
struct Bench {
  using Rules = Loading<WriteThrough, Option..., FreshFor, RunWhenTold, ManualClock>;
  ManualClock clock;
  RunWhenTold runner;
  Invalidating<Cache<Tier, Tier, Rules>> cache;
  explicit Bench(Option... options) : cache{clock, clock, Rules{options..., FreshFor{10s}, runner, clock}} {}

  int load(int value, const char* tag = "a") {
    return cache.get_or_load("k", [value, tag] { return ashlar::tagged(value, {tag}); });
  }
  int fail() {
    return cache.get_or_load("k", []() -> int { throw std::runtime_error{"down"}; });
  }
};

}  // namespace

TEST_CASE("a tag that is invalidated makes a value that rules kept stale for everybody") {
  Bench<StaleIfError> b{StaleIfError{.window = 1h, .rest = 0s}};
  CHECK(b.load(1) == 1);
  b.clock.advance(11s);
  CHECK(b.fail() == 1);
  SECTION("by tag") { b.cache.invalidate_tag("a"); }
  SECTION("by pattern") { b.cache.invalidate_matching("k*"); }
  SECTION("all") { b.cache.invalidate_all(); }
  CHECK_THROWS_AS(b.fail(), std::runtime_error);
  CHECK(b.load(2) == 2);
}

TEST_CASE("a value that is renewed has the tags that its loader gave with it") {
  Bench<RefreshAhead> b{RefreshAhead{.lead = 5s}};
  CHECK(b.load(1, "old") == 1);
  b.clock.advance(6s);
  CHECK(b.load(2, "new") == 1);
  CHECK(b.runner.run_all() == 1);
  CHECK(b.cache.get("k") == 2);
  b.cache.invalidate_tag("old");
  CHECK(b.cache.get("k") == 2);
  b.cache.invalidate_tag("new");
  CHECK(b.cache.get("k") == std::nullopt);
}

TEST_CASE("a tag that is invalidated while its value is renewed beats the renewal") {
  Bench<StaleWhileRevalidate> b{StaleWhileRevalidate{.window = 1h}};
  CHECK(b.load(1) == 1);
  b.clock.advance(11s);
  SECTION("before it begins: what it loads is new") {
    CHECK(b.load(2) == 1);
    b.cache.invalidate_tag("a");
    b.runner.run_all();
    CHECK(b.load(3) == 2);
  }
  SECTION("while it runs: what it loads is stale") {
    const auto load = [&cache = b.cache] {
      cache.invalidate_tag("a");
      return ashlar::tagged(2, {"a"});
    };
    CHECK(b.cache.get_or_load("k", load) == 1);
    b.runner.run_all();
    CHECK(b.cache.get("k") == std::nullopt);
    CHECK(b.load(3) == 3);
  }
}

TEST_CASE("batches are renewed with their tags, and a tag makes the keys of a batch stale that have it") {
  Bench<RefreshAhead> b{RefreshAhead{.lead = 5s}};
  const std::vector<std::string> keys{"x:1", "x:2"};
  const auto load = [&](int base) {
    std::vector<std::optional<int>> out(2);
    b.cache.get_or_load_many(keys, out, [base](std::span<const std::string> missing) {
      std::vector<ashlar::Tagged<int>> loaded;
      for (const std::string& key : missing) loaded.push_back(ashlar::tagged(base + key.back() - '0', {key}));
      return loaded;
    });
    return std::vector<int>{out[0].value_or(-1), out[1].value_or(-1)};
  };
  CHECK(load(0) == std::vector<int>{1, 2});
  b.clock.advance(6s);
  CHECK(load(10) == std::vector<int>{1, 2});
  CHECK(b.runner.run_all() == 1);
  CHECK(load(20) == std::vector<int>{11, 12});
  b.cache.invalidate_tag("x:1");
  CHECK(load(30) == std::vector<int>{31, 12});
  b.cache.invalidate_matching("x:*");
  CHECK(load(40) == std::vector<int>{41, 42});
}

TEST_CASE("tags, renewals and loads on threads: nobody sees a value from before an invalidation that was done") {
  using Rules = Loading<WriteThrough, StaleWhileRevalidate, StaleIfError, RefreshAhead, FreshFor, ashlar::RunOnThreads,
                        ManualClock>;
  ManualClock clock;
  using Memory = ashlar::MemoryTier<std::string, ashlar::Tagged<int>, ashlar::ExpirePerEntry<ManualClock>>;
  const auto memory = [&] { return Memory{ashlar::entries(100), ashlar::ExpirePerEntry<ManualClock>{clock}}; };
  Invalidating<Cache<Memory, Memory, Rules>> cache{
      memory, memory, Rules{RefreshAhead{.lead = 5s, .rest = 0s}, FreshFor{10s}, ashlar::RunOnThreads{2}, clock}};
  std::atomic<int> source{0};
  std::atomic<int> done{0};
  std::atomic<int> wrong{0};
  std::atomic<bool> stop{false};
  std::vector<std::thread> readers;
  for (int r = 0; r < 3; ++r) {
    readers.emplace_back([&, r] {
      const std::vector<std::string> keys{"k:1", "k:2"};
      for (int i = 0; !stop; ++i) {
        const int before = done;
        if (i % 2 == r % 2) {
          wrong += cache.get_or_load("k:1", [&] { return ashlar::tagged(source.load(), {"t"}); }) < before;
        } else {
          std::vector<std::optional<int>> out(2);
          cache.get_or_load_many(keys, out, [&](std::span<const std::string> missing) {
            return std::vector<ashlar::Tagged<int>>(missing.size(), ashlar::tagged(source.load(), {"t"}));
          });
          wrong += *out[0] < before || *out[1] < before;
        }
        if (i % 5 == 0) clock.advance(1s);
      }
    });
  }
  for (int i = 1; i <= 200; ++i) {
    source = i;
    if (i % 3 == 0) {
      cache.invalidate_matching("k:*");
    } else {
      cache.invalidate_tag("t");
    }
    if (i % 20 == 0) cache.maintain();
    done = i;
    std::this_thread::yield();
  }
  stop = true;
  for (auto& reader : readers) reader.join();
  CHECK(wrong == 0);
}
